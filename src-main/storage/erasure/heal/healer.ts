// The repairs that wait to be done: each payload once, those with the fewest good shards first, one at a time so that clients come first.
// What fails is tried again after a growing delay for as long as it stands in the list; nothing is dropped without being told.
import type { CancelSignal } from '../../../base/cancel-signal.ts'
import type { Clock } from '../../../base/clock.ts'
import { StorageError } from '../../../seams/storage-backend.ts'
import type { Ledger } from './ledger.ts'

export interface RepairItem {
  readonly sequence: number
  readonly payloadId: string
  readonly slots: readonly number[]
  /** As far as known; fewer go first. */
  readonly goodShards: number
  /** Of the shards to be made good, for the progress. */
  readonly bytes: number
}

export type RepairResult =
  | { readonly done: true; readonly bytes: number }
  /** The record is not live any more: nothing to repair. */
  | { readonly done: 'not-needed' }
  /** Some slots could not be made good now; it is tried again for these. */
  | { readonly done: false; readonly slots: readonly number[]; readonly bytes: number; readonly reason: string }

/** Makes one payload good, appends or writes what is needed. A StorageError is tried again later; any other error is a bug, and too. */
export type Repair = (item: RepairItem, signal: CancelSignal) => Promise<RepairResult>

export interface HealProgress {
  readonly running: boolean
  readonly waiting: number
  /** Tried, failed, and to be tried again. */
  readonly failed: number
  readonly recordsDone: number
  readonly recordsTotal: number
  readonly bytesDone: number
  readonly bytesTotal: number
  /** By `Clock.nowMs`; undefined when nothing waits for its time. */
  readonly nextRetryAtMs: number | undefined
}

export interface HealFailure {
  readonly sequence: number
  readonly payloadId: string
  readonly slots: readonly number[]
  readonly attempts: number
  readonly reason: string
  readonly retryAtMs: number
}

export interface HealerOptions {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly repair: Repair
  /** Called when an item was refused for want of room: a full look over the drives must find it again. */
  readonly onOverflow?: () => void
  /** Told of errors that are no refusal; the repair is tried again all the same. */
  readonly onBug?: (error: unknown) => void
  /** Called after each repair and each change of the list. */
  readonly onProgress?: () => void
  readonly itemsMax?: number
  readonly atOnce?: number
}

export interface Healer {
  /** False when the list is full (and `onOverflow` was called). An item already there takes on the slots. */
  add(item: RepairItem): boolean
  /** A drive came back: everything that failed is tried again now. */
  retryNow(): void
  /** No further repair begins until `resume`; those under way end. */
  pause(): void
  resume(): void
  progress(): HealProgress
  /** Those with the most attempts first, at most `limit`. */
  failures(limit: number): readonly HealFailure[]
  /** Resolves when nothing is under way and nothing could begin now. */
  idle(): Promise<void>
  /** Ends; repairs under way are cancelled and awaited. */
  close(): Promise<void>
}

const defaultItemsMax = 100_000
const retryFirstMs = 1000
const retryMaxMs = 10 * 60 * 1000
const goodShardsMax = 64

interface Entry {
  item: RepairItem
  state: 'waiting' | 'running' | 'failed'
  attempts: number
  retryAtMs: number
  reason: string
  /** Slots added while it was being repaired. */
  added: readonly number[]
}

export function openHealer(options: HealerOptions): Healer {
  return new RepairQueue(options)
}

class RepairQueue implements Healer {
  readonly #options: HealerOptions
  readonly #itemsMax: number
  readonly #atOnce: number
  readonly #entries = new Map<number, Entry>()
  /** Waiting ones by good shards, in order of arrival. */
  readonly #lines: Set<Entry>[] = Array.from({ length: goodShardsMax + 1 }, () => new Set())
  readonly #stop = new AbortController()
  #running = 0
  #waiting = 0
  #paused = false
  #cancelRetry: (() => void) | undefined
  #retryAtMs = Infinity
  #recordsDone = 0
  #recordsTotal = 0
  #bytesDone = 0
  #bytesTotal = 0
  #idleWaiters: (() => void)[] = []

  constructor(options: HealerOptions) {
    this.#options = options
    this.#itemsMax = options.itemsMax ?? defaultItemsMax
    this.#atOnce = options.atOnce ?? 1
  }

