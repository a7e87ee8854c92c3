// The drives as the live line tells them, for signed-in viewers.
import { call } from '../console-client.ts'
import type { OutputOf } from '../../src-main/contract/procedures.ts'

export type DrivesReport = OutputOf<'drives.list'>

class Drives {
  report = $state.raw<DrivesReport>()
  #receivedAtMs = 0

  get receivedAtMs(): number {
    return this.#receivedAtMs
  }

  received(report: DrivesReport): void {
    this.report = report
    this.#receivedAtMs = Date.now()
  }

  /** Signed out. */
  forget(): void {
    this.report = undefined
  }

  /** Rejects with a ConsoleCallError. */
  async refresh(): Promise<void> {
    this.received(await call('drives.list', {}))
  }
}

export const drives = new Drives()
