// Makes the shards of one payload good again on the slots named: k good shards are read, the others computed. Inline shards are handed
// back for the log of their drive; chunks of shard files are written where they belong, synced and read back. Only chunks that are not
// good are ever written over, so an end at any point leaves nothing worse than it was.
import { assert } from '../../../base/assert.ts'
import type { CancelSignal } from '../../../base/cancel-signal.ts'
import { systemClock, type Clock } from '../../../base/clock.ts'
import type { Codec } from '../../../payload/codec.ts'
import type { SharedRange } from '../../../payload/codec-protocol.ts'
import type { SlotPool } from '../../../payload/shared-memory.ts'
import { asError, cancelled, toStorageError } from '../body-fault.ts'
import { bodyMemoryOf } from '../body-memory.ts'
import { DriveError, type DriveConnection } from '../drives/drive-connection.ts'
import type { ShardReadResult } from '../drives/drive-protocol.ts'
import type { PayloadPlacement } from '../layout/payload-placement.ts'
import { hasShard, maskOf, shardsOf } from '../layout/shard-mask.ts'
import { shardHashBytes, stripeAt, toPayloadLayout, type PayloadLayout } from '../layout/stripe-layout.ts'
import type { DriveSet } from '../set/drive-set.ts'
import { ShardGatherer, type Gathered } from '../shard-gatherer.ts'
import { slowWatchOf } from '../slow-watch.ts'
import { SharedPlace } from '../shared-place.ts'

export interface HealDeps {
  readonly set: DriveSet
  readonly slots: SlotPool
  readonly codec: Codec
  readonly clock?: Clock
}

export interface HealOrder {
  readonly placement: PayloadPlacement
  /** The record that holds inline shards. */
  readonly sequence: number
  /** Slots whose shards are to be made good. Those whose drive cannot be reached now are left alone and named in the outcome. */
  readonly slots: readonly number[]
  /**
   * Files: write every chunk again without looking at what is there. For a drive that failed while the file was written, or that never
   * had it. Otherwise each chunk is looked at first and only those that are not good are written.
   */
  readonly rewriteAll: boolean
}

export interface HealedShard {
  readonly slot: number
  readonly shardIndex: number
  readonly range: SharedRange
  readonly hashOffset: number
}

export interface HealOutcome {
  /** Inline: for `append` of the record to each slot. Empty for files, which are finished. */
  readonly shards: readonly HealedShard[]
  readonly shardLength: number
  readonly storedLength: number
  /** Slots whose file is good and durable now. Empty for inline. */
  readonly healedSlots: readonly number[]
  /** Slots that could not be reached, or failed while being written to; with the reason. */
  readonly failedSlots: readonly { readonly slot: number; readonly reason: 'away' | 'drive-failed' | 'not-verified' }[]
  /** Bytes of shards made anew. */
  readonly bytesRebuilt: number
  /** Gives the memory back, when the shards have been appended. Once. */
  release(): void
}

/**
 * Holds one place of memory of a stripe at a time. Nothing is deleted, whatever is found.
 * Faults: read-quorum-lost, damaged (too few good shards), busy, closed, cancelled.
 */
export async function healPayload(deps: HealDeps, order: HealOrder, signal: CancelSignal): Promise<HealOutcome> {
  try {
    return await new PayloadHeal(deps, order, signal).run()
  } catch (error) {
    throw toStorageError(error)
  }
}

type FailureReason = HealOutcome['failedSlots'][number]['reason']

class PayloadHeal {
  readonly #deps: HealDeps
  readonly #order: HealOrder
  readonly #signal: CancelSignal
  readonly #layout: PayloadLayout
  readonly #gatherer: ShardGatherer
  /** Shards to be made good, and the drives they go to, by shard index. A drive that fails is taken out. */
  readonly #targets = new Map<number, DriveConnection>()
  readonly #failed: { readonly slot: number; readonly reason: FailureReason }[] = []
  #bytesRebuilt = 0

