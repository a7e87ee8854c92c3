// The live view: what changed is told to everybody who watches, at most four times a second. One report and one serialisation per
// audience, however many watch; nothing at all while nobody does.
import type { Clock } from '../base/clock.ts'
import { drivesReport } from '../contract/drives.ts'
import { liveClosedByRule, liveClosedSessionEnded, liveClosedStopping, type LiveMessage } from '../contract/live.ts'
import { stateReport } from '../contract/state.ts'
import type { Caller, ConsoleServices } from './call-context.ts'
import { ConsoleError } from './errors.ts'
import { toNetwork } from './guess-limiter.ts'
import { describeDrives } from './handlers/drives.ts'
import { reportState } from './handlers/state.ts'
import { LatestFacts } from './latest-facts.ts'

export const liveViewersMax = 128
export const liveViewersPerAddressMax = 16
/** What may wait for a viewer that reads slowly; more, and it is dropped. */
export const liveWaitingBytesMax = 256 * 1024
const coalesceMs = 250
const lookAgainMs = 1000

/** Somebody who watches, whatever carries the messages. */
export interface LiveViewer {
  readonly caller: Caller
  /** Bytes handed over and not yet taken. */
  readonly waitingBytes: number
  send(text: string, message: LiveMessage): void
  close(code: number): void
}

type Audience = 'local' | 'operator' | 'stranger'

interface Watching {
  readonly viewer: LiveViewer
  readonly audience: Audience
  readonly told: Partial<Record<LiveMessage['topic'], string>>
}

interface Told {
  readonly text: string
  readonly message: LiveMessage
}

export class LiveLine {
  readonly #services: ConsoleServices
  readonly #clock: Clock
  readonly #facts: LatestFacts
  readonly #watching = new Set<Watching>()
  readonly #endWatches: readonly (() => void)[]
  #cancelTell: (() => void) | undefined
  #cancelLook: (() => void) | undefined
  #toldMs = Number.NEGATIVE_INFINITY
  #isTelling = false
  #isStale = false
  #isClosed = false

  constructor(services: ConsoleServices) {
    this.#services = services
    this.#clock = services.clock
    this.#facts = new LatestFacts(services.store, services.clock, () => { this.#changed() })
    this.#endWatches = [services.store.watch(() => { this.#changed() }), services.sessions.watch(() => { this.#changed() })]
  }

  get count(): number {
    return this.#watching.size
  }

  /** Faults: busy. */
  admit(caller: Caller): void {
    const network = [...this.#watching].filter(({ viewer }) => viewer.caller.kind === 'network')
    const place = toNetwork(caller.address)
    const ofPlace = network.filter(({ viewer }) => toNetwork(viewer.caller.address) === place).length
    if (this.#isClosed || (caller.kind === 'network' && (network.length >= liveViewersMax || ofPlace >= liveViewersPerAddressMax))) {
      throw new ConsoleError('busy', 'Too many pages are watching.', { hint: 'Close some of them.', retryAfterSeconds: 10 })
    }
  }

  /** The caller was admitted. It is told at once (in its turn), then at every change, until the result is called. */
  open(viewer: LiveViewer): () => void {
    const watching: Watching = { viewer, audience: this.#audienceOf(viewer.caller), told: {} }
    this.#watching.add(watching)
    this.#changed()
    this.#look()
    return () => { this.#watching.delete(watching) }
  }

  close(): void {
    this.#isClosed = true
    for (const end of this.#endWatches) end()
    this.#cancelTell?.()
    this.#cancelLook?.()
    for (const { viewer } of this.#watching) viewer.close(liveClosedStopping)
    this.#watching.clear()
  }

  #audienceOf(caller: Caller): Audience {
    if (caller.kind === 'local') return 'local'
    return this.#services.sessions.isSignedIn(caller, false) ? 'operator' : 'stranger'
  }

  #changed(): void {
    if (this.#watching.size === 0 || this.#isClosed) return
    this.#cancelTell ??= this.#clock.after(Math.max(0, this.#toldMs + coalesceMs - this.#clock.monotonicMs()), () => {
      this.#cancelTell = undefined
      void this.#tell()
    })
  }

  /** Figures change without any event: insiders' ones are looked at every second. */
  #look(): void {
    this.#cancelLook ??= this.#clock.after(lookAgainMs, () => {
      this.#cancelLook = undefined
      if (![...this.#watching].some(({ audience }) => audience !== 'stranger')) return
      this.#changed()
      this.#look()
    })
  }

  async #tell(): Promise<void> {
    this.#isStale = true
    if (this.#isTelling) return
    this.#isTelling = true
    try {
      while (this.#isStale && !this.#isClosed) {
        this.#isStale = false
        this.#toldMs = this.#clock.monotonicMs()
        this.#endSessions()
        for (const audience of new Set([...this.#watching].map((watching) => watching.audience))) await this.#tellAudience(audience)
      }
    } finally {
      this.#isTelling = false
    }
  }

  #endSessions(): void {
    for (const watching of this.#watching) {
      if (watching.audience !== 'operator' || this.#services.sessions.isSignedIn(watching.viewer.caller, false)) continue
      this.#watching.delete(watching)
      watching.viewer.close(liveClosedSessionEnded)
    }
  }

  async #tellAudience(audience: Audience): Promise<void> {
    const isInsider = audience !== 'stranger'
    const facts = isInsider ? this.#facts.get() : undefined
    const report = await reportState(this.#services, { isNetwork: audience !== 'local', isInsider, facts })
    const messages: LiveMessage[] = [{ topic: 'state', value: stateReport.parse(report) }]
    // Before the first answer of an open store nothing is known of its drives, which is not the same as none.
    if (isInsider && (facts !== undefined || this.#services.store.health() === undefined)) {
      messages.push({ topic: 'drives', value: drivesReport.parse(describeDrives(this.#services.store.view(), facts)) })
    }
    for (const message of messages) this.#send(audience, { text: JSON.stringify(message), message })
  }

  #send(audience: Audience, { text, message }: Told): void {
    for (const watching of this.#watching) {
      const { viewer, told } = watching
      if (watching.audience !== audience || told[message.topic] === text) continue
      if (viewer.waitingBytes > liveWaitingBytesMax) {
        this.#watching.delete(watching)
        viewer.close(liveClosedByRule)
        continue
      }
      told[message.topic] = text
      viewer.send(text, message)
    }
  }
}
