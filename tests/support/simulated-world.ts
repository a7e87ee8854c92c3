// Time, chance and the end of the process for a simulation: one seed decides everything. Every step that a drive makes is counted, so that
// the process can be killed at any of them; a killed process never hears of anything again.
import type { Clock } from '../../src-main/base/clock.ts'
import { seededRandom } from './seeded-random.ts'

export interface Dice {
  /** 0 to below `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function openDice(seed: number): Dice {
  const source = seededRandom(seed)
  const next = (): number => {
    const [a, b, c, d] = source.bytes(4) as unknown as [number, number, number, number]
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  }
  return {
    below: (limit) => next() % limit,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (items) => items[next() % items.length] as never,
    bytes: (length) => source.bytes(length),
  }
}

/** One life of the process: from a start to a clean end or a kill. */
export class Life {
  steps = 0
  dead = false
  /** The step at which the process is killed; Infinity for never. */
  killAt: number

  constructor(killAt = Infinity) {
    this.killAt = killAt
  }

  /** True when the process may go on; false from the moment of its death on. */
  step(): boolean {
    if (!this.dead && this.steps++ >= this.killAt) this.dead = true
    return !this.dead
  }
}

/** Never settles: what a dead process waits for. */
export const forever = new Promise<never>(() => undefined)

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly callback: () => void
}

/** Virtual time: it stands still while there is something to do and then jumps to the next timer. */
export class VirtualClock implements Clock {
  #nowMs = 1_760_000_000_000
  #order = 0
  readonly #timers = new Set<Timer>()

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, order: this.#order++, callback }
    this.#timers.add(timer)
    return () => { this.#timers.delete(timer) }
  }

  /** Lets the next timer ring. False when there is none. */
  advance(): boolean {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer
    }
    if (next === undefined) return false
    this.#timers.delete(next)
    this.#nowMs = Math.max(this.#nowMs, next.dueMs)
    next.callback()
    return true
  }

  /** Timers of a dead process ring no more. */
  clear(): void {
    this.#timers.clear()
  }
}

const patienceMs = 3_600_000
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

/** Runs until `work` settles or the process dies: its result, or 'dead'. Throws when nothing could ever settle it. */
export async function runUntil<T>(work: Promise<T>, clock: VirtualClock, life: Life): Promise<{ readonly value: T } | 'dead'> {
  let outcome: { value: T } | { error: unknown } | undefined
  work.then((value) => { outcome = { value } }, (error: unknown) => { outcome = { error } })
  const untilMs = clock.nowMs() + patienceMs
  for (let idle = 0; outcome === undefined; ) {
    await turn()
    if (outcome !== undefined) break
    if (life.dead) return 'dead'
    if (clock.nowMs() > untilMs) throw new Error('the simulation does not end: an hour has passed')
    if (clock.advance()) idle = 0
    else if (++idle > 50) throw new Error('the simulation hangs: nothing is due and nothing settles')
  }
  if ('error' in outcome) throw outcome.error
  return outcome
}
