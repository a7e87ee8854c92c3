// Notices drives that do not answer a read in time, so that the others are asked instead. One timer for all reads of a set.
import { systemClock, type Clock } from '../../base/clock.ts'
import { noPlace, PlaceList } from '../../base/place-list.ts'
import type { DriveSet } from './set/drive-set.ts'

/** A drive worker syncs and reads in turn, so this is well above one batch on a spinning disk. */
const slowAfterMs = 400
const slotsMax = 256

/** Reads asked for together. */
export interface WatchedRound {
  startedMs: number
  /** The watch's: where it is while it is watched, `noPlace` otherwise. */
  watchPlace: number
  /** Called once when it has taken too long. */
  onSlow(): void
}

export class SlowWatch {
  readonly #clock: Clock
  readonly #rounds = new PlaceList<WatchedRound>()
  /** Reads per slot that were given up waiting for and have not ended. */
  readonly #overdue = new Uint32Array(slotsMax)
  #overdueCount = 0
  #armed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  watch(round: WatchedRound): void {
    round.startedMs = this.#clock.monotonicMs()
    if (round.watchPlace === noPlace) round.watchPlace = this.#rounds.add(round)
    this.#arm(slowAfterMs)
  }

  unwatch(round: WatchedRound): void {
    if (round.watchPlace === noPlace) return
    this.#rounds.remove(round.watchPlace)
    round.watchPlace = noPlace
  }

  /** Not to be asked while others can do. */
  isSlow(slot: number): boolean {
    return this.#overdueCount > 0 && (this.#overdue[slot] ?? 0) > 0
  }

  /** A read was given up waiting for; `delta` −1 when it ended after all. */
  countOverdue(slot: number, delta: 1 | -1): void {
    this.#overdue[slot] = (this.#overdue[slot] ?? 0) + delta
    this.#overdueCount += delta
  }

  #arm(delayMs: number): void {
    if (this.#armed) return
    this.#armed = true
    this.#clock.after(delayMs, () => {
      this.#armed = false
      this.#look()
    })
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    let nextMs = Infinity
    this.#rounds.forEach((round) => {
      const leftMs = round.startedMs + slowAfterMs - nowMs
      if (leftMs > 0) {
        nextMs = Math.min(nextMs, leftMs)
        return
      }
      this.unwatch(round)
      round.onSlow()
    })
    if (nextMs < Infinity) this.#arm(nextMs)
  }
}

const watches = new WeakMap<DriveSet, SlowWatch>()

/** The one watch of a set. The first clock named stays. */
export function slowWatchOf(set: DriveSet, clock: Clock = systemClock): SlowWatch {
  let watch = watches.get(set)
  if (watch === undefined) {
    watch = new SlowWatch(clock)
    watches.set(set, watch)
  }
  return watch
}
