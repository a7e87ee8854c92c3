// coffer unseal, coffer seal: opening with shares and closing again.
import { CliError, exitCodes } from '../cli-error.ts'
import { noPositionals, printJson, type Command, type CommandContext } from '../command.ts'
import { readCardFiles } from '../card-files.ts'
import { askForShares, sharesOfInput, submitAll, type EntryResult } from '../share-entry.ts'
import { toPlainText } from '../text.ts'

export const unsealCommand: Command = {
  name: 'unseal',
  summary: 'Open the store with key shares',
  usage: '[--from FOLDER] [--reset]',
  help: `Asks for one share after the other; nothing typed is shown. Several people may each enter theirs, here or in a browser, in any order.
A share is the card's text (coffer-share-1:…), its words, base64 or hex; a line that ends with a hyphen goes on in the next.

  --from FOLDER   read the cards from the files in FOLDER
  --reset         forget the shares entered so far

Without a terminal, shares are read from standard input, one per line. They are never arguments: those stay in the shell's history.
Exit code 0: open; 2: still sealed.
`,
  flags: { from: { type: 'string' }, reset: { type: 'boolean' } },
  positionals: noPositionals,
  async run(context) {
    const { call, terminal, flags, json } = context
    if (flags.isOn('reset')) {
      const status = await call('unseal.reset', {})
      if (json) printJson(terminal, status)
      else terminal.write('The shares entered so far are forgotten.\n')
      return exitCodes.ok
    }
    const { lifecycle } = await call('state.get', {})
    if (lifecycle === 'fresh') throw new CliError('refused', 'There is no store yet.', 'Run: coffer setup', { code: 'wrong-state' })
    if (lifecycle === 'serving') {
      if (json) printJson(terminal, { opened: true, verdict: 'already-open', status: await call('unseal.status', {}) })
      else terminal.write('The store is open already.\n')
      return exitCodes.ok
    }
    return report(context, await enterShares(context, flags.text('from')))
  },
}

/** From files, from a person, or from lines, whatever there is. */
export function enterShares(context: CommandContext, folder: string | undefined): Promise<EntryResult> {
  const { call, terminal, json } = context
  if (folder === undefined && terminal.isInteractive && !json) return askForShares(context)
  const shares = folder === undefined ? sharesOfInput(context) : readCardFiles(folder)
  return submitAll(call, shares, (answered) => {
    if (!json) terminal.write(`  ${toPlainText(answered.message)}${answered.hint === '' ? '' : ` ${toPlainText(answered.hint)}`}\n`)
  })
}

async function report({ call, terminal, json }: CommandContext, { opened, last }: EntryResult): Promise<number> {
  const { lifecycle, failure } = await call('state.get', {})
  const status = await call('unseal.status', {})
  if (json) printJson(terminal, { opened, lifecycle, verdict: last?.verdict, message: last?.message, hint: last?.hint, status })
  if (lifecycle === 'failed') throw new CliError('refused', `The store could not start: ${toPlainText(failure?.reason ?? 'unknown reason')}`, 'Nothing is lost. Seal and open it again, or restart Coffer.', { code: 'start-failed' })
  if (opened) return exitCodes.ok
  if (!json) terminal.writeError(`Still sealed: ${status.progress} of ${status.threshold ?? 0} shares.\n`)
  return exitCodes.sealed
}

export const sealCommand: Command = {
  name: 'seal',
  summary: 'Close the store: keys are wiped from memory, clients are told to wait',
  usage: '',
  help: 'Requests under way are cut. Opening again needs the shares.\n',
  flags: {},
  positionals: noPositionals,
  async run({ call, terminal, json }) {
    await call('seal', {})
    if (json) printJson(terminal, { sealed: true })
    else terminal.write('The store is sealed. Open it with: coffer unseal\n')
    return exitCodes.ok
  },
}
