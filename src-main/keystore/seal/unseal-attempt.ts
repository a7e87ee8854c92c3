// One attempt to open: its shares, its number (a UUID for programs, two words and six hex digits for people), and its end after idling.
import type { Clock } from '../../base/clock.ts'
import { randomUuid, type RandomSource } from '../../base/random.ts'
import { wordList } from '../../crypto/word-list.ts'
import { ShareCollection } from './share-collection.ts'

export const attemptIdleMs = 15 * 60_000

export class UnsealAttempt {
  readonly nonce: string
  /** For example `river-candle-3fa2b1`; made of the nonce, so that people on the phone know they feed the same attempt. */
  readonly code: string
  readonly shares = new ShareCollection()
  readonly #clock: Clock
  readonly #onIdle: () => void
  #cancelTimer: () => void = () => undefined

  constructor(clock: Clock, random: RandomSource, onIdle: () => void) {
    this.#clock = clock
    this.#onIdle = onIdle
    this.nonce = randomUuid(random)
    this.code = toAttemptCode(this.nonce)
    this.touch()
  }

  /** Somebody contributed: the idle time starts again. */
  touch(): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(attemptIdleMs, this.#onIdle)
  }

  end(): void {
    this.#cancelTimer()
    this.shares.wipe()
  }
}

/** Two words of eleven bits and six hex digits, out of the first twelve hex digits of the UUID. */
export function toAttemptCode(nonce: string): string {
  const hex = nonce.replaceAll('-', '')
  const word = (at: number): string => wordList[Number.parseInt(hex.slice(at, at + 3), 16) >>> 1] ?? ''
  return `${word(0)}-${word(3)}-${hex.slice(6, 12)}`
}
