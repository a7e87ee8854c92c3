// Finds peers that neither send nor take bytes for too long. One coarse timer for all connections; waiting costs two set operations and no timer.
import type { Clock } from '../../base/clock.ts'

export interface Stallable {
  /** Called once when its wait lasted too long; it is then no longer watched. */
  stalled(): void
}

const tickMs = 1000

export class StallWatch {
  readonly #clock: Clock
  readonly #ticksMax: number
  readonly #waiting = new Map<Stallable, number>()
  #tick = 0
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock
    this.#ticksMax = Math.max(1, Math.ceil(idleMs / tickMs))
  }

  /** From now on it waits for its peer. */
  begin(waiter: Stallable): void {
    this.#waiting.set(waiter, this.#tick)
    this.#cancelTimer ??= this.#clock.after(tickMs, () => {
      this.#sweep()
    })
  }

  end(waiter: Stallable): void {
    this.#waiting.delete(waiter)
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#waiting.clear()
  }

  #sweep(): void {
    this.#tick++
    for (const [waiter, since] of this.#waiting) {
      if (this.#tick - since <= this.#ticksMax) continue
      this.#waiting.delete(waiter)
      waiter.stalled()
    }
    this.#cancelTimer = undefined
    if (this.#waiting.size === 0) return
    this.#cancelTimer = this.#clock.after(tickMs, () => {
      this.#sweep()
    })
  }
}
