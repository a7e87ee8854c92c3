// One batch on its way to the drives: metadata encrypted once into shared memory, one `append` per drive in service. Knows nothing of
// quorums; says which drives have the whole batch durable.
import { assert } from '../../../base/assert.ts'
import type { GcmKey } from '../../../crypto/gcm.ts'
import type { SharedRange } from '../../../payload/codec-protocol.ts'
import type { SlotPool } from '../../../payload/shared-memory.ts'
import { DriveError, type DriveConnection } from '../drives/drive-connection.ts'
import type { AppendRecord, RecordKind } from '../drives/drive-protocol.ts'
import { noPayloadId, noShardIndex } from '../format/record.ts'
import type { StagedPayload } from '../layout/payload-placement.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import { metadataTagBytes, sealMetadata, type SharedHead } from './record-metadata.ts'

export interface BatchRecord {
  readonly sequence: number
  readonly kind: RecordKind
  /** JSON, UTF-8. */
  readonly text: Uint8Array
  readonly payload: StagedPayload | undefined
}

export interface BatchOutcome {
  /** Slots that have every record of the batch durable. */
  readonly durable: readonly number[]
  /** Every drive refused the batch for want of room, before anything was written: no drive is at fault. */
  readonly isFull: boolean
  /** Set when a drive did not answer in time and may still look at the batch's memory: resolves when it cannot any more. */
  readonly held: Promise<void> | undefined
}

export class BatchWriter {
  readonly capacityBytes: number
  readonly #set: ErasureSet
  readonly #slots: SlotPool
  readonly #key: GcmKey
  #arena: SharedRange

  constructor(set: ErasureSet, slots: SlotPool, key: GcmKey, arena: SharedRange) {
    this.#set = set
    this.#slots = slots
    this.#key = key
    this.#arena = arena
    this.capacityBytes = arena.length
  }

  /** Room in a batch that a record of so many bytes of text takes. */
  roomOf(textLength: number): number {
    return textLength + metadataTagBytes
  }

  /** Writes to every drive in service. One at a time. A drive that fails is reported to the set and missing in the outcome. */
  async write(records: readonly BatchRecord[], epoch: number): Promise<BatchOutcome> {
    const first = records[0]
    assert(first !== undefined, 'a batch has a record')
    const metadata = this.#seal(records, first.sequence, epoch)
    const slots = this.#set.inService()
    const durable: number[] = []
    const failures: { readonly slot: number; readonly drive: DriveConnection; readonly error: DriveError }[] = []
    await Promise.all(slots.map(async (slot) => {
      const drive = this.#set.writable(slot) as DriveConnection
      try {
        await drive.append({ records: toAppends(records, metadata, slot) })
        durable.push(slot)
      } catch (error) {
        if (!(error instanceof DriveError)) throw error
        failures.push({ slot, drive, error })
      }
    }))
    if (slots.length > 0 && failures.length === slots.length && failures.every(({ error }) => error.fault === 'full')) return { durable: [], isFull: true, held: undefined }
    const ends: Promise<void>[] = []
    for (const { slot, drive, error } of failures) {
      this.#set.reportFault(slot, error, 'write')
      if (error.fault !== 'timeout' || drive.ended === undefined) continue
      ends.push(drive.ended)
      void drive.abandon()
    }
    const held = ends.length === 0 ? undefined : Promise.all(ends).then(() => undefined)
    if (held !== undefined) await this.#changeArena(held)
    return { durable, isFull: false, held }
  }

  close(): void {
    this.#slots.give(this.#arena)
  }

  #seal(records: readonly BatchRecord[], batchFirst: number, epoch: number): readonly SealedRecord[] {
    let at = this.#arena.offset
    return records.map(({ sequence, kind, text, payload }) => {
      const range = { offset: at, length: text.byteLength + metadataTagBytes }
      at += range.length
      assert(at <= this.#arena.offset + this.#arena.length, 'the batch fits its memory')
      const placement = payload?.placement
      const head: SharedHead = {
        sequence, epoch, batchFirst, batchLength: records.length, kind,
        form: placement?.form ?? 'none', payloadId: placement?.payloadId ?? noPayloadId,
        dataShards: placement?.dataShards ?? 0, parityShards: placement?.parityShards ?? 0,
        shardLength: payload?.shardLength ?? 0, storedLength: payload?.storedLength ?? 0, metadataLength: range.length,
      }
      sealMetadata(this.#key, head, text, this.#slots.view(range))
      return { head, range }
    })
  }

  /** What a drive that is stuck may still read is left alone; other memory is used meanwhile. */
  async #changeArena(held: Promise<void>): Promise<void> {
    const old = this.#arena
    this.#arena = await this.#slots.take(old.length)
    void held.then(() => { this.#slots.give(old) })
  }
}

interface SealedRecord {
  readonly head: SharedHead
  readonly range: SharedRange
}

function toAppends(records: readonly BatchRecord[], sealed: readonly SealedRecord[], slot: number): AppendRecord[] {
  return sealed.map(({ head, range }, index) => {
    const payload = records[index]?.payload
    if (payload === undefined || !payload.goodSlots.includes(slot)) return { head: { ...head, shardIndex: noShardIndex }, metadata: range }
    const shardIndex = payload.placement.slots.indexOf(slot)
    const shard = payload.shards?.[shardIndex]
    if (shard === undefined) return { head: { ...head, shardIndex }, metadata: range }
    return { head: { ...head, shardIndex }, metadata: range, shard: shard.range, shardHashOffset: shard.hashOffset }
  })
}
