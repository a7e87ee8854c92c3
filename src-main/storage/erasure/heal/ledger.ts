// The integrity ledger: what damage was found and what became of it. The newest entries in memory, and counters since the start.
import type { Clock } from '../../../base/clock.ts'

export type LedgerEvent =
  | 'damage-found' | 'repaired'
  /** Will be tried again. */
  | 'repair-failed'
  /** Too few good shards with every drive there: no repair is possible. */
  | 'lost'

export interface LedgerEntry {
  /** Ascending from 1; a gap in what is shown means that older ones were dropped. */
  readonly number: number
  readonly atMs: number
  readonly event: LedgerEvent
  readonly sequence: number
  readonly payloadId: string
  readonly slot: number | undefined
  /** A fault, never a name or content. */
  readonly reason: string | undefined
}

export interface LedgerCounters {
  readonly found: number
  readonly repaired: number
  readonly failed: number
  readonly lost: number
}

export interface Ledger {
  add(event: LedgerEvent, what: { readonly sequence: number; readonly payloadId: string; readonly slot?: number; readonly reason?: string }): void
  /** Newest first. */
  entries(): readonly LedgerEntry[]
  counters(): LedgerCounters
  /** Called with each new entry, in the turn in which it is added; the result ends it. */
  watch(listener: (entry: LedgerEntry) => void): () => void
}

const counterOf: Readonly<Record<LedgerEvent, keyof LedgerCounters>> = {
  'damage-found': 'found', repaired: 'repaired', 'repair-failed': 'failed', lost: 'lost',
}

export function openLedger(clock: Clock, entriesMax = 1000): Ledger {
  const ring: LedgerEntry[] = []
  const counters = { found: 0, repaired: 0, failed: 0, lost: 0 }
  const listeners = new Set<(entry: LedgerEntry) => void>()
  let added = 0
  return {
    add(event, { sequence, payloadId, slot, reason }) {
      const entry = { number: added + 1, atMs: clock.nowMs(), event, sequence, payloadId, slot, reason }
      ring[added % entriesMax] = entry
      added++
      counters[counterOf[event]]++
      for (const listener of [...listeners]) listener(entry)
    },
    entries() {
      const shown = Math.min(added, entriesMax)
      return Array.from({ length: shown }, (_, back) => ring[(added - 1 - back) % entriesMax] as LedgerEntry)
    },
    counters: () => ({ ...counters }),
    watch(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
  }
}
