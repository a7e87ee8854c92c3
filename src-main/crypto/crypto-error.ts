// What the primitives refuse. Bytes that do not authenticate are `undefined`, not an error: the caller knows what that means.
import { TaggedError } from '../base/tagged-error.ts'

export type CryptoFault =
  /** A known-answer test failed: nothing may be served. */
  | 'self-test-failed'
  /** Shares of different lengths, or too short. */
  | 'share-length'
  /** Two shares with the same x, or x = 0. */
  | 'duplicate-share'

export class CryptoError extends TaggedError<CryptoFault> {}
