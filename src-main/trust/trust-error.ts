// What the certificates' part refuses.
import { TaggedError } from '../base/tagged-error.ts'

export type TrustFault =
  /** The certs folder can't be read or written. */
  | 'folder-not-usable'
  /** The authority in the barrier does not decode. */
  | 'authority-damaged'

export class TrustError extends TaggedError<TrustFault> {}
