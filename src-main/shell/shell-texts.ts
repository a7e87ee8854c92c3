// Every sentence that the shell itself says: tray, notifications, dialogs. The window's own texts are the renderer's.
import type { SeenStateName } from '../contract/appliance-state.ts'
import type { ClientActivitySummary, StateReport } from '../contract/state.ts'
import { stateTexts } from '../contract/state-texts.ts'

interface TitleAndBody {
  readonly title: string
  readonly body: string
}

const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`

function storeTitle(report: StateReport | undefined): string {
  return report?.storeName === undefined || report.storeName === '' ? 'Coffer' : `Coffer "${report.storeName}"`
}

function rate(bytes: number, seconds: number): string {
  const megabytes = bytes / Math.max(1, seconds) / 1e6
  return `${new Intl.NumberFormat('en', { maximumFractionDigits: megabytes < 10 ? 1 : 0 }).format(megabytes)} MB/s`
}

function reopening(report: StateReport | undefined): string {
  const threshold = report?.details?.shares?.threshold
  return threshold === undefined ? 'Opening the store again needs its shares.' : `Opening the store again needs ${many(threshold, 'share', 'shares')}.`
}

/** Undefined: nobody has used the store within the last minute. */
function cutClients(report: StateReport | undefined): string | undefined {
  const clients = report?.details?.clients
  if (clients === undefined || clients.clients === 0 || (clients.secondsSinceLast ?? Infinity) > 60) return undefined
  return `${many(clients.clients, 'client is', 'clients are')} using the store and will be cut off.`
}

const joined = (...sentences: readonly (string | undefined)[]): string => sentences.filter((sentence) => sentence !== undefined).join(' ')

export const shellTexts = {
  open: 'Open Coffer',
  unseal: 'Unseal…',
  seal: 'Seal now…',
  copyAddress: 'Copy S3 address',
  quit: 'Quit…',
  cancel: 'Cancel',
  sealNow: 'Seal',
  quitNow: 'Quit',
  menu: 'Coffer',
  view: 'View',
  notStarted: 'Coffer could not start',

  stateLine: (report: StateReport | undefined): string => `${storeTitle(report)}: ${report === undefined ? 'Starting' : stateTexts[report.seen].title}`,
  drives: (found: number, expected: number): string => `${found} of ${many(expected, 'drive', 'drives')} present`,
  healing: (percent: number): string => `Healing, ${percent} % of objects done`,
  throughput: ({ bytesIn, bytesOut, windowSeconds }: ClientActivitySummary): string => `In ${rate(bytesIn, windowSeconds)}, out ${rate(bytesOut, windowSeconds)}`,

  sealedNotice: (report: StateReport): TitleAndBody => ({
    title: `${storeTitle(report)} is sealed`,
    body: joined('The data is safe and locked. Clients are told to wait.', reopening(report)),
  }),
  startFailedNotice: (report: StateReport): TitleAndBody => ({
    title: `${storeTitle(report)} could not start`,
    body: 'The store was opened but could not start. Nothing is lost. Open Coffer to read the reason.',
  }),
  drivesNotice: (report: StateReport, seen: SeenStateName): TitleAndBody => ({
    title: `${storeTitle(report)}: ${stateTexts[seen].title}`,
    body: joined(stateTexts[seen].meaning, 'Open Coffer to see which drive.'),
  }),
  spaceNotice: (report: StateReport, usedPercent: number): TitleAndBody => ({
    title: `${storeTitle(report)} is ${usedPercent} % full`,
    body: 'When it is full, uploads are refused and reading goes on. Delete what is no longer needed, or add room.',
  }),
  keepsServing: {
    title: 'Coffer keeps serving',
    body: 'Only the window is closed. The icon in the tray opens it again; starting Coffer once more does too.',
  },

  sealQuestion: (report: StateReport | undefined): TitleAndBody => ({
    title: 'Seal the store?',
    body: joined(cutClients(report) ?? 'No client is using the store.', reopening(report)),
  }),
  quitQuestion: (report: StateReport | undefined): TitleAndBody => {
    if (report === undefined || !['serving', 'starting', 'failed'].includes(report.lifecycle)) {
      return { title: 'Quit Coffer?', body: 'S3 clients and the console in browsers will not reach it until it is started again.' }
    }
    return { title: 'Quit Coffer and seal the store?', body: joined(cutClients(report) ?? 'No client is using the store.', 'Quitting stops S3 and seals the store.', reopening(report)) }
  },
  sealFailed: { title: 'The store was not sealed', body: 'Open Coffer and try it there; the reason is shown with it.' },
} as const