  add(item: RepairItem): boolean {
    if (this.#stop.signal.aborted) return false
    const known = this.#entries.get(item.sequence)
    if (known !== undefined) {
      this.#merge(known, item)
      return true
    }
    if (this.#entries.size >= this.#itemsMax) {
      this.#options.onOverflow?.()
      return false
    }
    if (this.#entries.size === 0) this.#startCount()
    const entry: Entry = { item, state: 'waiting', attempts: 0, retryAtMs: 0, reason: '', added: [] }
    this.#entries.set(item.sequence, entry)
    this.#recordsTotal++
    this.#bytesTotal += item.bytes
    this.#enqueue(entry)
    this.#pump()
    return true
  }

  retryNow(): void {
    for (const entry of this.#entries.values()) if (entry.state === 'failed') this.#enqueue(entry)
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#retryAtMs = Infinity
    this.#pump()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#pump()
  }

  progress(): HealProgress {
    return {
      running: this.#running > 0,
      waiting: this.#waiting,
      failed: this.#entries.size - this.#waiting - this.#running,
      recordsDone: this.#recordsDone,
      recordsTotal: this.#recordsTotal,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      nextRetryAtMs: this.#retryAtMs === Infinity ? undefined : this.#retryAtMs,
    }
  }

  failures(limit: number): readonly HealFailure[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.state === 'failed')
      .sort((a, b) => b.attempts - a.attempts)
      .slice(0, limit)
      .map(({ item: { sequence, payloadId, slots }, attempts, reason, retryAtMs }) => ({ sequence, payloadId, slots, attempts, reason, retryAtMs }))
  }

  idle(): Promise<void> {
    return this.#isIdle() ? Promise.resolve() : new Promise((resolve) => { this.#idleWaiters.push(resolve) })
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#cancelRetry?.()
    await this.idle()
  }

  /** Progress counts from the first item after an empty list, so that it always ends at the whole. */
  #startCount(): void {
    this.#recordsDone = this.#recordsTotal = this.#bytesDone = this.#bytesTotal = 0
  }

  #merge(known: Entry, { slots, goodShards }: RepairItem): void {
    const fresh = slots.filter((slot) => !known.item.slots.includes(slot))
    if (known.state === 'running') {
      known.added = [...new Set([...known.added, ...slots])]
      return
    }
    // Its place in the line stays, unless it has become more urgent.
    const moves = known.state === 'waiting' && goodShards < known.item.goodShards
    if (moves) this.#dequeue(known)
    known.item = { ...known.item, slots: [...known.item.slots, ...fresh], goodShards: Math.min(goodShards, known.item.goodShards) }
    if (moves) this.#enqueue(known)
  }

  #enqueue(entry: Entry): void {
    entry.state = 'waiting'
    this.#waiting++
    this.#lineOf(entry).add(entry)
  }

  #dequeue(entry: Entry): void {
    this.#waiting--
    this.#lineOf(entry).delete(entry)
  }

  #lineOf({ item: { goodShards } }: Entry): Set<Entry> {
    return this.#lines[Math.max(0, Math.min(goodShardsMax, goodShards))] as Set<Entry>
  }

  #nextEntry(): Entry | undefined {
    for (const line of this.#lines) for (const entry of line) return entry
    return undefined
  }

  #pump(): void {
    while (!this.#paused && !this.#stop.signal.aborted && this.#running < this.#atOnce) {
      const entry = this.#nextEntry()
      if (entry === undefined) break
      this.#dequeue(entry)
      entry.state = 'running'
      this.#running++
      void this.#run(entry)
    }
    this.#options.onProgress?.()
    if (!this.#isIdle()) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  #isIdle(): boolean {
    return this.#running === 0 && (this.#waiting === 0 || this.#paused || this.#stop.signal.aborted)
  }

  async #run(entry: Entry): Promise<void> {
    const { sequence, payloadId, slots } = entry.item
    let result: RepairResult
    let lost = false
    try {
      result = await this.#options.repair(entry.item, this.#stop.signal)
    } catch (error) {
      const reason = error instanceof StorageError ? error.fault : 'internal'
      lost = reason === 'damaged'
      if (reason === 'internal') this.#options.onBug?.(error)
      result = { done: false, slots, bytes: 0, reason }
    }
    this.#running--
    if (result.done === 'not-needed') this.#bytesTotal -= entry.item.bytes
    else this.#bytesDone += result.bytes
    if (result.done !== false) this.#finish(entry, result.done)
    else if (!this.#stop.signal.aborted) {
      // Told once; tries that follow are counted where they stand.
      if (entry.attempts === 0) this.#options.ledger.add(lost ? 'lost' : 'repair-failed', { sequence, payloadId, reason: result.reason })
      this.#failed(entry, result.slots, result.reason)
    }
    this.#pump()
  }

  #finish(entry: Entry, done: true | 'not-needed'): void {
    const { item, added } = entry
    if (done === true) for (const slot of item.slots) this.#options.ledger.add('repaired', { sequence: item.sequence, payloadId: item.payloadId, slot })
    const again = done === true ? added.filter((slot) => !item.slots.includes(slot)) : []
    this.#recordsDone++
    if (again.length === 0) {
      this.#entries.delete(item.sequence)
      return
    }
    this.#recordsTotal++
    entry.item = { ...item, slots: again }
    entry.added = []
    entry.attempts = 0
    this.#enqueue(entry)
  }

  #failed(entry: Entry, slots: readonly number[], reason: string): void {
    const { item, added } = entry
    for (const slot of item.slots) {
      if (!slots.includes(slot)) this.#options.ledger.add('repaired', { sequence: item.sequence, payloadId: item.payloadId, slot })
    }
    entry.item = { ...item, slots: [...new Set([...slots, ...added])] }
    entry.added = []
    entry.state = 'failed'
    entry.attempts++
    entry.reason = reason
    entry.retryAtMs = this.#options.clock.nowMs() + Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(20, entry.attempts - 1))
    this.#retryBy(entry.retryAtMs)
  }

  /** One timer for the earliest of all. */
  #retryBy(atMs: number): void {
    if (atMs >= this.#retryAtMs) return
    this.#cancelRetry?.()
    this.#retryAtMs = atMs
    this.#cancelRetry = this.#options.clock.after(Math.max(0, atMs - this.#options.clock.nowMs()), () => {
      this.#cancelRetry = undefined
      this.#retryAtMs = Infinity
      this.#retryDue()
    })
  }

  #retryDue(): void {
    const nowMs = this.#options.clock.nowMs()
    let nextMs = Infinity
    for (const entry of this.#entries.values()) {
      if (entry.state !== 'failed') continue
      if (entry.retryAtMs <= nowMs) this.#enqueue(entry)
      else nextMs = Math.min(nextMs, entry.retryAtMs)
    }
    if (nextMs !== Infinity) this.#retryBy(nextMs)
    this.#pump()
  }
}
