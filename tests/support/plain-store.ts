// A store over plain drives in memory, for tests of one thing at a time: real engine, inline codec, no threads, no files.
import { byteSourceOf, readAll } from '../../src-main/base/byte-stream.ts'
import { silentLogger } from '../../src-main/base/logger.ts'
import { openInlineCodec } from '../../src-main/payload/inline-codec.ts'
import { createSharedSlab, SlotPool } from '../../src-main/payload/shared-memory.ts'
import type { ObjectVersion, PutVersion } from '../../src-main/seams/storage-backend.ts'
import { openErasureBackend, type ErasureBackend } from '../../src-main/storage/erasure/backend.ts'
import type { DriveConnection } from '../../src-main/storage/erasure/drives/drive-connection.ts'
import { formatSet } from '../../src-main/storage/erasure/set/format-set.ts'
import { findSet } from '../../src-main/storage/erasure/set/open-set.ts'
import { quickClock, type QuickClock } from './quick-clock.ts'
import { seededRandom } from './seeded-random.ts'
import { PlainMedium } from './simulated-drive.ts'
import { Life, openDice, type VirtualClock } from './simulated-world.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'

const slab = createSharedSlab(32 * 1024 * 1024)
const codec = openInlineCodec(slab)

export const noSignal = new AbortController().signal
export const testStorageKey = GcmKey.copyOf(Buffer.alloc(32, 3))

export interface PlainStore {
  readonly media: readonly PlainMedium[]
  readonly clock: QuickClock
  readonly slots: SlotPool
  backend: ErasureBackend
  /** Ends it, cleanly or not, and starts it again with these drives left out. */
  restart(options?: { readonly without?: readonly number[]; readonly killed?: boolean; readonly wrap?: Wrap }): Promise<ErasureBackend>
}

export type Wrap = (connection: DriveConnection, slot: number) => DriveConnection

export async function openPlainStore(drives: number, parityShards: number, wrap?: Wrap): Promise<PlainStore> {
  const media = Array.from({ length: drives }, () => new PlainMedium())
  const clock = quickClock()
  const dice = openDice(1)
  let slots = new SlotPool(slab, 64)
  // Only `after` is used of it.
  const connect = (slot: number): DriveConnection => (media[slot] as PlainMedium).connect({
    memory: slab.bytes, clock: clock as unknown as VirtualClock, life: new Life(), dice, path: `/drive/${slot}`,
  })
  await formatSet(media.map((_, slot) => ({ connection: connect(slot), isFolder: true })), seededRandom(5), { parityShards, segmentSizeBytes: 64 * 1024 })
  const open = async (without: readonly number[], wrapping: Wrap | undefined): Promise<ErasureBackend> => {
    const connections = media.flatMap((_, slot) => (without.includes(slot) ? [] : [wrapping?.(connect(slot), slot) ?? connect(slot)]))
    const { set } = await findSet(connections)
    if (set === undefined) throw new Error('no set was found')
    return openErasureBackend({
      set, slots, codec, storageKey: testStorageKey, catalogueKey: new Uint8Array(32), catalogueFile: ':memory:', clock, random: seededRandom(6),
      logger: silentLogger,
    })
  }
  const store: PlainStore = {
    media, clock,
    get slots() { return slots },
    backend: await open([], wrap),
    async restart({ without = [], killed = false, wrap: wrapping } = {}) {
      if (killed) {
        store.backend.abandon()
        slots = new SlotPool(slab, 64)
      } else await store.backend.close()
      for (const medium of media) medium.repair()
      store.backend = await open(without, wrapping)
      return store.backend
    },
  }
  return store
}

export async function put(backend: ErasureBackend, name: string, text: string, options: Partial<PutVersion> = {}): Promise<ObjectVersion> {
  const bytes = Buffer.from(text)
  const body = bytes.length === 0 ? undefined : await backend.stageBody(bytes.length, byteSourceOf(bytes), { digests: [] }, 'STANDARD', noSignal)
  return backend.putVersion({ bucket: 'b', name, etag: 'e', storageClass: 'STANDARD', attributes: {}, partAttributes: {}, body, ...options })
}

/** The text of an object; undefined when it is absent. */
export async function get(backend: ErasureBackend, name: string): Promise<string | undefined> {
  const version = await backend.findVersion('b', name)
  return version === undefined ? undefined : textOf(backend, version)
}

export async function textOf(backend: ErasureBackend, version: ObjectVersion): Promise<string> {
  const parts: Uint8Array[] = []
  for (const { body } of version.parts) parts.push((await readAll(backend.readBody(body, 0, body.size, {}, noSignal), body.size)) ?? new Uint8Array(0))
  return Buffer.concat(parts).toString()
}
