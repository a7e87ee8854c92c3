// The sentences for each state in English: what it is, what it means, what to do. Screens may bring other languages by the same ids.
import type { StateTextId } from './appliance-state.ts'

export interface StateText {
  readonly title: string
  readonly meaning: string
  /** Empty: nothing to do. */
  readonly hint: string
}

export const stateTexts: Readonly<Record<StateTextId, StateText>> = {
  fresh: { title: 'Nothing is set up', meaning: 'There is no store on these drives yet. S3 is closed.', hint: 'Run: coffer setup' },
  unverified: {
    title: 'The shares are not proven yet',
    meaning: 'The store is made but was never opened, so S3 stays closed. Nothing is stored.',
    hint: 'Enter the cards you saved (coffer unseal), or start over (coffer setup --start-over).',
  },
  'unverified-drives-missing': {
    title: 'Drives are missing',
    meaning: 'The store is made but was never opened, and too few of its drives are here.',
    hint: 'Connect the missing drives, then enter the cards.',
  },
  sealed: { title: 'Sealed', meaning: 'The data is safe and locked. Clients are told to wait.', hint: 'Open it with: coffer unseal' },
  'sealed-drives-missing': {
    title: 'Sealed, and drives are missing',
    meaning: 'Too few drives are here to open the store. What is on them stays safe.',
    hint: 'Connect the missing drives, then: coffer unseal',
  },
  unsealing: { title: 'Being opened', meaning: 'Some shares were accepted; more are needed. Clients are told to wait.', hint: 'Enter the next share: coffer unseal' },
  'unsealing-drives-missing': {
    title: 'Being opened, and drives are missing',
    meaning: 'Some shares were accepted, but too few drives are here to open the store.',
    hint: 'Connect the missing drives.',
  },
  starting: { title: 'Starting', meaning: 'The store is open and reads its logs. Clients are told to wait.', hint: '' },
  ready: { title: 'Ready', meaning: 'Everything works.', hint: '' },
  degraded: {
    title: 'Degraded',
    meaning: 'A drive is missing or healing. All data is here, reads and writes go on, and further losses are survived.',
    hint: 'See which drive: coffer drive list',
  },
  'at-risk': { title: 'At risk', meaning: 'A drive is missing or healing. All data is here, but one more lost drive stops writes, or reads too.', hint: 'Bring the drive back or replace it now: coffer drive list' },
  'read-only': { title: 'Read-only', meaning: 'Too few drives take writes. Reads go on, writes are refused.', hint: 'Bring drives back: coffer drive list' },
  offline: { title: 'Offline', meaning: 'Too few drives are here to read. The data comes back with them.', hint: 'Connect the missing drives: coffer drive list' },
  failed: { title: 'Start failed', meaning: 'The store was opened but could not start. Nothing is lost.', hint: 'Read the reason, then seal and open again, or restart Coffer.' },
  stopped: { title: 'Stopped', meaning: 'Coffer has stopped.', hint: 'Start it with: coffer start' },
}
