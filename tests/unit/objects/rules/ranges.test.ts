// Ranges against a slow twin that looks at every single byte.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RangeRequest } from '../../../../src-main/objects/index.ts'
import { locateSegments, partExtent, resolveRange } from '../../../../src-main/objects/rules/ranges.ts'

const range: fc.Arbitrary<RangeRequest> = fc.oneof(
  fc.record({ form: fc.constant('from-to' as const), from: fc.nat(40), to: fc.nat(40) }),
  fc.record({ form: fc.constant('from' as const), from: fc.nat(40) }),
  fc.record({ form: fc.constant('last' as const), length: fc.nat(40) }),
)

/** The positions meant, one by one. */
function slowPositions(asked: RangeRequest, size: number): readonly number[] {
  return Array.from({ length: size }, (_, at) => at).filter((at) => {
    if (asked.form === 'last') return at >= size - asked.length
    return at >= asked.from && (asked.form === 'from' || at <= asked.to)
  })
}

describe('resolving a range', () => {
  it.each<[RangeRequest, number]>([
    [{ form: 'from', from: 0 }, 0],
    [{ form: 'from-to', from: 0, to: 0 }, 0],
    [{ form: 'last', length: 5 }, 0],
    [{ form: 'last', length: 0 }, 10],
    [{ form: 'from', from: 10 }, 10],
    [{ form: 'from-to', from: 10, to: 12 }, 10],
    [{ form: 'from-to', from: Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }, 10],
  ])('finds nothing of %j in %i bytes', (asked, size) => {
    expect(resolveRange(asked, size)).toBeUndefined()
  })

  it('agrees with its slow twin', () => {
    fc.assert(fc.property(range, fc.nat(30), (asked, size) => {
      const positions = slowPositions(asked, size)
      const resolved = resolveRange(asked, size)
      expect(resolved).toEqual(positions.length === 0 ? undefined : { from: positions[0], to: positions.at(-1) })
    }), { numRuns: 2000 })
  })
})

describe('finding the parts of a range', () => {
  it('refuses a range that is not within the parts', () => {
    expect(() => locateSegments([3, 4], 5, 3)).toThrow('a range lies within its object')
  })

  it('agrees with its slow twin', () => {
    const input = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }).chain((sizes) => {
      const size = sizes.reduce((sum, own) => sum + own, 0)
      return fc.record({ sizes: fc.constant(sizes), from: fc.nat(Math.max(0, size - 1)), length: fc.nat(size) })
    })
    fc.assert(fc.property(input, ({ sizes, from, length }) => {
      const positions = sizes.flatMap((size, partIndex) => Array.from({ length: size }, (_, offset) => ({ partIndex, offset })))
      const wanted = positions.slice(from, from + length)
      const segments = locateSegments(sizes, from, wanted.length)
      expect(segments.flatMap(({ partIndex, offset, length: own }) => Array.from({ length: own }, (_, i) => ({ partIndex, offset: offset + i })))).toEqual(wanted)
      expect(segments.every((segment) => segment.length > 0)).toBe(true)
    }), { numRuns: 2000 })
  })

  it('knows where each part lies', () => {
    expect([0, 1, 2, 3].map((index) => partExtent([5, 0, 7], index))).toEqual([{ from: 0, length: 5 }, { from: 5, length: 0 }, { from: 5, length: 7 }, { from: 12, length: 0 }])
  })
})
