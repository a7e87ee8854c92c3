// coffer operator: the console's password and the owner's S3 credentials, at the machine.
import { exitCodes } from '../cli-error.ts'
import { noPositionals, printJson, type Command } from '../command.ts'
import { chooseOperatorPassword } from '../operator-password.ts'

export const operatorPasswordCommand: Command = {
  name: 'operator password',
  summary: "Set the console's password; everybody signed in is signed out",
  usage: '[--password-file FILE]',
  help: `Asks for it twice, hidden; without a terminal, or with an empty answer, one is made and printed.

  --password-file FILE   take the first line of FILE
`,
  flags: { 'password-file': { type: 'string' } },
  positionals: noPositionals,
  async run({ call, terminal, json, flags }) {
    const { password, wasMade } = await chooseOperatorPassword(terminal, json, flags.text('password-file'))
    await call('operator.setPassword', { password })
    if (json) printJson(terminal, { changed: true, ...(wasMade ? { operatorPassword: password } : {}) })
    else terminal.write(wasMade ? `The console's password is now: ${password}\nIt is shown only here.\n` : "The console's password is changed.\n")
    return exitCodes.ok
  },
}

export const operatorRootCommand: Command = {
  name: 'operator root-credentials',
  summary: "Replace the owner's S3 credentials; clients that use the old ones are refused from then on",
  usage: '[--user NAME]',
  help: `A new secret is made and shown once. Nothing is re-encrypted.

  --user NAME   another access key than now
`,
  flags: { user: { type: 'string' } },
  positionals: noPositionals,
  async run({ call, terminal, json, flags }) {
    const user = flags.text('user')
    const { root } = await call('operator.replaceRoot', user === undefined ? {} : { accessKeyId: user })
    if (json) printJson(terminal, { root })
    else terminal.write(`Access key   ${root.accessKeyId}\nSecret key   ${root.secretAccessKey}\nThey are shown only here.\n`)
    return exitCodes.ok
  },
}
