// What only local drives can tell, for the console: computed here, shown there.
import type { DriveFacts, SpaceReport } from '../../seams/storage-backend.ts'
import type { HealProgress } from './heal/healer.ts'
import type { LedgerCounters } from './heal/ledger.ts'
import type { ErasureSet } from './set/erasure-set.ts'

export function toDriveFacts(set: ErasureSet, heal: HealProgress, damage: LedgerCounters): DriveFacts {
  const left = set.lossesLeft()
  return {
    health: set.health(),
    drives: set.reports(),
    dataShards: set.dataShards,
    parityShards: set.parityShards,
    readLossesLeft: left.reads,
    writeLossesLeft: left.writes,
    space: toSpaceReport(set),
    heal: {
      running: heal.running || heal.waiting > 0, recordsDone: heal.recordsDone, recordsTotal: heal.recordsTotal, bytesDone: heal.bytesDone, failed: heal.failed,
    },
    damageFound: damage.found,
    damageRepaired: damage.repaired,
  }
}

/** By the fullest drive, since each gets one shard of everything. */
function toSpaceReport(set: ErasureSet): SpaceReport {
  const spaces = set.reports().flatMap(({ slot }) => set.space(slot) ?? [])
  const free = spaces.map((space) => space.freeBytes + space.readyBytes)
  const totals = spaces.map((space) => space.totalBytes)
  const smallest = (values: readonly number[]): number => (values.length === 0 ? 0 : Math.min(...values))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  return {
    usableFreeBytes: smallest(free) * set.dataShards, usableTotalBytes: smallest(totals) * set.dataShards, rawFreeBytes: sum(free), rawTotalBytes: sum(totals),
  }
}
