// Who is signed in: random tokens, of which only hashes are kept, in memory. They end after idling, after twelve hours, and with sealing,
// and are good only at the place (network and browser) where they began.
import { createHash } from 'node:crypto'
import { asBuffer } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'

export const sessionIdleMs = 15 * 60_000
export const sessionLongestMs = 12 * 60 * 60_000
const sessionsMax = 64
const tokenBytes = 32

/** Whoever shows a token, and where. */
export interface SessionHolder {
  readonly sessionToken?: string
  readonly place: string
}

interface Session {
  readonly place: string
  readonly beganMs: number
  usedMs: number
}

export class OperatorSessions {
  readonly #clock: Clock
  readonly #random: RandomSource
  /** By SHA-256 of the token; least recently used first. */
  readonly #sessions = new Map<string, Session>()
  readonly #listeners = new Set<() => void>()

  constructor(clock: Clock, random: RandomSource) {
    this.#clock = clock
    this.#random = random
  }

  get count(): number {
    this.#dropEnded()
    return this.#sessions.size
  }

  /** A token for the cookie. With too many sessions the one idle longest ends. */
  begin(place: string): string {
    this.#dropEnded()
    if (this.#sessions.size >= sessionsMax) this.#sessions.delete(this.#sessions.keys().next().value ?? '')
    const token = asBuffer(this.#random.bytes(tokenBytes)).toString('base64url')
    const now = this.#clock.monotonicMs()
    this.#sessions.set(digest(token), { place, beganMs: now, usedMs: now })
    return token
  }

  /** `isActivity`: the operator did something, so idling starts again. */
  isSignedIn({ sessionToken: token, place }: SessionHolder, isActivity: boolean): boolean {
    if (token === undefined) return false
    const id = digest(token)
    const session = this.#sessions.get(id)
    if (session?.place !== place) return false
    const now = this.#clock.monotonicMs()
    if (hasEnded(session, now)) {
      this.#sessions.delete(id)
      return false
    }
    if (isActivity) {
      session.usedMs = now
      this.#sessions.delete(id)
      this.#sessions.set(id, session)
    }
    return true
  }

  end(token: string | undefined): void {
    if (token === undefined || !this.#sessions.delete(digest(token))) return
    this.#tell()
  }

  endAll(): void {
    if (this.#sessions.size === 0) return
    this.#sessions.clear()
    this.#tell()
  }

  /** Calls back when somebody signed out or everybody was; the result ends it. Idling away is seen at the next look. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #dropEnded(): void {
    const now = this.#clock.monotonicMs()
    for (const [id, session] of this.#sessions) if (hasEnded(session, now)) this.#sessions.delete(id)
  }
}

function hasEnded(session: Session, now: number): boolean {
  return now - session.usedMs >= sessionIdleMs || now - session.beganMs >= sessionLongestMs
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
