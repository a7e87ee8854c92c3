// From arguments to an exit code. Finds the command, parses its flags, says in plain words what went wrong.
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CliError, exitCodes, usageError } from './cli-error.ts'
import { Flags, type Command } from './command.ts'
import { bucketCreateCommand, bucketDeleteCommand, bucketListCommand } from './commands/bucket.ts'
import { connectCommand } from './commands/connect.ts'
import { driveListCommand } from './commands/drive.ts'
import { operatorPasswordCommand, operatorRootCommand } from './commands/operator.ts'
import { setupCommand } from './commands/setup.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { sealCommand, unsealCommand } from './commands/unseal.ts'
import { connectConsole } from './console-call.ts'
import type { Terminal } from './terminal.ts'
import { formatTable } from './text.ts'

export interface CofferRun {
  /** Without the program's own name. */
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly terminal: Terminal
  readonly version: string
  /** Runs the appliance with these arguments until it is stopped; resolves to the exit code. */
  readonly start: (args: readonly string[]) => Promise<number>
}

const commands: readonly Command[] = [
  setupCommand, unsealCommand, sealCommand, statusCommand, driveListCommand, bucketListCommand, bucketCreateCommand, bucketDeleteCommand, connectCommand,
  operatorPasswordCommand, operatorRootCommand,
] // prettier-ignore

/** Names that people of other vaults know. */
const aliases: Readonly<Record<string, string>> = { 'operator init': 'setup', 'operator unseal': 'unseal', 'operator seal': 'seal', 'operator status': 'status' }

const globalFlags = { json: { type: 'boolean' }, state: { type: 'string' }, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const

/** The exit code; never rejects for a refusal. */
export async function runCoffer(run: CofferRun): Promise<number> {
  const wantsJson = run.args.includes('--json')
  try {
    return await dispatch(run)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const { code, message, hint, exitCode } = error
    run.terminal.writeError(wantsJson ? `${JSON.stringify({ error: { code, message, hint } })}\n` : `coffer: ${message}\n${hint === '' ? '' : `  ${hint}\n`}`)
    return exitCode
  } finally {
    run.terminal.close()
  }
}

async function dispatch(run: CofferRun): Promise<number> {
  const { before, words, rest } = splitArguments(run.args)
  const early = parseFlags('', before, {})
  if (early.values['version'] === true) return print(run, `coffer ${run.version}\n`)
  if (words.length === 0) {
    if (early.values['help'] === true || run.args.length === 0) return print(run, generalHelp())
    throw usageError('No command was given.')
  }
  if (words[0] === 'help') return print(run, helpFor(words.slice(1)))
  if (words[0] === 'start') return start(run, before, [...words.slice(1), ...rest])
  const { command, extra } = findCommand(words)
  const { values, positionals } = parseFlags(command.name, [...before, ...extra, ...rest], command.flags)
  if (values['help'] === true) return print(run, commandHelp(command))
  checkPositionals(command, positionals)
  return command.run({
    flags: new Flags(command.name, values),
    positionals,
    json: values['json'] === true,
    call: connectConsole(typeof values['state'] === 'string' ? values['state'] : defaultStateFolder(run.environment)),
    terminal: run.terminal,
    hostName: hostname(),
  })
}

/** Global flags before the command, the words up to the next flag, and what follows. */
function splitArguments(args: readonly string[]): { before: string[]; words: string[]; rest: string[] } {
  let at = 0
  while (at < args.length && args[at]?.startsWith('-') === true) at += args[at] === '--state' ? 2 : 1
  const flagAt = args.findIndex((argument, index) => index >= at && argument.startsWith('-'))
  const end = flagAt === -1 ? args.length : flagAt
  return { before: args.slice(0, at), words: args.slice(at, end), rest: args.slice(end) }
}

function findCommand(words: readonly string[]): { command: Command; extra: readonly string[] } {
  const [first = '', second = ''] = words
  const two = `${first} ${second}`
  const found = commands.find(({ name }) => name === (aliases[two] ?? two))
  if (found !== undefined) return { command: found, extra: words.slice(2) }
  const single = commands.find(({ name }) => name === first)
  if (single !== undefined) return { command: single, extra: words.slice(1) }
  const family = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (family.length > 0) throw usageError(`coffer ${first} goes on with: ${family.map(({ name }) => name.split(' ')[1]).join(', ')}.`)
  throw usageError('There is no such command.')
}

function parseFlags(command: string, args: readonly string[], flags: Command['flags']): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: { ...flags, ...globalFlags }, allowPositionals: true, strict: true })
  } catch (error) {
    // Only the first sentence: Node's second one is about something else.
    const text = error instanceof Error ? (error.message.split('. ')[0] ?? '') : ''
    throw usageError(`${text.replace(/\.$/, '')}.`, command === '' ? undefined : command)
  }
}

/** What was too much is not repeated: it may be a secret. */
function checkPositionals({ name, positionals: { min, max, what } }: Command, given: readonly string[]): void {
  if (given.length < min) throw usageError(`coffer ${name} needs ${what}.`, name)
  if (given.length > max) {
    throw usageError(max === 0 ? `coffer ${name} takes no arguments; shares and passwords are never arguments, they would stay in the shell's history.` : `coffer ${name} takes ${what} and nothing more.`, name)
  }
}

function start(run: CofferRun, before: readonly string[], rest: readonly string[]): Promise<number> {
  if ([...before, ...rest].some((argument) => argument === '--help' || argument === '-h')) return Promise.resolve(print(run, commandHelp(startCommand)))
  return run.start([...before.filter((argument) => argument !== '--json'), ...rest])
}

/** The same as the appliance's own default. */
export function defaultStateFolder(environment: CofferRun['environment']): string {
  const given = environment['COFFER_STATE_FOLDER']
  if (given !== undefined && given !== '') return given
  if (process.getuid?.() === 0) return '/var/lib/coffer'
  return join(environment['XDG_STATE_HOME'] ?? join(environment['HOME'] ?? homedir(), '.local', 'state'), 'coffer')
}

function print({ terminal }: CofferRun, text: string): number {
  terminal.write(text)
  return exitCodes.ok
}

const globalHelp = `  --state FOLDER   the state folder of the Coffer to talk to (COFFER_STATE_FOLDER)
  --json           results as JSON, no questions; a refusal is JSON on standard error
  --help           this text
`

function generalHelp(): string {
  const rows = [startCommand, ...commands].map(({ name, summary }) => [`  ${name}`, summary])
  const table = formatTable(['', ''], rows).split('\n').slice(1).join('\n')
  return `Coffer: an encrypted S3 store over several drives, opened by key shares.

Usage: coffer COMMAND [flags]

${table}
${globalHelp}  --version        the version

Exit codes: 0 done · 1 failed · 2 sealed, or not set up yet · 64 wrong usage.
More on one of them: coffer COMMAND --help
`
}

function helpFor(words: readonly string[]): string {
  if (words.length === 0) return generalHelp()
  return commandHelp(words[0] === 'start' ? startCommand : findCommand(words).command)
}

function commandHelp({ name, usage, summary, help }: Omit<Command, 'run'>): string {
  return `${summary}.\n\nUsage: coffer ${name}${usage === '' ? '' : ` ${usage}`}\n${help === '' ? '' : `\n${help}`}\n${globalHelp}`
}
