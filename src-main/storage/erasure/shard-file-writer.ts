// A large body on its way to shard files: while stripe n+1 comes in, n is in the codec and n−1 is being written. A drive that fails is
// dropped and reported; the body goes on while a write quorum of drives has all of it. Nothing refers to the files until a record does.
import { assert } from '../../base/assert.ts'
import type { Digests } from '../../crypto/body-recipe.ts'
import { StorageError } from '../../seams/storage-backend.ts'
import { untilAborted } from './abortable.ts'
import { asError, cancelled, toStorageError } from './body-fault.ts'
import { BodyIntake } from './body-intake.ts'
import type { BodyMemory } from './body-memory.ts'
import type { BodyWrite, BodyWriterDeps, WrittenBody } from './body-write.ts'
import { DriveError, type DriveConnection } from './drives/drive-connection.ts'
import type { WriteShardChunk } from './drives/drive-protocol.ts'
import { stripePlainBytes, type StagedPayload } from './layout/payload-placement.ts'
import { alignShard, packagesPerStripe, shardHashBytes, stripeAt } from './layout/stripe-layout.ts'
import { writeQuorumOf } from './layout/write-quorum.ts'
import { SharedPlace } from './shared-place.ts'

export class ShardFileWriter {
  readonly #deps: BodyWriterDeps
  readonly #memory: BodyMemory
  readonly #body: BodyWrite
  readonly #shardCount: number
  /** By shard index; undefined: away at the start, or dropped. */
  readonly #drives: (DriveConnection | undefined)[]
  /** All that may have a file of this body. */
  readonly #touched: (DriveConnection | undefined)[]
  #dropped = 0
  #droppedFull = 0
  #bug: Error | undefined
  #place: SharedPlace | undefined
  /** 2: a place for the stripe that comes in beside the one in the codec, and likewise for shards. 1 when memory is short. */
  #lanes = 2
  #digests: Digests = {}
  #encodingStarted = false
  #encoding: Promise<void> | undefined
  /** The last write out of each lane. */
  readonly #writing: (Promise<void> | undefined)[] = [undefined, undefined]

  constructor(deps: BodyWriterDeps, memory: BodyMemory, body: BodyWrite) {
    this.#deps = deps
    this.#memory = memory
    this.#body = body
    this.#shardCount = body.placement.slots.length
    this.#drives = body.placement.slots.map((slot) => deps.set.writable(slot))
    this.#touched = [...this.#drives]
  }

  /** See BodyWriter.stage. Once. */
  async run(): Promise<WrittenBody> {
    const { source, signal } = this.#body
    try {
      if (signal.aborted) throw cancelled()
      this.#checkQuorum()
      await this.#takeMemory()
      await this.#takeIn()
      this.#giveMemory()
      await untilAborted(this.#sync(), signal)
      this.#checkQuorum()
      return { staged: this.#toStaged(), digests: this.#digests }
    } catch (error) {
      source.cancel()
      void this.#undo()
      throw toStorageError(error)
    }
  }

  async #takeMemory(): Promise<void> {
    const roomy = this.#memory.tryTake('file-write', this.#placeLength(2))
    if (roomy === undefined) this.#lanes = 1
    const range = roomy ?? await this.#memory.take('file-write', this.#placeLength(1), this.#body.signal)
    this.#place = new SharedPlace(this.#memory, 'file-write', range)
  }

  async #takeIn(): Promise<void> {
    const { layout, source, signal } = this.#body
    const intake = new BodyIntake(source, signal)
    for (let stripeIndex = 0; stripeIndex < layout.stripeCount; stripeIndex++) {
      const lane = stripeIndex % this.#lanes
      if (this.#lanes === 1) await this.#encoding
      const { plainLength } = stripeAt(layout, stripeIndex)
      const plainOffset = this.#plainOffset(lane)
      const filling = intake.fill(this.#deps.slots.bytes.subarray(plainOffset, plainOffset + plainLength), stripeIndex === layout.stripeCount - 1)
      if (filling !== undefined) await filling
      await this.#encoding
      const busy = this.#writing[lane]
      if (busy !== undefined) await untilAborted(busy, signal)
      this.#checkQuorum()
      this.#encoding = this.#encode(stripeIndex, lane)
      // Awaited one turn of the loop later; until then a failure is nobody's.
      this.#encoding.catch(() => undefined)
    }
    await this.#encoding
    for (const busy of this.#writing) if (busy !== undefined) await untilAborted(busy, signal)
    this.#checkQuorum()
  }

  /** Through the codec, then the writes are started. */
  async #encode(stripeIndex: number, lane: number): Promise<void> {
    const { bodyId, layout, recipe, placement: { dataShards, parityShards } } = this.#body
    const { plainLength, shardLength } = stripeAt(layout, stripeIndex)
    this.#encodingStarted = true
    const { digests } = await this.#deps.codec.encodeStripe({
      bodyId, first: stripeIndex === 0, last: stripeIndex === layout.stripeCount - 1, digests: recipe.digests,
      ...(recipe.encryption && { encryption: recipe.encryption }),
      firstPackage: stripeIndex * packagesPerStripe,
      plain: { offset: this.#plainOffset(lane), length: plainLength }, inPlace: false,
      shards: { dataShards, parityShards, shardLength, offset: this.#shardsOffset(lane) },
      hashesOffset: this.#hashesOffset(lane),
    })
    this.#digests = digests
    this.#writing[lane] = this.#write(stripeIndex, lane)
  }

  /** Resolves when every drive has answered; never rejects. */
  #write(stripeIndex: number, lane: number): Promise<void> {
    const { layout, placement: { payloadId, slots } } = this.#body
    const { shardLength } = stripeAt(layout, stripeIndex)
    return this.#onEachDrive((drive, shardIndex) => {
      // A drive that came back meanwhile is another connection and lacks what went before.
      if (this.#deps.set.writable(slots[shardIndex] as number) !== drive) {
        this.#drop(shardIndex, undefined)
        return undefined
      }
      const chunk: WriteShardChunk = {
        payloadId, chunkIndex: stripeIndex, chunkLength: layout.full.shardLength,
        from: { offset: this.#shardsOffset(lane) + shardIndex * shardLength, length: shardLength },
        hashOffset: this.#hashesOffset(lane) + shardIndex * shardHashBytes,
      }
      return drive.writeChunks({ chunks: [chunk] })
    })
  }

