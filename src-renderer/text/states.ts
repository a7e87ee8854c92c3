// The states of the store, in words for a screen. Titles are short: they stand in the header.
import type { SeenStateName } from '../../src-main/contract/appliance-state.ts'

interface StateWords {
  readonly title: string
  readonly meaning: string
}

export const stateWords: Readonly<Record<SeenStateName, StateWords>> = {
  fresh: { title: 'Not set up', meaning: 'There is no store on this machine yet.' },
  unverified: { title: 'Cards not proven', meaning: 'The store is made. Nothing can be stored until the cards were read back.' },
  sealed: { title: 'Sealed', meaning: 'Your data is safe and locked. Clients are told to wait.' },
  unsealing: { title: 'Being opened', meaning: 'Some shares were accepted; more are needed. Clients are told to wait.' },
  starting: { title: 'Starting', meaning: 'The keys are here and the store is reading its logs. Clients are told to wait.' },
  ready: { title: 'Ready', meaning: 'Everything works.' },
  degraded: { title: 'Degraded', meaning: 'A drive is missing or healing. All data is here; reads and writes go on.' },
  'at-risk': { title: 'At risk', meaning: 'A drive is missing or healing. All data is here, but one more lost drive stops writes, or reads too.' },
  'read-only': { title: 'Read-only', meaning: 'Too few drives take writes. Reads go on, writes are refused.' },
  offline: { title: 'Offline', meaning: 'Too few drives are here to read. The data comes back with them.' },
  failed: { title: 'Start failed', meaning: 'The store was opened but could not start. Nothing is lost.' },
  stopped: { title: 'Stopped', meaning: 'Coffer has stopped.' },
}
