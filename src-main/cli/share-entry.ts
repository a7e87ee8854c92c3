// Entering shares until the store is open: typed by a person, hidden; or one per line; or from files. Used by the proof and by unseal.
// A line that ends with a hyphen or colon goes on in the next one, as on the cards.
import type { CallProcedure, OutputOf } from '../contract/procedures.ts'
import { isCardProse } from './card-files.ts'
import type { CommandContext } from './command.ts'
import { toPlainText } from './text.ts'

type Answered = OutputOf<'unseal.submitShare'>

export interface EntryResult {
  readonly opened: boolean
  /** What the last share led to; undefined: none was entered. */
  readonly last: Answered | undefined
}

const linesMax = 1000
const linesOfShareMax = 16
const goesOn = /[-:]\s*$/

/** A person is asked until it is open, or gives up with an empty line. */
export async function askForShares({ call, terminal }: Pick<CommandContext, 'call' | 'terminal'>): Promise<EntryResult> {
  let last: Answered | undefined
  let status = await call('unseal.status', {})
  if (status.attemptCode !== undefined) terminal.write(`Attempt ${status.attemptCode} is under way: ${status.progress} of ${status.threshold ?? 0} shares.\n`)
  for (;;) {
    const share = await askForShare(terminal, `Share ${status.progress + 1} of ${status.threshold ?? 1} (hidden; empty to stop): `)
    if (share === '') return { opened: false, last }
    last = await call('unseal.submitShare', { share })
    terminal.write(`  ${toPlainText(last.message)}${last.hint === '' ? '' : ` ${toPlainText(last.hint)}`}\n`)
    if (isOpen(last)) return { opened: true, last }
    status = last.status
  }
}

async function askForShare(terminal: CommandContext['terminal'], question: string): Promise<string> {
  let share = (await terminal.ask(question, { hidden: true, takesPasted: true }))?.trim() ?? ''
  for (let line = 1; line < linesOfShareMax && goesOn.test(share); line++) {
    const more = (await terminal.ask('  it goes on (hidden): ', { hidden: true, takesPasted: true }))?.trim() ?? ''
    if (more === '') break
    share += ` ${more}`
  }
  return share
}

/** Given shares in order, until it is open or they end. Wrong ones are told and skipped. */
export async function submitAll(call: CallProcedure, shares: Iterable<string> | AsyncIterable<string>, tell: (answered: Answered) => void): Promise<EntryResult> {
  let last: Answered | undefined
  for await (const share of shares) {
    last = await call('unseal.submitShare', { share })
    tell(last)
    if (isOpen(last)) return { opened: true, last }
  }
  return { opened: false, last }
}

/** The shares on standard input. */
export async function* sharesOfInput({ terminal }: Pick<CommandContext, 'terminal'>): AsyncGenerator<string> {
  let share = ''
  let lines = 0
  for await (const line of terminal.readLines(linesMax)) {
    if (share === '' && (line.trim() === '' || isCardProse(line))) continue
    share = `${share} ${line}`.trim()
    if (line.trim() !== '' && goesOn.test(line) && ++lines < linesOfShareMax) continue
    yield share
    share = ''
    lines = 0
  }
  if (share !== '') yield share
}

function isOpen({ verdict }: Answered): boolean {
  return verdict === 'opened' || verdict === 'already-open'
}
