// Puts a record back onto drives that lack it, just as it was written: same sequence number, same metadata, the shard of that drive.
import type { CancelSignal } from '../../../base/cancel-signal.ts'
import { DriveError, type DriveConnection } from '../drives/drive-connection.ts'
import type { AppendRecord } from '../drives/drive-protocol.ts'
import { noShardIndex } from '../format/record.ts'
import { healPayload, type HealDeps, type HealOutcome } from '../heal/heal-record.ts'
import { parsePlacement } from '../layout/placement-json.ts'
import type { PayloadPlacement } from '../layout/payload-placement.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import type { LogRecord } from './record-body.ts'
import type { ReadRecord } from './record-reader.ts'

export interface RestoreDeps extends HealDeps {
  readonly set: ErasureSet
}

export interface Restored {
  /** Slots that have it now. */
  readonly restored: readonly number[]
  readonly failed: readonly number[]
  readonly bytes: number
}

/** Where the payload of a record is; undefined when it has none. */
export function placementOf(record: LogRecord): PayloadPlacement | undefined {
  return record.kind === 'object' || record.kind === 'part' ? parsePlacement(record.body.p) : undefined
}

/**
 * Durable on `restored` when it resolves. Where `hasRecord` says that the record itself is there, only its shard file is repaired.
 * Faults (StorageError): read-quorum-lost, damaged, busy, closed, cancelled.
 */
export async function restoreRecord(deps: RestoreDeps, read: ReadRecord, slots: readonly number[], hasRecord: (slot: number) => boolean, signal: CancelSignal): Promise<Restored> {
  const placement = placementOf(read.record)
  const targets = slots.filter((slot) => deps.set.writable(slot) !== undefined && (placement === undefined || placement.slots.includes(slot)))
  if (targets.length === 0) return { restored: [], failed: slots, bytes: 0 }
  if (placement === undefined) return appendTo(deps, read, targets, slots, undefined)
  const outcome = await healPayload(deps, { placement, sequence: read.head.sequence, slots: targets, rewriteAll: false }, signal)
  try {
    const failed = new Set(outcome.failedSlots.map(({ slot }) => slot))
    const good = targets.filter((slot) => !failed.has(slot))
    const lacking = placement.form === 'file' ? good.filter((slot) => !hasRecord(slot)) : good
    const appended = await appendTo(deps, read, lacking, lacking, { placement, outcome })
    const restored = good.filter((slot) => !appended.failed.includes(slot))
    return { restored, failed: slots.filter((slot) => !restored.includes(slot)), bytes: outcome.bytesRebuilt }
  } finally {
    outcome.release()
  }
}

interface HealedPayload {
  readonly placement: PayloadPlacement
  readonly outcome: HealOutcome
}

async function appendTo(deps: RestoreDeps, read: ReadRecord, targets: readonly number[], asked: readonly number[], payload: HealedPayload | undefined): Promise<Restored> {
  if (targets.length === 0) return { restored: [], failed: asked, bytes: 0 }
  const metadata = await deps.slots.take(read.metadata.byteLength)
  deps.slots.view(metadata).set(read.metadata)
  const restored: number[] = []
  const ends: Promise<void>[] = []
  await Promise.all(targets.map(async (slot) => {
    const drive = deps.set.writable(slot)
    if (drive === undefined) return
    try {
      await drive.append({ records: [toAppend(read, metadata, slot, payload)] })
      restored.push(slot)
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
      deps.set.reportFault(slot, error, 'write')
      if (error.fault === 'timeout') ends.push(endOf(drive))
    }
  }))
  void Promise.all(ends).then(() => { deps.slots.give(metadata) })
  return { restored, failed: asked.filter((slot) => !restored.includes(slot)), bytes: payload?.outcome.bytesRebuilt ?? read.metadata.byteLength * restored.length }
}

async function endOf(drive: DriveConnection): Promise<void> {
  void drive.abandon()
  await drive.ended
}

function toAppend({ head }: ReadRecord, metadata: AppendRecord['metadata'], slot: number, payload: HealedPayload | undefined): AppendRecord {
  if (payload === undefined) return { head: { ...head, shardIndex: noShardIndex }, metadata }
  const shardIndex = payload.placement.slots.indexOf(slot)
  const shard = payload.outcome.shards.find((healed) => healed.slot === slot)
  if (shard === undefined) return { head: { ...head, shardIndex }, metadata }
  return { head: { ...head, shardIndex }, metadata, shard: shard.range, shardHashOffset: shard.hashOffset }
}
