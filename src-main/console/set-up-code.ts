// The code that proves to a machine without a screen who may set it up: printed there at each start, asked of browsers elsewhere.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import { ConsoleError } from './errors.ts'
import { GuessLimiter, type GuessPolicy } from './guess-limiter.ts'

/** No characters that are mixed up. 32 of them: eight are 40 bits. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const characters = 8

/** Five tries a minute and twenty for everybody: 40 bits last 50,000 years. */
const policy: GuessPolicy = { pauseMs: (failures) => (failures >= 5 ? 60_000 : 0), forgetAfterMs: 60_000, countedFrom: 'first', failuresPerMinuteMax: 20 }

export class SetUpCode {
  readonly #code: string
  readonly #limiter: GuessLimiter

  constructor(random: RandomSource, clock: Clock) {
    this.#code = [...random.bytes(characters)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('')
    this.#limiter = new GuessLimiter(policy, clock)
  }

  /** In two groups, for people. */
  get text(): string {
    return `${this.#code.slice(0, 4)}-${this.#code.slice(4)}`
  }

  /** Faults: set-up-code-needed, wrong-set-up-code, slow-down. */
  check(given: string | undefined, address: string): void {
    if (given === undefined || given === '') {
      throw new ConsoleError('set-up-code-needed', 'Setting up from another machine needs the set-up code.', { hint: 'It is printed where Coffer was started; there, also: coffer setup --code' })
    }
    const attempt = this.#limiter.begin(address)
    if ('waitMs' in attempt) throw slowDown(attempt.waitMs)
    const plain = given.slice(0, 64).toUpperCase().replaceAll(/[\s-]/g, '')
    if (!timingSafeEqual(digest(plain), digest(this.#code))) {
      throw new ConsoleError('wrong-set-up-code', 'This is not the set-up code.', { hint: 'It changes at every start of Coffer. At the machine: coffer setup --code' })
    }
    attempt.succeeded()
  }
}

export function slowDown(waitMs: number): ConsoleError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new ConsoleError('slow-down', `Too many wrong entries. Wait ${seconds} s.`, { hint: 'Then try again.', retryAfterSeconds: seconds })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
