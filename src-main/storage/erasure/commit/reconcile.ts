// Once after a start, in the background: what the drives hold against what the catalogue knows. Records that nothing refers to are
// released, shard files of none removed, and live records that a drive lacks are named to be rebuilt. Bounded steps, so that clients come first.
import type { ErasureSet } from '../set/erasure-set.ts'
import type { Catalogue } from './catalogue.ts'
import type { LiveRow } from './catalogue-schema.ts'
import { rowOf, type MergedLog, type SlotLog } from './merged-log.ts'
import { releaseOn } from './releases.ts'

export interface ReconcileDeps {
  readonly set: ErasureSet
  readonly catalogue: Catalogue
  readonly merged: MergedLog
  readonly logs: readonly SlotLog[]
  readonly shardFiles: ReadonlyMap<number, ReadonlySet<string>>
  /** Undecided records stay, whatever the catalogue says. */
  readonly kept: ReadonlySet<number>
  /** Their shard files. */
  readonly keptPayloads: ReadonlySet<string>
  /** Looks only below: everything from here on was written after the start. */
  readonly before: number
  /** A live record that these slots lack. Resolves when the next one may come. */
  readonly onMissing: (record: LiveRow, slots: readonly number[]) => Promise<void>
  /** Lets others go first between two steps. */
  readonly pause: () => Promise<void>
  readonly stopped: () => boolean
}

const pageRows = 2048

/** Whether some live record is missing on the slot. Cheap when the drives agree; looks at no more than a bounded number of differences. */
export function findIncompleteSlots({ catalogue, merged, logs, shardFiles }: Pick<ReconcileDeps, 'catalogue' | 'merged' | 'logs' | 'shardFiles'>): Set<number> {
  const incomplete = new Set<number>()
  const everywhere = logs.reduce((mask, { slot }) => mask | (1 << slot), 0)
  let looked = 0
  for (let row = 0; row < merged.length && incomplete.size < logs.length; row++) {
    const lacking = everywhere & ~(merged.holders[row] as number)
    if (lacking === 0) continue
    if (logs.every(({ slot }) => (lacking & (1 << slot)) === 0 || incomplete.has(slot))) continue
    if (++looked > differencesMax || catalogue.isLive(merged.sequences[row] as number)) {
      for (const { slot } of logs) if ((lacking & (1 << slot)) !== 0) incomplete.add(slot)
    }
  }
  for (const payloadId of catalogue.livePayloads()) {
    for (const { slot } of logs) if (shardFiles.get(slot)?.has(payloadId) !== true) incomplete.add(slot)
  }
  return incomplete
}

const differencesMax = 20_000

/** False when it was stopped half-way. */
export async function reconcileDrives(deps: ReconcileDeps): Promise<boolean> {
  const at = new Map(deps.logs.map(({ slot }) => [slot, 0]))
  let after = 0
  for (;;) {
    if (deps.stopped()) return false
    const page = deps.catalogue.liveAfter(after, pageRows).filter(({ sequence }) => sequence < deps.before)
    const last = page.length < pageRows ? deps.before - 1 : (page.at(-1)?.sequence ?? 0)
    const live = new Set(page.map(({ sequence }) => sequence))
    for (const log of deps.logs) await releaseDead(deps, log, at, last, live)
    for (const record of page) await reportMissing(deps, record)
    if (page.length < pageRows) break
    after = last
    await deps.pause()
  }
  await removeOrphanFiles(deps)
  return true
}

async function releaseDead(deps: ReconcileDeps, { slot, summary }: SlotLog, at: Map<number, number>, last: number, live: ReadonlySet<number>): Promise<void> {
  const dead: number[] = []
  let index = at.get(slot) ?? 0
  for (; index < summary.sequences.length && (summary.sequences[index] as number) <= last; index++) {
    const sequence = summary.sequences[index] as number
    if (!live.has(sequence) && !deps.kept.has(sequence)) dead.push(sequence)
  }
  at.set(slot, index)
  if (dead.length > 0) await releaseOn(deps.set, slot, dead, [])
}

async function reportMissing(deps: ReconcileDeps, record: LiveRow): Promise<void> {
  const row = rowOf(deps.merged, record.sequence)
  const holders = row === undefined ? 0 : (deps.merged.holders[row] as number)
  const lacking = deps.logs.filter(({ slot }) => (holders & (1 << slot)) === 0 || (record.payload !== null && deps.shardFiles.get(slot)?.has(record.payload) !== true))
  if (lacking.length > 0) await deps.onMissing(record, lacking.map(({ slot }) => slot))
}

async function removeOrphanFiles({ set, catalogue, shardFiles, keptPayloads }: ReconcileDeps): Promise<void> {
  const live = catalogue.livePayloads()
  for (const [slot, files] of shardFiles) {
    const orphans = [...files].filter((payloadId) => !live.has(payloadId) && !keptPayloads.has(payloadId))
    if (orphans.length > 0) await releaseOn(set, slot, [], orphans)
  }
}
