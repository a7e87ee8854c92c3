// Who may hold how much of the shared memory, so that many bodies at once neither stop each other for good nor push small ones aside.
// The rule: nobody who holds memory waits for more of the same direction; a copy takes its writing place first, its reading places after,
// and neither direction may take all. Each use has its own line, first come first served.
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { Clock } from '../../base/clock.ts'
import { systemClock } from '../../base/clock.ts'
import type { SharedRange } from '../../payload/codec-protocol.ts'
import type { SlotPool } from '../../payload/shared-memory.ts'
import { SharedOpenings } from '../../payload/shared-opening.ts'
import { StorageError } from '../../seams/storage-backend.ts'

export type MemoryUse = 'inline-write' | 'file-write' | 'inline-read' | 'file-read'

/** Parts of the whole. Bodies in files leave a quarter to the others; writes leave a quarter to reads, and the reverse. */
const useShareMax: Readonly<Record<MemoryUse, number>> = { 'inline-write': 3 / 4, 'file-write': 3 / 8, 'inline-read': 3 / 4, 'file-read': 3 / 8 }
const directionShareMax = 3 / 4
const waitersMax = 512
const waitMaxMs = 30_000
/** Others give memory back to the pool without telling us: look again this often while somebody waits. */
const lookAgainMs = 20
const unitSizeBytes = 4096

interface Waiter {
  readonly length: number
  readonly untilMs: number
  settle(range: SharedRange | undefined, error: StorageError | undefined): void
}

interface Line {
  readonly use: MemoryUse
  readonly usedMax: number
  readonly writes: boolean
  used: number
  readonly waiting: Waiter[]
}

export class BodyMemory {
  readonly pool: SlotPool
  readonly openings: SharedOpenings
  readonly #clock: Clock
  readonly #directionMax: number
  readonly #lines: Readonly<Record<MemoryUse, Line>>
  #writesUsed = 0
  #readsUsed = 0
  #waitingCount = 0
  #looking = false

  constructor(pool: SlotPool, clock: Clock) {
    this.pool = pool
    this.openings = new SharedOpenings(pool.bytes)
    this.#clock = clock
    const total = pool.bytes.byteLength
    this.#directionMax = total * directionShareMax
    const line = (use: MemoryUse): Line => ({ use, usedMax: total * useShareMax[use], writes: use.endsWith('write'), used: 0, waiting: [] })
    this.#lines = { 'inline-write': line('inline-write'), 'file-write': line('file-write'), 'inline-read': line('inline-read'), 'file-read': line('file-read') }
  }

  get waiting(): number {
    return this.#waitingCount
  }

  /** At once or not at all; not when others of the same use wait. */
  tryTake(use: MemoryUse, length: number): SharedRange | undefined {
    const line = this.#lines[use]
    return line.waiting.length > 0 ? undefined : this.#takeNow(line, length)
  }

  /** In order of asking within a use. Faults: busy (too many wait, or waited too long), cancelled. */
  take(use: MemoryUse, length: number, signal: CancelSignal | undefined): SharedRange | Promise<SharedRange> {
    const range = this.tryTake(use, length)
    if (range !== undefined) return range
    const line = this.#lines[use]
    if (line.waiting.length >= waitersMax) throw new StorageError('busy', 'too many bodies wait for memory')
    return this.#wait(line, length, signal)
  }

  /** Exactly once per range, with the use it was taken for. */
  give(use: MemoryUse, range: SharedRange): void {
    const line = this.#lines[use]
    this.#count(line, -roundedBytes(range.length))
    this.pool.give(range)
    if (this.#waitingCount > 0) this.#serve()
  }

  #takeNow(line: Line, length: number): SharedRange | undefined {
    const bytes = roundedBytes(length)
    // One at a time always goes, however small the memory is.
    if (line.used > 0 && line.used + bytes > line.usedMax) return undefined
    const direction = line.writes ? this.#writesUsed : this.#readsUsed
    if (direction > 0 && direction + bytes > this.#directionMax) return undefined
    const range = this.pool.tryTake(length)
    if (range !== undefined) this.#count(line, bytes)
    return range
  }

  #count(line: Line, bytes: number): void {
    line.used += bytes
    if (line.writes) this.#writesUsed += bytes
    else this.#readsUsed += bytes
  }

  #wait(line: Line, length: number, signal: CancelSignal | undefined): Promise<SharedRange> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        line.waiting.splice(line.waiting.indexOf(waiter), 1)
        this.#waitingCount--
        waiter.settle(undefined, new StorageError('cancelled', 'given up while waiting for memory'))
        this.#serve()
      }
      const waiter: Waiter = {
        length,
        untilMs: this.#clock.monotonicMs() + waitMaxMs,
        settle(range, error) {
          signal?.removeEventListener('abort', stop)
          if (range !== undefined) resolve(range)
          else reject(error ?? new StorageError('busy', 'no memory'))
        },
      }
      line.waiting.push(waiter)
      this.#waitingCount++
      signal?.addEventListener('abort', stop, { once: true })
      this.#lookAgainLater()
    })
  }

  /** Reads first: those who write may wait for them (a copy), never the reverse. */
  #serve(): void {
    this.#serveLine(this.#lines['inline-read'])
    this.#serveLine(this.#lines['file-read'])
    this.#serveLine(this.#lines['inline-write'])
    this.#serveLine(this.#lines['file-write'])
  }

  #serveLine(line: Line): void {
    for (let waiter = line.waiting[0]; waiter !== undefined; waiter = line.waiting[0]) {
      const range = this.#takeNow(line, waiter.length)
      if (range === undefined) return
      line.waiting.shift()
      this.#waitingCount--
      waiter.settle(range, undefined)
    }
  }

  #lookAgainLater(): void {
    if (this.#looking) return
    this.#looking = true
    this.#clock.after(lookAgainMs, () => {
      this.#looking = false
      this.#serve()
      const nowMs = this.#clock.monotonicMs()
      for (const line of Object.values(this.#lines)) this.#dropOverdue(line, nowMs)
      if (this.#waitingCount > 0) this.#lookAgainLater()
    })
  }

  #dropOverdue(line: Line, nowMs: number): void {
    for (let waiter = line.waiting[0]; waiter !== undefined && waiter.untilMs <= nowMs; waiter = line.waiting[0]) {
      line.waiting.shift()
      this.#waitingCount--
      waiter.settle(undefined, new StorageError('busy', 'waited too long for memory'))
    }
  }
}

/** What the pool really takes: powers of two of 4 KiB. */
function roundedBytes(length: number): number {
  const units = Math.max(1, Math.ceil(length / unitSizeBytes))
  return unitSizeBytes << (32 - Math.clz32(units - 1))
}

const memories = new WeakMap<SlotPool, BodyMemory>()

/** The one account of a pool, shared by all that read and write bodies through it. The first clock named stays. */
export function bodyMemoryOf(pool: SlotPool, clock: Clock = systemClock): BodyMemory {
  let memory = memories.get(pool)
  if (memory === undefined) {
    memory = new BodyMemory(pool, clock)
    memories.set(pool, memory)
  }
  return memory
}
