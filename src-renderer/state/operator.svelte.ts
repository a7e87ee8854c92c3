// Who is at the console.
import { call, shell } from '../console-client.ts'
import { applianceState } from './appliance-state.svelte.ts'

class Operator {
  /** The desktop window needs no sign-in: whoever is at the machine may do everything there. */
  get isSignedIn(): boolean {
    return shell === 'desktop' || applianceState.report?.signedIn === true
  }

  get canSignOut(): boolean {
    return shell === 'browser'
  }

  /** Rejects with a ConsoleCallError. */
  async signIn(password: string): Promise<void> {
    await call('operator.signIn', { password })
    await applianceState.renew()
  }

  async signOut(): Promise<void> {
    await call('operator.signOut', {})
    await applianceState.renew()
  }

  /** Closes the store for everybody. */
  async seal(): Promise<void> {
    await call('seal', {})
    await applianceState.refresh()
  }
}

export const operator = new Operator()
