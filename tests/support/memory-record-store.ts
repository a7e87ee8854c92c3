// A RecordStore in memory that can be made to fail.
import { compareBytes, copyBytes, encodeUtf8 } from '../../src-main/base/bytes.ts'
import { RecordStoreError, recordValueSizeMax, type RecordStore, type RecordStoreFault } from '../../src-main/seams/record-store.ts'

export interface MemoryRecordStore extends RecordStore {
  readonly entries: Map<string, Uint8Array>
  /** From now on writing (not-written), reading (not-readable) or everything (any other) is refused with this fault; undefined: no more. */
  failWith(fault: RecordStoreFault | undefined): void
}

export function openMemoryRecordStore(): MemoryRecordStore {
  const entries = new Map<string, Uint8Array>()
  let failing: RecordStoreFault | undefined
  const turn = async (work: 'read' | 'write'): Promise<void> => {
    await Promise.resolve()
    if (failing === 'not-written' && work === 'read') return
    if (failing === 'not-readable' && work === 'write') return
    if (failing !== undefined) throw new RecordStoreError(failing, 'the store fails')
  }
  return {
    entries,
    failWith(fault) {
      failing = fault
    },
    async get(path) {
      await turn('read')
      const value = entries.get(path)
      return value === undefined ? undefined : copyBytes(value)
    },
    async put(path, value) {
      if (value.byteLength > recordValueSizeMax) throw new RecordStoreError('too-large', 'the value is too large')
      const copy = copyBytes(value)
      await turn('write')
      entries.set(path, copy)
    },
    async delete(path) {
      await turn('write')
      entries.delete(path)
    },
    async list(prefix) {
      await turn('read')
      return [...entries.keys()].filter((path) => path.startsWith(prefix)).sort((a, b) => compareBytes(encodeUtf8(a), encodeUtf8(b)))
    },
  }
}