  #sync(): Promise<void> {
    const { payloadId } = this.#body.placement
    return this.#onEachDrive((drive) => drive.syncShardFiles({ payloadIds: [payloadId] }))
  }

  #onEachDrive(call: (drive: DriveConnection, shardIndex: number) => Promise<unknown> | undefined): Promise<void> {
    return new Promise((resolve) => {
      let left = 1
      const settled = (): void => {
        if (--left === 0) resolve()
      }
      const place = this.#place
      for (let shardIndex = 0; shardIndex < this.#shardCount; shardIndex++) {
        const drive = this.#drives[shardIndex]
        if (drive === undefined) continue
        const answer = call(drive, shardIndex)
        if (answer === undefined) continue
        left++
        place?.beginCall()
        answer.then(
          () => {
            place?.endCall()
            settled()
          },
          (error: unknown) => {
            place?.endFailedCall(drive, error)
            this.#drop(shardIndex, error)
            settled()
          },
        )
      }
      settled()
    })
  }

  #drop(shardIndex: number, error: unknown): void {
    if (this.#drives[shardIndex] === undefined) return
    this.#drives[shardIndex] = undefined
    this.#dropped++
    if (error === undefined) return
    if (!(error instanceof DriveError)) {
      this.#bug ??= asError(error)
      return
    }
    if (error.fault === 'full') this.#droppedFull++
    this.#deps.set.reportFault(this.#body.placement.slots[shardIndex] as number, error, 'write')
  }

  #checkQuorum(): void {
    if (this.#bug !== undefined) throw this.#bug
    const { dataShards, parityShards } = this.#body.placement
    const needed = writeQuorumOf(dataShards, parityShards)
    let writable = 0
    for (const drive of this.#drives) if (drive !== undefined) writable++
    if (writable >= needed) return
    const full = this.#droppedFull > 0 && writable + this.#droppedFull >= needed
    throw new StorageError(full ? 'storage-full' : 'write-quorum-lost', full ? 'too few drives have room' : 'too few drives take writes', {
      writable, needed, dropped: this.#dropped,
    })
  }

  #toStaged(): StagedPayload {
    const { placement, layout: { shardLength, storedLength } } = this.#body
    let released = false
    return {
      placement, shards: undefined, shardLength, storedLength,
      goodSlots: placement.slots.filter((_, shardIndex) => this.#drives[shardIndex] !== undefined),
      release: (outcome) => {
        assert(!released, 'a staged payload is released once')
        released = true
        if (outcome === 'discarded') this.#removeFiles()
      },
    }
  }

  /** After a failure: the memory when the codec is done with it (writes under way hold it by themselves), the files after the last write. Never rejects. */
  async #undo(): Promise<void> {
    if (this.#encoding !== undefined) await this.#encoding.catch(() => undefined)
    if (this.#encodingStarted) this.#deps.codec.forgetBody(this.#body.bodyId)
    this.#giveMemory()
    for (const busy of this.#writing) await busy
    if (this.#encodingStarted) this.#removeFiles()
  }

  /** Best effort: what a drive keeps in spite of it, nothing refers to, and the next look over its files removes it. */
  #removeFiles(): void {
    const { payloadId, slots } = this.#body.placement
    for (const [shardIndex, drive] of this.#touched.entries()) {
      const slot = slots[shardIndex] as number
      if (drive === undefined || this.#deps.set.readable(slot) !== drive) continue
      drive.removeShardFiles({ payloadIds: [payloadId] }).catch(() => undefined)
    }
  }

  #giveMemory(): void {
    this.#place?.release()
    this.#place = undefined
  }

  /** Place: plain stripes, one per lane · then per lane shards 0…k+m−1 and their hashes. */
  #placeLength(lanes: number): number {
    return lanes * (stripePlainBytes + this.#encodedLength())
  }

  #encodedLength(): number {
    return alignShard(this.#shardCount * (this.#body.layout.full.shardLength + shardHashBytes))
  }

  #plainOffset(lane: number): number {
    assert(this.#place !== undefined, 'memory was taken')
    return this.#place.range.offset + lane * stripePlainBytes
  }

  #shardsOffset(lane: number): number {
    return this.#plainOffset(this.#lanes) + lane * this.#encodedLength()
  }

  #hashesOffset(lane: number): number {
    return this.#shardsOffset(lane) + this.#shardCount * this.#body.layout.full.shardLength
  }
}
