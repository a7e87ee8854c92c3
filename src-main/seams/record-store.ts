// RecordStore: where the barrier keeps its entries (the drives' log | memory). Values are already encrypted; paths are protected by the store.
import { TaggedError } from '../base/tagged-error.ts'

export type RecordStoreFault = 'not-written' | 'not-readable' | 'too-large' | 'closed'

export class RecordStoreError extends TaggedError<RecordStoreFault> {}

export const recordValueSizeMax = 1024 * 1024 + 256

/** Every call: closed, when the store was closed meanwhile. */
export interface RecordStore {
  get(path: string): Promise<Uint8Array | undefined>
  /** Durable on a write quorum when it resolves. */
  put(path: string, value: Uint8Array): Promise<void>
  delete(path: string): Promise<void>
  /** Whole paths below `prefix` in byte order. */
  list(prefix: string): Promise<readonly string[]>
}
