// The Range header (RFC 9110 §14.2) as S3 reads it: one range of bytes, anything else is ignored.
import type { RangeRequest } from '../../objects/index.ts'
import { refusal } from '../errors.ts'

const oneRange = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/

/** Undefined: no usable range, the whole object is meant. */
export function parseRange(value: string): RangeRequest | undefined {
  const match = oneRange.exec(value.trim())
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : { form: 'last', length: Number(last) }
  if (last === '') return { form: 'from', from: Number(first) }
  return Number(last) < Number(first) ? undefined : { form: 'from-to', from: Number(first), to: Number(last) }
}

/** x-amz-copy-source-range: both ends must be there. Faults: invalid-argument. */
export function parseCopyRange(value: string): { readonly from: number; readonly to: number } {
  const range = parseRange(value)
  if (range?.form === 'from-to') return { from: range.from, to: range.to }
  throw refusal(
    'invalid-argument',
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    {
      argumentName: 'x-amz-copy-source-range',
    },
  )
}
