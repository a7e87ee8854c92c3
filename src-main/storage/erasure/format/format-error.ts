// The one refusal of every decoder in this folder: bytes that are not exactly what the encoder writes, or another version.
import { TaggedError } from '../../../base/tagged-error.ts'

export type FormatFault =
  /** Wrong magic, hash, range, length or reserved byte. */
  | 'damaged'
  /** Whole (its hash is right), but not of the version this program writes. */
  | 'unsupported-version'

export class FormatError extends TaggedError<FormatFault> {}

/** Throws `damaged` with the name of the first thing that is wrong. */
export function requireFormat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new FormatError('damaged', what)
}

/** Throws `unsupported-version` unless `found` is `known`. */
export function requireVersion(found: number, known: number, what: string): void {
  if (found !== known) throw new FormatError('unsupported-version', `${what} of version ${found}`, { found, known })
}
