// Slows guessing down: per address, and together for all, in a table of bounded size. An attempt counts as failed from its beginning, so
// that many at once gain nothing; a success takes it back.
import type { Clock } from '../base/clock.ts'

export interface GuessPolicy {
  /** How long the address pauses after so many failures; 0: not at all. */
  readonly pauseMs: (failures: number) => number
  /** Failures are forgotten so long after the first, or the last, of them. */
  readonly forgetAfterMs: number
  readonly countedFrom: 'first' | 'last'
  /** Of all addresses together within a minute. */
  readonly failuresPerMinuteMax: number
}

/** Ten bad entries a minute per address, then a pause. */
export const sharePolicy: GuessPolicy = { pauseMs: (failures) => (failures >= 10 ? 60_000 : 0), forgetAfterMs: 60_000, countedFrom: 'first', failuresPerMinuteMax: 300 }

/** Three free, then 1, 2, 4 … seconds, at most five minutes. */
export const passwordPolicy: GuessPolicy = {
  pauseMs: (failures) => (failures < 3 ? 0 : Math.min(300_000, 1000 * 2 ** (failures - 3))),
  forgetAfterMs: 15 * 60_000,
  countedFrom: 'last',
  failuresPerMinuteMax: 60,
}

const addressesMax = 1024
const minuteMs = 60_000

interface Failures {
  count: number
  firstMs: number
  lastMs: number
  pausedUntilMs: number
}

export interface GuessTicket {
  /** The guess was right: it does not count. */
  succeeded(): void
  /** It was never tried: as if it had not begun. */
  withdraw(): void
}

export class GuessLimiter {
  readonly #policy: GuessPolicy
  readonly #clock: Clock
  /** Oldest first. */
  readonly #byAddress = new Map<string, Failures>()
  #minuteBeganMs = Number.NEGATIVE_INFINITY
  #failuresThisMinute = 0

  constructor(policy: GuessPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
  }

  get addressCount(): number {
    return this.#byAddress.size
  }

  /** A ticket for one attempt, or how long to wait. */
  begin(address: string): GuessTicket | { readonly waitMs: number } {
    const now = this.#clock.monotonicMs()
    const name = toNetwork(address)
    const failures = this.#current(name, now)
    if (failures.pausedUntilMs > now) return { waitMs: failures.pausedUntilMs - now }
    if (now - this.#minuteBeganMs >= minuteMs) {
      this.#minuteBeganMs = now
      this.#failuresThisMinute = 0
    }
    if (this.#failuresThisMinute >= this.#policy.failuresPerMinuteMax) return { waitMs: this.#minuteBeganMs + minuteMs - now }
    this.#failuresThisMinute++
    this.#count(name, failures, now)
    return {
      succeeded: () => { this.#takeBack(name, failures, this.#policy.countedFrom === 'last' ? failures.count : 1) },
      withdraw: () => { this.#takeBack(name, failures, 1) },
    }
  }

  #current(name: string, now: number): Failures {
    const known = this.#byAddress.get(name)
    if (known !== undefined && now - (this.#policy.countedFrom === 'first' ? known.firstMs : known.lastMs) < this.#policy.forgetAfterMs) return known
    return { count: 0, firstMs: now, lastMs: now, pausedUntilMs: 0 }
  }

  #count(name: string, failures: Failures, now: number): void {
    failures.count++
    failures.lastMs = now
    failures.pausedUntilMs = this.#pauseEnd(failures)
    this.#byAddress.delete(name)
    this.#byAddress.set(name, failures)
    if (this.#byAddress.size > addressesMax) this.#byAddress.delete(this.#byAddress.keys().next().value ?? '')
  }

  #takeBack(name: string, failures: Failures, count: number): void {
    this.#failuresThisMinute = Math.max(0, this.#failuresThisMinute - 1)
    failures.count = Math.max(0, failures.count - count)
    failures.pausedUntilMs = this.#pauseEnd(failures)
    if (failures.count === 0) this.#byAddress.delete(name)
  }

  #pauseEnd(failures: Failures): number {
    const pauseMs = this.#policy.pauseMs(failures.count)
    return pauseMs === 0 ? 0 : (this.#policy.countedFrom === 'first' ? failures.firstMs : failures.lastMs) + pauseMs
  }
}

/** One holder of an IPv6 network has 2^64 addresses of it: they count as one. */
export function toNetwork(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (v4 !== null) return v4[1] ?? address
  if (!address.includes(':')) return address
  const plain = address.split('%')[0] ?? address
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return `${[...left, ...zeros, ...right].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
