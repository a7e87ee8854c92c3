// What the tray shows and offers, from one report. Pure; texts are in shell-texts, drawing is the tray's.
import { toSeenState, type SeenShape, type StorageHealthName } from '../contract/appliance-state.ts'
import type { StateReport } from '../contract/state.ts'
import { shellTexts } from './shell-texts.ts'

export type ShellAction = 'open' | 'unseal' | 'seal' | 'copy-address' | 'quit'

export type MenuEntry =
  | { readonly kind: 'line'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: ShellAction; readonly enabled: boolean }
  | { readonly kind: 'separator' }

export interface TrayView {
  readonly shape: SeenShape
  readonly tooltip: string
  readonly entries: readonly MenuEntry[]
}

const healthNames: readonly StorageHealthName[] = ['degraded', 'at-risk', 'read-only', 'offline']

/** Undefined: nothing is known yet. */
export function decideTrayView(report: StateReport | undefined): TrayView {
  const title = shellTexts.stateLine(report)
  return {
    shape: chooseShape(report),
    tooltip: title,
    entries: [
      { kind: 'line', label: title },
      ...detailLines(report).map((label): MenuEntry => ({ kind: 'line', label })),
      { kind: 'separator' },
      action('open', shellTexts.open),
      ...sealEntry(report),
      action('copy-address', shellTexts.copyAddress, report?.details !== undefined),
      { kind: 'separator' },
      action('quit', shellTexts.quit),
    ],
  }
}

function chooseShape(report: StateReport | undefined): SeenShape {
  if (report === undefined) return 'ring-with-dot'
  const seen = toSeenState(report.lifecycle, healthNames.find((name) => name === report.seen))
  return seen.shape === 'ring' && seen.isOpen && report.details?.set?.heal.running === true ? 'ring-with-dot' : seen.shape
}

function detailLines(report: StateReport | undefined): string[] {
  const details = report?.details
  if (details === undefined || details.drivesExpected === 0) return []
  const heal = details.set?.heal
  return [
    shellTexts.drives(details.drivesFound, details.drivesExpected),
    ...(heal?.running === true && heal.recordsTotal > 0 ? [shellTexts.healing(Math.floor((100 * heal.recordsDone) / heal.recordsTotal))] : []),
    ...(details.clients.bytesIn + details.clients.bytesOut > 0 ? [shellTexts.throughput(details.clients)] : []),
  ]
}

/** One of the two, as the store is; neither where there is nothing to open or close. */
function sealEntry(report: StateReport | undefined): MenuEntry[] {
  switch (report?.lifecycle) {
    case 'unverified':
    case 'sealed':
    case 'unsealing':
      return [action('unseal', shellTexts.unseal)]
    case 'serving':
    case 'failed':
      return [action('seal', shellTexts.seal)]
    case undefined:
    case 'fresh':
    case 'starting':
    case 'stopped':
      return []
  }
}

function action(name: ShellAction, label: string, enabled = true): MenuEntry {
  return { kind: 'action', label, action: name, enabled }
}
