// A body on its way in: out of its source into shared memory once, through the codec in one trip per stripe, to the drives.
// Small bodies stay in memory until their record is appended; large ones are written to shard files as they come.
import { assert } from '../../base/assert.ts'
import type { ByteSource } from '../../base/byte-stream.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import { systemClock } from '../../base/clock.ts'
import type { WriteRecipe } from '../../crypto/body-recipe.ts'
import { packageHeaderBytes } from '../../crypto/encrypted-stream.ts'
import type { SharedRange } from '../../payload/codec-protocol.ts'
import { plainPieces } from '../../payload/plain-pieces.ts'
import { cancelled, toStorageError } from './body-fault.ts'
import { BodyIntake } from './body-intake.ts'
import { bodyMemoryOf, type BodyMemory } from './body-memory.ts'
import { checkWriteQuorum, toBodyWrite, type BodyWrite, type BodyWriterDeps, type WrittenBody } from './body-write.ts'
import type { PayloadPlacement, StagedPayload } from './layout/payload-placement.ts'
import { isInline, shardHashBytes } from './layout/stripe-layout.ts'
import { ShardFileWriter } from './shard-file-writer.ts'

export type { BodyWriterDeps, WrittenBody } from './body-write.ts'

export interface BodyWriter {
  /**
   * Takes in exactly `size` ≥ 1 bytes and places their shards; k is what the set leaves beside `parityShards`. The source is over afterwards,
   * whatever the outcome. The result is released exactly once. Memory held: one place of at most 2 + 2 (k+m)/k MiB, whatever the size.
   * Faults: body-too-short, body-too-long, write-quorum-lost, storage-full, busy, cancelled, and the source's own as it is.
   */
  stage(size: number, source: ByteSource, recipe: WriteRecipe, parityShards: number, signal: CancelSignal): Promise<WrittenBody>
}

export function openBodyWriter(deps: BodyWriterDeps): BodyWriter {
  const memory = bodyMemoryOf(deps.slots, deps.clock ?? systemClock)
  return {
    stage(size, source, recipe, parityShards, signal) {
      const body = toBodyWrite(deps, size, source, recipe, parityShards, signal)
      return isInline(size) ? stageInline(deps, memory, body) : new ShardFileWriter(deps, memory, body).run()
    },
  }
}

/** Place: shards 0…k+m−1 · their hashes. The body is taken in where its shards are, and sealed there. */
async function stageInline(deps: BodyWriterDeps, memory: BodyMemory, body: BodyWrite): Promise<WrittenBody> {
  const { layout: { size, last: stripe }, placement: { dataShards, parityShards }, recipe, signal } = body
  const shardCount = dataShards + parityShards
  const inPlace = recipe.encryption !== undefined
  const hashesAt = shardCount * stripe.shardLength
  let range: SharedRange | undefined
  try {
    if (signal.aborted) throw cancelled()
    checkWriteQuorum(deps.set, dataShards, parityShards)
    const taken = memory.take('inline-write', hashesAt + shardCount * shardHashBytes, signal)
    range = taken instanceof Promise ? await taken : taken
    const plain = { offset: range.offset + (inPlace ? packageHeaderBytes : 0), length: size }
    const pieces = plainPieces(plain, inPlace)
    const intake = new BodyIntake(body.source, signal)
    for (const piece of pieces) {
      const filling = intake.fill(deps.slots.view(piece), piece === pieces.at(-1))
      if (filling !== undefined) await filling
    }
    const hashesOffset = range.offset + hashesAt
    const shards = { dataShards, parityShards, shardLength: stripe.shardLength, offset: range.offset }
    const { digests } = await deps.codec.encodeStripe({
      bodyId: body.bodyId, first: true, last: true, digests: recipe.digests, ...(recipe.encryption && { encryption: recipe.encryption }),
      firstPackage: 0, plain, inPlace, shards, hashesOffset,
    })
    if (signal.aborted) throw cancelled()
    return { staged: new InlinePayload(memory, range, body, shards.offset, hashesOffset), digests }
  } catch (error) {
    if (range !== undefined) memory.give('inline-write', range)
    body.source.cancel()
    throw toStorageError(error)
  }
}

class InlinePayload implements StagedPayload {
  readonly placement: PayloadPlacement
  readonly shards: readonly { readonly range: SharedRange; readonly hashOffset: number }[]
  readonly shardLength: number
  readonly storedLength: number
  readonly #memory: BodyMemory
  readonly #range: SharedRange
  #released = false

  constructor(memory: BodyMemory, range: SharedRange, body: BodyWrite, shardsOffset: number, hashesOffset: number) {
    const { shardLength, storedLength } = body.layout
    this.#memory = memory
    this.#range = range
    this.placement = body.placement
    this.shardLength = shardLength
    this.storedLength = storedLength
    this.shards = body.placement.slots.map((_, index) => ({
      range: { offset: shardsOffset + index * shardLength, length: shardLength },
      hashOffset: hashesOffset + index * shardHashBytes,
    }))
  }

  get goodSlots(): readonly number[] {
    return this.placement.slots
  }

  release(): void {
    assert(!this.#released, 'a staged payload is released once')
    this.#released = true
    this.#memory.give('inline-write', this.#range)
  }
}
