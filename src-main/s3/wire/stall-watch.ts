// Finds peers that neither send nor take bytes for too long. One coarse timer for all connections; waiting costs a place in a list and no timer.
import type { Clock } from '../../base/clock.ts'
import { noPlace, PlaceList } from '../../base/place-list.ts'

export interface Stallable {
  /** The watch's: where it is while it waits, `noPlace` otherwise. */
  watchPlace: number
  /** Called once when its wait lasted too long; it is then no longer watched. */
  stalled(): void
}

const tickMs = 1000

export class StallWatch {
  readonly #clock: Clock
  readonly #ticksMax: number
  readonly #waiting = new PlaceList<Stallable>()
  /** Tick in which the wait at each place began. */
  readonly #since: number[] = []
  #tick = 0
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, idleMs: number) {
    this.#clock = clock
    this.#ticksMax = Math.max(1, Math.ceil(idleMs / tickMs))
  }

  /** From now on it waits for its peer. */
  begin(waiter: Stallable): void {
    if (waiter.watchPlace === noPlace) waiter.watchPlace = this.#waiting.add(waiter)
    this.#since[waiter.watchPlace] = this.#tick
    this.#cancelTimer ??= this.#clock.after(tickMs, () => {
      this.#sweep()
    })
  }

  end(waiter: Stallable): void {
    if (waiter.watchPlace === noPlace) return
    this.#waiting.remove(waiter.watchPlace)
    waiter.watchPlace = noPlace
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#waiting.forEach((waiter) => { this.end(waiter) })
  }

  #sweep(): void {
    this.#tick++
    this.#waiting.forEach((waiter, place) => {
      if (this.#tick - (this.#since[place] ?? this.#tick) <= this.#ticksMax) return
      this.end(waiter)
      waiter.stalled()
    })
    this.#cancelTimer = undefined
    if (this.#waiting.count === 0) return
    this.#cancelTimer = this.#clock.after(tickMs, () => {
      this.#sweep()
    })
  }
}
