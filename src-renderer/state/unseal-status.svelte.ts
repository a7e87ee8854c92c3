// How far an unseal attempt is: the same for every viewer. Asked again and again while somebody looks, since others may be entering shares.
import { call } from '../console-client.ts'
import type { UnsealStatus } from '../../src-main/contract/unseal.ts'

const askEveryMs = 1000

class UnsealProgress {
  status = $state.raw<UnsealStatus>()

  /** Gives the way to stop. */
  watch(): () => void {
    void this.refresh()
    const timer = setInterval(() => void this.refresh(), askEveryMs)
    return () => clearInterval(timer)
  }

  received(status: UnsealStatus): void {
    this.status = status
  }

  async refresh(): Promise<void> {
    if (document.visibilityState === 'hidden') return
    try {
      this.status = await call('unseal.status', {})
    } catch {
      // The state's own line says when nobody answers.
    }
  }

  /** Ends the attempt for everybody. Rejects with a ConsoleCallError. */
  async reset(): Promise<void> {
    this.status = await call('unseal.reset', {})
  }
}

export const unsealProgress = new UnsealProgress()
