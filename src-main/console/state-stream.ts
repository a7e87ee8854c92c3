// Live state as server-sent events (WHATWG HTML §9.2): each viewer gets the report that is meant for it, at every change, coalesced.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsoleServices, Caller } from './call-context.ts'
import { ConsoleError } from './errors.ts'
import { reportState } from './handlers/state.ts'

const streamsMax = 64
const streamsPerAddressMax = 8
const coalesceMs = 100
const heartbeatMs = 15_000

interface Stream {
  readonly outgoing: ServerResponse
  readonly caller: Caller
  isBusy: boolean
  isStale: boolean
}

export class StateStreams {
  readonly #services: ConsoleServices
  readonly #streams = new Set<Stream>()
  readonly #endWatch: () => void
  #cancelSend: (() => void) | undefined
  #cancelHeartbeat: (() => void) | undefined

  constructor(services: ConsoleServices) {
    this.#services = services
    this.#endWatch = services.store.watch(() => { this.#changed() })
  }

  get count(): number {
    return this.#streams.size
  }

  /** Faults: busy. */
  open(incoming: IncomingMessage, outgoing: ServerResponse, caller: Caller): void {
    const ofAddress = [...this.#streams].filter((stream) => stream.caller.address === caller.address).length
    if (this.#streams.size >= streamsMax || (caller.kind === 'network' && ofAddress >= streamsPerAddressMax)) {
      throw new ConsoleError('busy', 'Too many pages are watching.', { hint: 'Close some of them.', retryAfterSeconds: 10 })
    }
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    const stream: Stream = { outgoing, caller, isBusy: false, isStale: false }
    this.#streams.add(stream)
    incoming.socket.setTimeout(0)
    outgoing.on('close', () => {
      this.#streams.delete(stream)
      if (this.#streams.size === 0) this.#cancelHeartbeat?.()
    })
    this.#heartbeat()
    void this.#send(stream)
  }

  close(): void {
    this.#endWatch()
    this.#cancelSend?.()
    this.#cancelHeartbeat?.()
    for (const { outgoing } of this.#streams) outgoing.destroy()
  }

  #changed(): void {
    this.#cancelSend ??= this.#services.clock.after(coalesceMs, () => {
      this.#cancelSend = undefined
      for (const stream of this.#streams) void this.#send(stream)
    })
  }

  /** A viewer that does not read gets nothing more until it does: one report waits at most. */
  async #send(stream: Stream): Promise<void> {
    if (stream.isBusy) {
      stream.isStale = true
      return
    }
    stream.isBusy = true
    const { outgoing, caller } = stream
    try {
      do {
        stream.isStale = false
        const isInsider = caller.kind === 'local' || this.#services.sessions.isSignedIn(caller.sessionToken, false)
        const report = await reportState(this.#services, { caller, isInsider })
        if (outgoing.destroyed) return
        if (!outgoing.write(`data: ${JSON.stringify(report)}\n\n`)) await new Promise<void>((resolve) => outgoing.once('drain', resolve).once('close', resolve))
      } while (stream.isStale)
    } catch {
      outgoing.destroy()
    } finally {
      stream.isBusy = false
    }
  }

  #heartbeat(): void {
    this.#cancelHeartbeat?.()
    this.#cancelHeartbeat = this.#services.clock.after(heartbeatMs, () => {
      for (const { outgoing } of this.#streams) if (outgoing.writableLength === 0) outgoing.write(': still here\n\n')
      if (this.#streams.size > 0) this.#heartbeat()
    })
  }
}
