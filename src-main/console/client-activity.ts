// Are clients getting through? Counts of the last five minutes in bounded memory, fed by the S3 edge after each request.
import type { Clock } from '../base/clock.ts'
import type { ClientActivitySummary } from '../contract/state.ts'

export interface FinishedRequest {
  readonly status: number
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly remoteAddress: string | undefined
}

const minuteMs = 60_000
const minutesKept = 5
const addressesPerMinuteMax = 4096

class Minute {
  readonly number: number
  requests = 0
  failures = 0
  denied = 0
  bytesIn = 0
  bytesOut = 0
  readonly addresses = new Set<string>()

  constructor(number: number) {
    this.number = number
  }
}

export class ClientActivity {
  readonly #clock: Clock
  #minutes: Minute[] = []
  #lastMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  record(request: FinishedRequest): void {
    const now = this.#clock.monotonicMs()
    const minute = this.#minute(now)
    this.#lastMs = now
    minute.requests++
    if (request.status >= 500) minute.failures++
    if (request.status === 403 || request.status === 401) minute.denied++
    minute.bytesIn += request.bytesReceived
    minute.bytesOut += request.bytesSent
    if (request.remoteAddress !== undefined && minute.addresses.size < addressesPerMinuteMax) minute.addresses.add(request.remoteAddress)
  }

  summary(): ClientActivitySummary {
    const now = this.#clock.monotonicMs()
    this.#drop(now)
    const sum = { windowSeconds: (minutesKept * minuteMs) / 1000, requests: 0, failures: 0, denied: 0, bytesIn: 0, bytesOut: 0 }
    const addresses = new Set<string>()
    for (const minute of this.#minutes) {
      sum.requests += minute.requests
      sum.failures += minute.failures
      sum.denied += minute.denied
      sum.bytesIn += minute.bytesIn
      sum.bytesOut += minute.bytesOut
      for (const address of minute.addresses) addresses.add(address)
    }
    return { ...sum, clients: addresses.size, ...(this.#lastMs === undefined ? {} : { secondsSinceLast: Math.floor((now - this.#lastMs) / 1000) }) }
  }

  #minute(now: number): Minute {
    const number = Math.floor(now / minuteMs)
    const newest = this.#minutes.at(-1)
    if (newest?.number === number) return newest
    const minute = new Minute(number)
    this.#minutes.push(minute)
    this.#drop(now)
    return minute
  }

  #drop(now: number): void {
    const oldest = Math.floor(now / minuteMs) - minutesKept
    if ((this.#minutes[0]?.number ?? oldest + 1) <= oldest) this.#minutes = this.#minutes.filter((minute) => minute.number > oldest)
  }
}
