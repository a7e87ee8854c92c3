// The drives' facts for everybody who watches: asked at most once a second, and never waited for. What is known is told at once; a drive
// that hangs delays only its own news.
import type { Clock } from '../base/clock.ts'
import type { DriveFacts } from '../seams/storage-backend.ts'
import type { StorePort } from './ports.ts'

export const factsEveryMs = 1000

export class LatestFacts {
  readonly #store: Pick<StorePort, 'driveFacts' | 'health'>
  readonly #clock: Clock
  readonly #onNews: () => void
  #facts: DriveFacts | undefined
  #askedMs = Number.NEGATIVE_INFINITY
  #asking = false

  /** `onNews`: they were asked for and have come. */
  constructor(store: Pick<StorePort, 'driveFacts' | 'health'>, clock: Clock, onNews: () => void) {
    this.#store = store
    this.#clock = clock
    this.#onNews = onNews
  }

  /** As known now; undefined while the store is closed, or before the first answer. Asks again when they are old. */
  get(): DriveFacts | undefined {
    if (this.#store.health() === undefined) {
      this.#facts = undefined
      this.#askedMs = Number.NEGATIVE_INFINITY
    } else if (!this.#asking && this.#clock.monotonicMs() - this.#askedMs >= factsEveryMs) void this.#ask()
    return this.#facts
  }

  async #ask(): Promise<void> {
    this.#asking = true
    this.#askedMs = this.#clock.monotonicMs()
    try {
      this.#facts = await this.#store.driveFacts()
    } catch {
      // The store is being closed, or its drives are in trouble: `health` tells, and the next look asks again.
    } finally {
      this.#asking = false
    }
    this.#onNews()
  }
}
