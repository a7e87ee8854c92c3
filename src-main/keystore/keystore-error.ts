// What the keystore refuses. Verdicts on shares are values (see ShareVerdict), not errors.
import { TaggedError } from '../base/tagged-error.ts'

export type KeystoreFault =
  | 'not-initialised' | 'already-initialised'
  | 'sealed'
  /** Open already; what was asked is only possible while sealed. */
  | 'unsealed'
  /** Shares and threshold do not fit; the message says how, in the words of the Vault API. */
  | 'bad-shape'
  | 'bad-name'
  /** The seal record could not be made durable. The old one is still valid. */
  | 'not-written'
  /** No valid copy, or one that does not decode or authenticate. */
  | 'seal-record-damaged'
  /** Written by a newer program. */
  | 'seal-record-unknown-version'
  /** This store has had keys before, and now the records show none: a new default key would bury the old one. */
  | 'records-missing'
  | 'records-unreadable' | 'records-not-written'
  | 'no-reissue-pending'
  | 'busy'
  | 'no-such-key' | 'key-exists' | 'key-disabled' | 'invalid-key-name' | 'too-many-versions'
  | 'not-authentic'

export class KeystoreError extends TaggedError<KeystoreFault> {}
