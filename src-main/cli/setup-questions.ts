// What set-up has to know: from flags, else asked with a sensible default, else the default.
import type { CommandContext } from './command.ts'
import { parseWhole } from './command.ts'
import { CliError, usageError } from './cli-error.ts'
import { formatBytes, toPlainText } from './text.ts'

export interface SetUpAnswers {
  readonly name: string
  readonly drives: readonly string[]
  /** Undefined: by the number of drives. */
  readonly parity: number | undefined
  readonly shares: number
  readonly threshold: number
  readonly labels: readonly string[]
}

const sharesMax = 255
const parityMax = 16

/** Faults: usage. */
export async function askSetUp({ flags, positionals, terminal, json, hostName }: CommandContext): Promise<SetUpAnswers> {
  const canAsk = terminal.isInteractive && !json
  const ask = async (given: string | undefined, question: string, fallback: string): Promise<string> => {
    if (given !== undefined || !canAsk) return given ?? fallback
    const answer = await terminal.ask(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `)
    if (answer === undefined) throw new CliError('refused', 'Nothing was written.', 'Run coffer setup again when ready.', { code: 'cancelled' })
    return answer.trim() === '' ? fallback : answer.trim()
  }
  const name = await ask(flags.text('name'), 'Name of the store', toStoreName(hostName))
  const drives = [...flags.texts('drive'), ...positionals]
  if (drives.length === 0 && canAsk) drives.push(...(await askForDrives(ask)))
  if (drives.length === 0) throw usageError('Name the drives: --drive PATH for each.', 'setup')
  const parityText = await ask(flags.text('parity'), 'How many lost drives to survive (empty: by their number)', '')
  const parity = parityText === '' ? undefined : parseWhole(parityText, 'The parity', 0, parityMax, 'setup')
  const shares = parseWhole(await ask(flags.text('shares'), 'How many share cards', '3'), 'The number of shares', 1, sharesMax, 'setup')
  const threshold = parseWhole(await ask(flags.text('threshold'), 'How many of them open the store', String(defaultThreshold(shares))), 'The threshold', 1, shares, 'setup')
  if (threshold === 1 && shares > 1) throw usageError('With a threshold of 1 every card alone would open the store: take 2 or more.', 'setup')
  const labels = flags.texts('label').length > 0 || !canAsk ? flags.texts('label') : splitLabels(await ask(undefined, 'Labels for the cards, with commas between (for example: owner, office safe)', ''))
  if (labels.length > shares) throw usageError('There are more labels than cards.', 'setup')
  return { name, drives, parity, shares, threshold, labels }
}

async function askForDrives(ask: (given: undefined, question: string, fallback: string) => Promise<string>): Promise<string[]> {
  const drives: string[] = []
  while (drives.length < 64) {
    const path = await ask(undefined, drives.length === 0 ? 'Path of a drive, or an empty folder to try it out' : `Path of drive ${drives.length + 1} (empty when that is all)`, '')
    if (path === '') break
    drives.push(path)
  }
  return drives
}

/** A majority, at least two. */
export function defaultThreshold(shares: number): number {
  return shares === 1 ? 1 : Math.max(2, Math.floor(shares / 2) + 1)
}

function splitLabels(text: string): string[] {
  return text === '' ? [] : text.split(',').map((label) => label.trim())
}

function toStoreName(hostName: string): string {
  const name = (hostName.split('.')[0] ?? '').replaceAll(/[^A-Za-z0-9-]/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 40)
  return name === '' ? 'coffer' : name
}

/** Shows what is known of each; refuses when one can't be used. Faults: refused. */
export async function checkChosenDrives({ call, terminal, json }: CommandContext, paths: readonly string[]): Promise<void> {
  const { drives } = await call('setup.checkDrives', { paths: [...paths] })
  if (!json) {
    for (const drive of drives) {
      terminal.write(`${toPlainText(drive.path)}: ${drive.usable ? formatBytes(drive.freeBytes) : "can't be used"}\n`)
      for (const { text } of drive.warnings) terminal.write(`  ${text}\n`)
    }
  }
  const bad = drives.find(({ usable }) => !usable)
  if (bad !== undefined) {
    throw new CliError('refused', `${toPlainText(bad.path)} can't be used: ${bad.warnings.map(({ text }) => text).join(' ')}`, 'Nothing was written. Choose another drive or an empty folder.', { code: 'drive-not-usable' })
  }
}

/** The consequence in one breath. */
export function describeShares(shares: number, threshold: number): string {
  if (shares === 1) return 'The one card opens the store. Losing it loses everything.'
  const lost = shares - threshold + 1
  const spare = shares === threshold ? ' There is no spare card.' : ''
  return `Any ${threshold} of the ${shares} cards open the store. Losing ${lost === 1 ? 'one card' : `${lost} cards`} loses everything.${spare}`
}
