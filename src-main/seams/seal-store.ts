// SealStore: the seal record (seal configuration and sealed keyring), readable while sealed (every drive | memory).
import { TaggedError } from '../base/tagged-error.ts'

export type SealStoreFault = 'not-written' | 'no-valid-copy'

export class SealStoreError extends TaggedError<SealStoreFault> {}

export const sealRecordSizeMax = 64 * 1024

export interface SealStore {
  /** The newest valid copy a read quorum of drives agrees to be newest; undefined when none was ever written. Faults: no-valid-copy. */
  read(): Promise<{ readonly generation: number; readonly bytes: Uint8Array } | undefined>
  /** Generations only grow. Durable on a write quorum when it resolves; the old copy stays valid until then. Faults: not-written. */
  write(generation: number, bytes: Uint8Array): Promise<void>
}
