// Reports of a store for the shell's tests: whole and valid, changed where the test looks.
import { stateReport, type StateReport } from '../../../src-main/contract/state.ts'

type Details = NonNullable<StateReport['details']>
type SetReport = NonNullable<Details['set']>

const set: SetReport = {
  health: 'ok', dataShards: 4, parityShards: 2, readLossesLeft: 2, writeLossesLeft: 2,
  space: { usableFreeBytes: 900, usableTotalBytes: 1000, rawFreeBytes: 1350, rawTotalBytes: 1500 },
  heal: { running: false, recordsDone: 0, recordsTotal: 0, bytesDone: 0, failed: 0 },
  damageFound: 0, damageRepaired: 0,
}

const details: Details = {
  version: '0.1.0', drivesFound: 6, drivesExpected: 6, refusedDrives: [],
  clients: { windowSeconds: 300, requests: 0, failures: 0, denied: 0, clients: 0, bytesIn: 0, bytesOut: 0 },
  endpoints: { s3: 'https://studio.local:9000', console: 'https://studio.local:9001' },
  shares: { threshold: 3, count: 5, generation: 1, provenShares: 3, provenAtMs: 1 },
  sessions: 0,
}

export interface ReportChanges {
  readonly report?: Partial<StateReport>
  readonly details?: Partial<Details>
  readonly set?: Partial<SetReport>
}

/** Serving and well, but for the changes. */
export function servingReport(changes: ReportChanges = {}): StateReport {
  return stateReport.parse({
    storeName: 'studio', lifecycle: 'serving', seen: 'ready', setUp: { open: false, administrator: true }, signedIn: true,
    ...changes.report,
    details: { ...details, set: { ...set, ...changes.set }, ...changes.details },
  })
}

/** Closed, with its drives present. */
export function closedReport(lifecycle: 'fresh' | 'unverified' | 'sealed' | 'unsealing' | 'starting' | 'failed' | 'stopped'): StateReport {
  return stateReport.parse({ storeName: 'studio', lifecycle, seen: lifecycle, setUp: { open: false }, signedIn: true, details })
}
