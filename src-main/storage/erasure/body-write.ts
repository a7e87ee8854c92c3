// What all steps of a write know about its body, and what is decided before a byte is taken in.
import { assert } from '../../base/assert.ts'
import type { ByteSource } from '../../base/byte-stream.ts'
import { formatHex } from '../../base/bytes.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { Clock } from '../../base/clock.ts'
import type { RandomSource } from '../../base/random.ts'
import type { Digests, WriteRecipe } from '../../crypto/body-recipe.ts'
import type { Codec } from '../../payload/codec.ts'
import type { SlotPool } from '../../payload/shared-memory.ts'
import { StorageError } from '../../seams/storage-backend.ts'
import type { PayloadPlacement, StagedPayload } from './layout/payload-placement.ts'
import { chooseShardSlots } from './layout/shard-order.ts'
import { isInline, toPayloadLayout, type PayloadLayout } from './layout/stripe-layout.ts'
import { writeQuorumOf } from './layout/write-quorum.ts'
import type { DriveSet } from './set/drive-set.ts'

export interface BodyWriterDeps {
  readonly set: DriveSet
  readonly slots: SlotPool
  readonly codec: Codec
  readonly random: RandomSource
  /** For waiting on memory. The system's unless named. */
  readonly clock?: Clock
}

export interface WrittenBody {
  readonly staged: StagedPayload
  readonly digests: Digests
}

/** One body on its way; what all steps need to know. */
export interface BodyWrite {
  readonly bodyId: number
  readonly placement: PayloadPlacement
  readonly layout: PayloadLayout
  readonly recipe: WriteRecipe
  readonly source: ByteSource
  readonly signal: CancelSignal
}

/** Several writers may share a codec, so the numbers are given out here for all. */
let lastBodyId = 0

export function toBodyWrite(deps: BodyWriterDeps, size: number, source: ByteSource, recipe: WriteRecipe, parityShards: number, signal: CancelSignal): BodyWrite {
  const { slotCount } = deps.set
  const dataShards = slotCount - parityShards
  assert(parityShards >= 0 && parityShards <= dataShards, 'parity is at most half of the set')
  const encrypted = recipe.encryption !== undefined
  const payloadId = formatHex(deps.random.bytes(16))
  return {
    bodyId: ++lastBodyId, recipe, source, signal,
    layout: toPayloadLayout(size, encrypted, dataShards),
    placement: { payloadId, form: isInline(size) ? 'inline' : 'file', dataShards, parityShards, slots: chooseShardSlots(payloadId, slotCount), size, encrypted },
  }
}

/** Before a byte is taken in: drives that are away now will not be back in time. */
export function checkWriteQuorum(set: DriveSet, dataShards: number, parityShards: number): void {
  let writable = 0
  for (let slot = 0; slot < set.slotCount; slot++) if (set.writable(slot) !== undefined) writable++
  if (writable < writeQuorumOf(dataShards, parityShards)) {
    throw new StorageError('write-quorum-lost', 'too few drives take writes', { writable, needed: writeQuorumOf(dataShards, parityShards) })
  }
}
