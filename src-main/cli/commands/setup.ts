// coffer setup: questions or flags → drives formatted and cards shown once → proof that they can be read back → administrator.
// Can be run again after a kill: it goes on where the store is.
import type { InputOf } from '../../contract/procedures.ts'
import type { ShareCardText } from '../../contract/setup.ts'
import type { StateReport } from '../../contract/state.ts'
import { CliError, exitCodes } from '../cli-error.ts'
import { printJson, type Command, type CommandContext } from '../command.ts'
import { formatCard, prepareCardFolder, writeCardFiles } from '../card-files.ts'
import { chooseOperatorPassword } from '../operator-password.ts'
import { askSetUp, checkChosenDrives, describeShares, type SetUpAnswers } from '../setup-questions.ts'
import { toPlainText } from '../text.ts'
import { enterShares } from './unseal.ts'

export const setupCommand: Command = {
  name: 'setup',
  summary: 'Make a new store: drives, shares, proof, administrator',
  usage: '[flags]',
  help: `Asks for what the flags leave out (with a terminal). Nothing is written before all is known. The share cards are shown once.
No data is taken until a threshold of them has been read back.

  --drive PATH           a drive, or an empty folder to try it out; repeat for each (or list them after the first)
  --name NAME            the store's name: letters, digits, hyphens
  --parity N             how many lost drives are survived (default by the number of drives)
  --shares N             how many cards (default 3)
  --threshold T          how many of them open the store (default 2)
  --label TEXT           for the cards, in order; repeat
  --shares-to FOLDER     write one file per card (mode 0600) instead of showing them
  --prove-from FOLDER    prove with the cards in the files of FOLDER
  --root-user NAME       S3 access key of the owner (default: made)
  --bucket NAME          a first bucket
  --password-file FILE   password of the console, first line (default: asked, or made and printed)
  --yes                  do not ask before writing to the drives
  --start-over           erase a store whose cards were never proven
  --code                 show the code with which a browser on another machine may do the set-up

With --json each step is one line of JSON: created, proven, finished.
`,
  flags: {
    drive: { type: 'string', multiple: true },
    name: { type: 'string' },
    parity: { type: 'string' },
    shares: { type: 'string' },
    threshold: { type: 'string' },
    label: { type: 'string', multiple: true },
    'shares-to': { type: 'string' },
    'prove-from': { type: 'string' },
    'root-user': { type: 'string' },
    bucket: { type: 'string' },
    'password-file': { type: 'string' },
    yes: { type: 'boolean' },
    'start-over': { type: 'boolean' },
    code: { type: 'boolean' },
  },
  positionals: { min: 0, max: 64, what: 'drives' },
  async run(context) {
    const { call, terminal, flags, json } = context
    if (flags.isOn('code')) {
      const { code } = await call('setup.code', {})
      if (json) printJson(terminal, { code })
      else terminal.write(`Set-up code: ${code}\n`)
      return exitCodes.ok
    }
    if (flags.isOn('start-over')) return startOver(context)
    const state = await call('state.get', {})
    refuseFinished(state)
    if (state.lifecycle === 'fresh') await create(context)
    else if (state.lifecycle !== 'serving' && !json) terminal.write('The store is made already, but its cards were never proven. Prove the cards you saved, or start over: coffer setup --start-over\n')
    if (state.lifecycle !== 'serving' && !(await prove(context))) return exitCodes.sealed
    await finish(context)
    return exitCodes.ok
  },
}

function refuseFinished({ lifecycle, setUp }: StateReport): void {
  if (lifecycle === 'serving' && setUp.administrator === true) throw new CliError('refused', 'This store is set up already.', 'Look at: coffer status', { code: 'wrong-state' })
  if (!setUp.open && lifecycle !== 'serving') {
    throw new CliError('refused', 'There is a store already.', 'Look at: coffer status', { code: 'wrong-state', exitCode: lifecycle === 'sealed' || lifecycle === 'unsealing' ? exitCodes.sealed : exitCodes.failed })
  }
}

async function startOver({ call, terminal, json, flags }: CommandContext): Promise<number> {
  if (terminal.isInteractive && !json && !flags.isOn('yes')) {
    const answer = await terminal.ask('Erase the store? Its cards become worthless. Nothing was stored. Type "yes": ')
    if (answer?.trim().toLowerCase() !== 'yes') return exitCodes.failed
  }
  await call('setup.startOver', {})
  if (json) printJson(terminal, { startedOver: true })
  else terminal.write('Erased. Begin again with: coffer setup\n')
  return exitCodes.ok
}

