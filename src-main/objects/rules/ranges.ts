// Which bytes are meant, and in which parts they are. Pure.
import { assert } from '../../base/assert.ts'
import type { RangeRequest } from '../object-types.ts'

/** Both ends inclusive. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** Undefined: not satisfiable (begins at or after the end, takes no bytes, or the object has none). Ends past the end are cut. RFC 9110 §14.1.2. */
export function resolveRange(range: RangeRequest, size: number): ByteRange | undefined {
  if (size === 0) return undefined
  switch (range.form) {
    case 'last': return range.length === 0 ? undefined : { from: Math.max(0, size - range.length), to: size - 1 }
    case 'from': return range.from >= size ? undefined : { from: range.from, to: size - 1 }
    case 'from-to': return range.from >= size || range.to < range.from ? undefined : { from: range.from, to: Math.min(range.to, size - 1) }
  }
}

/** Bytes of one part. */
export interface PartSegment {
  readonly partIndex: number
  readonly offset: number
  /** At least 1. */
  readonly length: number
}

/** Where bytes [from, from + length) of parts of these sizes are, in order; parts without any are left out. The range is within the sum. */
export function locateSegments(partSizes: readonly number[], from: number, length: number): readonly PartSegment[] {
  const segments: PartSegment[] = []
  let start = 0
  let left = length
  for (let partIndex = 0; partIndex < partSizes.length && left > 0; partIndex++) {
    const size = partSizes[partIndex] ?? 0
    const offset = Math.max(0, from - start)
    if (offset < size) {
      const taken = Math.min(size - offset, left)
      segments.push({ partIndex, offset, length: taken })
      left -= taken
    }
    start += size
  }
  assert(left === 0, 'a range lies within its object')
  return segments
}

/** The bytes of the part at `index` (0-based), which may be none. */
export function partExtent(partSizes: readonly number[], index: number): { readonly from: number; readonly length: number } {
  let from = 0
  for (let i = 0; i < index; i++) from += partSizes[i] ?? 0
  return { from, length: partSizes[index] ?? 0 }
}
