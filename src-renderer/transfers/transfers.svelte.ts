// The page's one upload queue, as screens see it. It belongs to no screen: navigation does not touch it.
import { applianceState } from '../state/appliance-state.svelte.ts'
import { operator } from '../state/operator.svelte.ts'
import { consoleTransport } from './console-transport.ts'
import type { QueueView } from './queue-view.ts'
import { createRateMeter } from './rate-meter.ts'
import { pageClock } from './timing.ts'
import type { UploadRequest } from './upload-job.ts'
import { createUploadQueue } from './upload-queue.ts'

const showEveryMs = 150
/** What a person at this page can't change passes by itself. */
const passing = new Set(['sealed', 'not-serving', 'not-signed-in', 'read-quorum-lost', 'write-quorum-lost'])

class Transfers {
  readonly queue = createUploadQueue({
    transport: consoleTransport,
    clock: pageClock,
    chance: Math.random,
    onDone: ({ target }) => this.#arrived(target.bucket),
  })
  view = $state.raw<QueueView>(this.queue.view())
  bytesPerSecond = $state<number>()
  /** Counts up by bucket, so that listings know that they are old. */
  arrivals = $state.raw<ReadonlyMap<string, number>>(new Map())
  #rate = createRateMeter()
  #showing: ReturnType<typeof setTimeout> | undefined

  constructor() {
    this.queue.watch(() => {
      this.#showing ??= setTimeout(() => this.#show(), showEveryMs)
    })
    addEventListener('beforeunload', (event) => {
      if (this.view.isUnfinished) event.preventDefault()
    })
  }

  add(requests: readonly UploadRequest[]): void {
    this.queue.add(requests)
    this.#show()
  }

  /** Goes on by itself when the store is open and the operator is back. Called by the tray while it is on the page. */
  goOnWhenOpen(): void {
    const { held } = this.view
    const takesWrites = ['ready', 'degraded', 'at-risk'].includes(applianceState.report?.seen ?? '')
    if (held?.by === 'fault' && passing.has(held.fault.code) && operator.isSignedIn && takesWrites) this.queue.resumeAll()
  }

  #show(): void {
    clearTimeout(this.#showing)
    this.#showing = undefined
    this.view = this.queue.view()
    const nowMs = Date.now()
    this.#rate.note(nowMs, this.view.sentBytes)
    this.bytesPerSecond = this.view.counts.running > 0 ? this.#rate.bytesPerSecond(nowMs) : undefined
    // Rates and waiting times change without anything happening.
    if (this.view.counts.running > 0) this.#showing = setTimeout(() => this.#show(), 1000)
  }

  #arrived(bucket: string): void {
    this.arrivals = new Map([...this.arrivals, [bucket, (this.arrivals.get(bucket) ?? 0) + 1]])
  }
}

export const transfers = new Transfers()
