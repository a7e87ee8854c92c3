// A SealStore in memory, and one whose writes fail, or happen although they seem to fail, as after a kill.
import { copyBytes } from '../../src-main/base/bytes.ts'
import { SealStoreError, type SealStore } from '../../src-main/seams/seal-store.ts'

export interface MemorySealStore extends SealStore {
  /** What is on the "drives" now. */
  stored: { readonly generation: number; readonly bytes: Uint8Array } | undefined
  readonly generationsWritten: readonly number[]
  /** `lost`: the next write is refused and nothing stays. `torn`: refused, and yet it is there afterwards. */
  failNextWrite(how: 'lost' | 'torn'): void
  /** Called in the middle of every write, before anything is stored. */
  duringWrite: () => void
}

export function openMemorySealStore(): MemorySealStore {
  let failing: 'lost' | 'torn' | undefined
  const generationsWritten: number[] = []
  return {
    stored: undefined,
    duringWrite: () => undefined,
    generationsWritten,
    failNextWrite(how) {
      failing = how
    },
    async read() {
      return this.stored === undefined ? undefined : { generation: this.stored.generation, bytes: copyBytes(this.stored.bytes) }
    },
    async write(generation, bytes) {
      await Promise.resolve()
      this.duringWrite()
      const how = failing
      failing = undefined
      if (generation <= (this.stored?.generation ?? 0)) throw new SealStoreError('not-written', 'generations only grow')
      generationsWritten.push(generation)
      if (how !== 'lost') this.stored = { generation, bytes: copyBytes(bytes) }
      if (how !== undefined) throw new SealStoreError('not-written', 'the write failed')
    },
  }
}
