// The state of the store as the server tells it, over the live line; asked for by calls where the line does not come about.
import { call, ConsoleCallError, watchLive } from '../console-client.ts'
import type { StateReport } from '../../src-main/contract/state.ts'
import type { LiveLine } from '../transport/transport.ts'
import { drives } from './drives.svelte.ts'

/** While the live line is down. */
const askEveryMs = 3000
const tickMs = 1000

class ApplianceState {
  report = $state.raw<StateReport>()
  /** The live line stands, or calls are answered. */
  connected = $state(false)
  /** Nobody answered since the page was opened, or for some seconds. */
  unreachable = $state(false)
  #receivedAtMs = 0
  #nowMs = $state(Date.now())
  #line: LiveLine | undefined
  #lineStands = false

  /** Of what is shown. */
  get ageSeconds(): number {
    return this.report === undefined ? 0 : Math.max(0, Math.round((this.#nowMs - this.#receivedAtMs) / 1000))
  }

  /** For signed-in operators and the desktop window. */
  get isInsider(): boolean {
    return this.report?.details !== undefined
  }

  /** Gives the way to stop. */
  start(): () => void {
    this.#line = watchLive({
      connected: (isConnected) => this.#lineChanged(isConnected),
      message: (message) => {
        if (message.topic === 'state') this.#received(message.value)
        else drives.received(message.value)
      },
    })
    void this.refresh()
    const asking = setInterval(() => {
      if (!this.#lineStands) void this.refresh()
    }, askEveryMs)
    const ticking = setInterval(() => (this.#nowMs = Date.now()), tickMs)
    return () => {
      clearInterval(asking)
      clearInterval(ticking)
      this.#line?.close()
    }
  }

  /** Asks now: after something was done here. */
  async refresh(): Promise<void> {
    try {
      this.#received(await call('state.get', {}))
    } catch (error) {
      if (error instanceof ConsoleCallError && error.code === 'unreachable') {
        this.connected = false
        this.unreachable = true
      }
    }
  }

  /** Who is signed in has changed. */
  async renew(): Promise<void> {
    this.#line?.renew()
    await this.refresh()
  }

  #received(report: StateReport): void {
    this.report = report
    this.#receivedAtMs = Date.now()
    this.#nowMs = this.#receivedAtMs
    this.connected = true
    this.unreachable = false
    if (report.details === undefined) drives.forget()
  }

  #lineChanged(isConnected: boolean): void {
    this.#lineStands = isConnected
    if (!isConnected) void this.refresh()
  }
}

export const applianceState = new ApplianceState()