async function create(context: CommandContext): Promise<void> {
  const { call, terminal, flags, json } = context
  const answers = await askSetUp(context)
  await checkChosenDrives(context, answers.drives)
  const folder = flags.text('shares-to')
  if (folder !== undefined) prepareCardFolder(folder, answers.name, answers.shares)
  if (!json) terminal.write(`${describeShares(answers.shares, answers.threshold)}\n`)
  if (terminal.isInteractive && !json && !flags.isOn('yes')) {
    const answer = await terminal.ask(`Make the store "${answers.name}" on these drives now? [y/N] `)
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) throw new CliError('refused', 'Nothing was written.', 'Run coffer setup again when ready.', { code: 'cancelled' })
  }
  const { cards } = await call('setup.create', toRequest(answers))
  await handOut(context, cards, folder)
}

function toRequest({ name, drives, parity, shares, threshold, labels }: SetUpAnswers): InputOf<'setup.create'> {
  return {
    name, drives: [...drives], shares, threshold,
    ...(parity === undefined ? {} : { parity }),
    ...(labels.length === 0 ? {} : { labels: [...labels] }),
  }
}

/** The only time that the cards exist outside of their holders' hands. If files fail, they are shown. */
async function handOut({ terminal, json }: CommandContext, cards: readonly ShareCardText[], folder: string | undefined): Promise<void> {
  let files: string[] | undefined
  if (folder !== undefined) {
    try {
      files = writeCardFiles(folder, cards)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      terminal.writeError(`${error.message} ${error.hint}\n`)
    }
  }
  if (json) {
    printJson(terminal, { step: 'created', cards: files === undefined ? cards : cards.map(({ shareNumber, label }, index) => ({ shareNumber, label, file: files[index] })) })
  } else if (files !== undefined) {
    terminal.write(`The cards were written to:\n${files.map((file) => `  ${toPlainText(file)}\n`).join('')}Give each to its holder and remove the files.\n`)
  } else await showCards(terminal, cards)
}

async function showCards(terminal: CommandContext['terminal'], cards: readonly ShareCardText[]): Promise<void> {
  for (const card of cards) {
    terminal.write(`\n${formatCard(card)}\n`)
    if (!terminal.isInteractive) continue
    await terminal.ask('Write it down or copy it, then press Enter: it is cleared from the screen. ')
    terminal.clearScreen()
  }
}

/** True when the store has opened. */
async function prove(context: CommandContext): Promise<boolean> {
  const { call, terminal, flags, json } = context
  const folder = flags.text('prove-from')
  if (folder === undefined && !terminal.isInteractive) {
    if (json) printJson(terminal, { step: 'waiting-for-proof' })
    else terminal.writeError('The store stays closed until the cards are proven: coffer unseal, then coffer setup again.\n')
    return false
  }
  if (!json) terminal.write('\nNow prove that the cards can be read back: enter them.\n')
  const { opened } = await enterShares({ ...context, json: json || folder !== undefined }, folder)
  const { lifecycle, failure } = await call('state.get', {})
  if (lifecycle === 'failed') throw new CliError('refused', `The cards are proven, but the store could not start: ${toPlainText(failure?.reason ?? 'unknown reason')}`, 'Look at: coffer status', { code: 'start-failed' })
  if (!opened) {
    terminal.writeError('The store stays closed until the cards are proven. Go on with: coffer setup\n')
    return false
  }
  const { provenShares, threshold } = await call('unseal.status', {})
  if (json) printJson(terminal, { step: 'proven', provenShares, threshold })
  else terminal.write(`${provenShares} shares proven. The store is open.\n\n`)
  return true
}

async function finish({ call, terminal, flags, json }: CommandContext): Promise<void> {
  const { password, wasMade } = await chooseOperatorPassword(terminal, json, flags.text('password-file'))
  const [user, bucket] = [flags.text('root-user'), flags.text('bucket')]
  const finished = await call('setup.finish', { operatorPassword: password, ...(user === undefined ? {} : { rootUser: user }), ...(bucket === undefined ? {} : { firstBucket: bucket }) })
  const { details } = await call('state.get', {})
  if (json) {
    printJson(terminal, { step: 'finished', ...finished, ...(wasMade ? { operatorPassword: password } : {}), endpoints: details?.endpoints })
    return
  }
  terminal.write(`S3 access key   ${finished.root.accessKeyId}\nS3 secret key   ${finished.root.secretAccessKey}\n`)
  if (wasMade) terminal.write(`Console         password ${password}\n`)
  terminal.write('They are shown only here: keep them in a password store.\n')
  if (details !== undefined) terminal.write(`\nS3        ${details.endpoints.s3}\nConsole   ${details.endpoints.console}\n`)
  terminal.write(`\nGo on with:  ${finished.bucket === undefined ? 'coffer bucket create NAME,  then  ' : ''}coffer connect aws\n`)
}