  constructor(deps: HealDeps, order: HealOrder, signal: CancelSignal) {
    const { placement, sequence } = order
    this.#deps = deps
    this.#order = order
    this.#signal = signal
    this.#layout = toPayloadLayout(placement.size, placement.encrypted, placement.dataShards)
    const memory = bodyMemoryOf(deps.slots, deps.clock ?? systemClock)
    this.#gatherer = new ShardGatherer(deps.set, memory, slowWatchOf(deps.set, deps.clock), { placement, layout: this.#layout, sequence, use: 'file-read', signal })
    for (const slot of order.slots) {
      const shardIndex = placement.slots.indexOf(slot)
      assert(shardIndex >= 0, 'the slot holds a shard of the payload')
      const drive = deps.set.readable(slot)
      if (drive === undefined) this.#failed.push({ slot, reason: 'away' })
      else this.#targets.set(shardIndex, drive)
    }
  }

  async run(): Promise<HealOutcome> {
    if (this.#targets.size === 0) return this.#toOutcome([], undefined)
    if (this.#order.placement.form === 'inline') return this.#healInline()
    for (let stripeIndex = 0; stripeIndex < this.#layout.stripeCount && this.#targets.size > 0; stripeIndex++) await this.#healStripe(stripeIndex)
    await this.#onTargets((drive) => drive.syncShardFiles({ payloadIds: [this.#order.placement.payloadId] }))
    return this.#toOutcome([], undefined)
  }

  async #healInline(): Promise<HealOutcome> {
    const rebuilt = await this.#rebuild(0, maskOf(this.#targets.keys()))
    this.#bytesRebuilt = rebuilt.shards.length * this.#layout.shardLength
    return this.#toOutcome(rebuilt.shards, rebuilt.gathered.place)
  }

  async #healStripe(stripeIndex: number): Promise<void> {
    if (this.#signal.aborted) throw cancelled()
    const wanted = this.#order.rewriteAll ? maskOf(this.#targets.keys()) : await this.#findBad(stripeIndex)
    if (wanted === 0) return
    const { gathered, shards } = await this.#rebuild(stripeIndex, wanted)
    try {
      await this.#writeBack(stripeIndex, gathered, shards)
    } finally {
      gathered.place.release()
    }
  }

  /** Mask of the targets whose chunk is not good. */
  async #findBad(stripeIndex: number): Promise<number> {
    const { shardLength } = stripeAt(this.#layout, stripeIndex)
    const memory = bodyMemoryOf(this.#deps.slots)
    const range = await memory.take('file-read', this.#targets.size * shardLength, this.#signal)
    const place = new SharedPlace(memory, 'file-read', range)
    try {
      let at = range.offset
      const offsets = new Map([...this.#targets.keys()].map((index) => [index, (at += shardLength) - shardLength]))
      const results = await this.#readTargets(stripeIndex, maskOf(this.#targets.keys()), place, (index) => offsets.get(index) as number)
      return maskOf([...results].flatMap(([index, result]) => (result === 'ok' ? [] : [index])))
    } finally {
      place.release()
    }
  }

  /** Reads k shards of others and computes the wanted ones. The place is the caller's to release. */
  async #rebuild(stripeIndex: number, wanted: number): Promise<{ gathered: Gathered; shards: HealedShard[] }> {
    const { placement } = this.#order
    const { shardLength } = stripeAt(this.#layout, stripeIndex)
    const gathered = await this.#gatherer.gather({
      stripeIndex, wanted: 0, rebuild: true, skipHashes: false, without: wanted, spareBytes: placement.slots.length * shardHashBytes,
    })
    try {
      const hashesOffset = gathered.shards.offset + placement.slots.length * shardLength
      const indexes = shardsOf(wanted)
      await this.#deps.codec.rebuildShards({ shards: gathered.shards, present: gathered.present, wanted: indexes, hashesOffset })
      const shards = indexes.map((shardIndex, i) => ({
        slot: placement.slots[shardIndex] as number, shardIndex,
        range: { offset: gathered.shards.offset + shardIndex * shardLength, length: shardLength },
        hashOffset: hashesOffset + i * shardHashBytes,
      }))
      return { gathered, shards }
    } catch (error) {
      gathered.place.release()
      throw error
    }
  }

  /** Writes, then reads the same chunks back over themselves: what the drive gives must pass the hash that was stored with it. */
  async #writeBack(stripeIndex: number, { place }: Gathered, shards: readonly HealedShard[]): Promise<void> {
    const { payloadId } = this.#order.placement
    const chunkLength = this.#layout.full.shardLength
    const byIndex = new Map(shards.map((shard) => [shard.shardIndex, shard]))
    const wanted = maskOf(byIndex.keys())
    await this.#onTargets((drive, shardIndex) => {
      const shard = byIndex.get(shardIndex)
      if (shard === undefined) return undefined
      place.beginCall()
      return drive.writeChunks({ chunks: [{ payloadId, chunkIndex: stripeIndex, chunkLength, from: shard.range, hashOffset: shard.hashOffset }] }).then(
        () => { place.endCall() },
        (error: unknown) => {
          place.endFailedCall(drive, error)
          throw error
        },
      )
    })
    const results = await this.#readTargets(stripeIndex, wanted, place, (index) => (byIndex.get(index) as HealedShard).range.offset)
    for (const [shardIndex, result] of results) {
      if (result === 'ok') this.#bytesRebuilt += (byIndex.get(shardIndex) as HealedShard).range.length
      else this.#giveUp(shardIndex, 'not-verified')
    }
  }

  /** One chunk of each target in the mask that is still one. A target whose drive fails is given up and missing in the result. */
  async #readTargets(stripeIndex: number, mask: number, place: SharedPlace, offsetOf: (shardIndex: number) => number): Promise<Map<number, ShardReadResult>> {
    const { payloadId } = this.#order.placement
    const { shardLength } = stripeAt(this.#layout, stripeIndex)
    const results = new Map<number, ShardReadResult>()
    await this.#onTargets((drive, shardIndex) => {
      if (!hasShard(mask, shardIndex)) return undefined
      place.beginCall()
      const into = { offset: offsetOf(shardIndex), length: shardLength }
      return drive.readChunks({ reads: [{ payloadId, chunkIndex: stripeIndex, chunkLength: this.#layout.full.shardLength, into }] }).then(
        ([result]) => {
          place.endCall()
          results.set(shardIndex, result ?? 'not-found')
        },
        (error: unknown) => {
          place.endFailedCall(drive, error)
          throw error
        },
      )
    })
    return results
  }

  async #onTargets(call: (drive: DriveConnection, shardIndex: number) => Promise<unknown> | undefined): Promise<void> {
    let bug: Error | undefined
    await Promise.all([...this.#targets].map(async ([shardIndex, drive]) => {
      try {
        await call(drive, shardIndex)
      } catch (error) {
        if (error instanceof DriveError) this.#deps.set.reportFault(this.#order.placement.slots[shardIndex] as number, error, 'write')
        else bug ??= asError(error)
        this.#giveUp(shardIndex, 'drive-failed')
      }
    }))
    if (bug !== undefined) throw bug
  }

  #giveUp(shardIndex: number, reason: FailureReason): void {
    if (!this.#targets.delete(shardIndex)) return
    this.#failed.push({ slot: this.#order.placement.slots[shardIndex] as number, reason })
  }

  #toOutcome(shards: readonly HealedShard[], place: SharedPlace | undefined): HealOutcome {
    const { placement } = this.#order
    return {
      shards,
      shardLength: this.#layout.shardLength,
      storedLength: this.#layout.storedLength,
      healedSlots: placement.form === 'file' ? [...this.#targets.keys()].map((index) => placement.slots[index] as number) : [],
      failedSlots: this.#failed,
      bytesRebuilt: this.#bytesRebuilt,
      release: () => place?.release(),
    }
  }
}
