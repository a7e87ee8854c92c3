// The erasure engine on healthy virtual drives, for suites that care about its promises and not about faults.
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src-main/base/clock.ts'
import { silentLogger } from '../../src-main/base/logger.ts'
import { systemRandom } from '../../src-main/base/random.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'
import type { Codec } from '../../src-main/payload/codec.ts'
import { openInlineCodec } from '../../src-main/payload/inline-codec.ts'
import { createSharedSlab, SlotPool } from '../../src-main/payload/shared-memory.ts'
import { openErasureBackend, type ErasureBackend } from '../../src-main/storage/erasure/index.ts'
import { connectDriveInline } from '../../src-main/storage/erasure/drives/drive-inline.ts'
import { formatSet } from '../../src-main/storage/erasure/set/format-set.ts'
import { findSet, type FoundSet } from '../../src-main/storage/erasure/set/open-set.ts'
import { VirtualDriveFiles } from './virtual-drive-files.ts'

const slab = createSharedSlab(128 * 1024 * 1024)

export class ErasureOnVirtualDrives {
  readonly #files: VirtualDriveFiles[]
  readonly #storageKey = GcmKey.copyOf(randomBytes(32))
  readonly #codec: Codec
  /** Trips of reads through the codec. */
  decodes = 0

  constructor(driveCount: number) {
    const codec = openInlineCodec(slab)
    this.#codec = { ...codec, decodeStripe: (input) => { this.decodes++; return codec.decodeStripe(input) } } // prettier-ignore
    this.#files = Array.from({ length: driveCount }, (_, index) => new VirtualDriveFiles({ seed: index + 1 }))
  }

  async format(parityShards?: number): Promise<void> {
    const connections = this.#connect()
    await formatSet(connections.map((connection) => ({ connection, isFolder: false })), systemRandom, {
      segmentSizeBytes: 8 * 1024 * 1024, ...(parityShards === undefined ? {} : { parityShards }),
    })
    for (const connection of connections) await connection.abandon()
  }

  async findSet(): Promise<FoundSet> {
    const { set } = await findSet(this.#connect())
    if (set === undefined) throw new Error('no set on the virtual drives')
    return set
  }

  async open(): Promise<ErasureBackend> {
    return openErasureBackend({
      set: await this.findSet(), slots: new SlotPool(slab, 1000), codec: this.#codec, storageKey: this.#storageKey, catalogueKey: new Uint8Array(randomBytes(32)),
      catalogueFile: ':memory:', clock: systemClock, random: systemRandom, logger: silentLogger,
    })
  }

  #connect() {
    return this.#files.map((files, index) => connectDriveInline(files, slab.bytes, systemClock, `drive ${index + 1}`))
  }
}
