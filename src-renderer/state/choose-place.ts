// Which part of the interface a state calls for. Pure.
import type { StateReport } from '../../src-main/contract/state.ts'

export type PlaceName = 'set-up' | 'unseal' | 'sign-in' | 'frame' | 'stopped'

export interface PlaceContext {
  readonly isSignedIn: boolean
  /** The wizard is on this page and not finished: it stays, also while the store starts. */
  readonly isSettingUp: boolean
  /** An insider may look at the drives of a closed store. */
  readonly wantsDrives: boolean
}

export function choosePlace(report: Pick<StateReport, 'lifecycle' | 'setUp'>, { isSignedIn, isSettingUp, wantsDrives }: PlaceContext): PlaceName {
  switch (report.lifecycle) {
    case 'fresh':
    case 'unverified':
      return 'set-up'
    case 'stopped':
      return 'stopped'
    case 'unsealing':
      return report.setUp.open || isSettingUp ? 'set-up' : closedPlace(isSignedIn, wantsDrives)
    case 'sealed':
      return closedPlace(isSignedIn, wantsDrives)
    case 'starting':
    case 'failed':
      return isSettingUp ? 'set-up' : closedPlace(isSignedIn, wantsDrives)
    case 'serving':
      if (report.setUp.administrator === false || isSettingUp) return 'set-up'
      return isSignedIn ? 'frame' : 'sign-in'
  }
}

function closedPlace(isSignedIn: boolean, wantsDrives: boolean): PlaceName {
  return isSignedIn && wantsDrives ? 'frame' : 'unseal'
}
