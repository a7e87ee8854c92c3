// Reads asked for together: over when all have answered, or to be left when that takes too long.
import { noPlace } from '../../base/place-list.ts'
import type { Opened } from '../../payload/shared-opening.ts'
import { shardsOf } from './layout/shard-mask.ts'
import type { SlowWatch, WatchedRound } from './slow-watch.ts'

export class ShardRound implements WatchedRound {
  startedMs = 0
  watchPlace = noPlace
  /** Masks of shards. */
  pending = 0
  ok = 0
  /** What came of the opening that the last shard brings; undefined: not done. */
  opening: Opened | undefined
  /** An error that is no drive's. */
  bug: Error | undefined
  /** The hashes of these shards are not looked at. */
  readonly skipHash: boolean
  /** Where the opening stands that they share. */
  readonly openingAt: number | undefined
  readonly #watch: SlowWatch
  #late = 0
  #slow = false
  #wake: (() => void) | undefined

  constructor(watch: SlowWatch, skipHash: boolean, openingAt: number | undefined) {
    this.#watch = watch
    this.skipHash = skipHash
    this.openingAt = openingAt
  }

  begin(index: number): void {
    this.pending |= 1 << index
  }

  end(index: number, slot: number, ok: boolean): void {
    const bit = 1 << index
    if ((this.#late & bit) !== 0) {
      this.#watch.countOverdue(slot, -1)
      return
    }
    this.pending &= ~bit
    if (ok) this.ok |= bit
    if (this.pending === 0) this.#wakeUp()
  }

  /** What is pending will not be waited for: late answers only end what the watch counts. Gives back the mask of them. */
  leave(slots: readonly number[]): number {
    const late = this.pending
    for (const index of shardsOf(late)) this.#watch.countOverdue(slots[index] as number, 1)
    this.#late |= late
    this.pending = 0
    return late
  }

  onSlow(): void {
    this.#slow = true
    this.#wakeUp()
  }

  /** Resolves when nothing is pending, or when the watch finds it slow. Never rejects. */
  settledOrSlow(): Promise<void> {
    if (this.pending === 0 || this.#slow) return Promise.resolve()
    this.#watch.watch(this)
    return new Promise((resolve) => { this.#wake = resolve })
  }

  settled(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((resolve) => { this.#wake = resolve })
  }

  #wakeUp(): void {
    this.#watch.unwatch(this)
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
