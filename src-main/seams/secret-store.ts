// SecretStore: small secrets under paths, encrypted by whoever implements it (the barrier | memory).
import { TaggedError } from '../base/tagged-error.ts'

export type SecretStoreFault = 'sealed' | 'not-authentic' | 'too-large' | 'not-written' | 'not-readable'

export class SecretStoreError extends TaggedError<SecretStoreFault> {}

export const secretSizeMax = 1024 * 1024

export interface SecretReader {
  /** A copy; undefined when absent. Faults: sealed, not-authentic, not-readable. */
  get(path: string): Promise<Uint8Array | undefined>
  /** Paths below `prefix`, whole, in byte order. */
  list(prefix: string): Promise<readonly string[]>
}

export interface SecretStore extends SecretReader {
  /** Durable when it resolves. Faults: sealed, too-large, not-written. */
  put(path: string, secret: Uint8Array): Promise<void>
  /** Deleting what is absent is not a fault. */
  delete(path: string): Promise<void>
}
