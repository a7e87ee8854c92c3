// coffer connect CLIENT: settings to paste.
import { clientNames, type ClientName } from '../../contract/connect.ts'
import { clientSnippets } from '../../contract/client-snippets.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { printJson, type Command } from '../command.ts'

export const connectCommand: Command = {
  name: 'connect',
  summary: 'Ready-to-paste settings for an S3 client',
  usage: 'CLIENT [--bucket NAME]',
  help: `Clients:
${clientNames.map((name) => `  ${name.padEnd(8)} ${clientSnippets[name].title}`).join('\n')}

The secret key is not in them: put yours where YOUR-SECRET-KEY stands.
`,
  flags: { bucket: { type: 'string' } },
  positionals: { min: 1, max: 1, what: 'a client' },
  async run({ call, terminal, json, flags, positionals: [given = ''] }) {
    const client = toClientName(given)
    if (client === undefined) throw usageError(`There are no settings for "${given.slice(0, 40)}". Known: ${clientNames.join(', ')}.`, 'connect')
    const bucket = flags.text('bucket')
    const settings = await call('connect.settings', { client, ...(bucket === undefined ? {} : { bucket }) })
    if (json) {
      printJson(terminal, settings)
      return exitCodes.ok
    }
    terminal.write(`${settings.title}${settings.file === undefined ? '' : ` (${settings.file})`}\n\n${settings.text}`)
    if (settings.trust !== '') terminal.write(`\nOn another machine, fetch the authority's certificate first and use its path there:\n\n${settings.trust}`)
    return exitCodes.ok
  },
}

function toClientName(text: string): ClientName | undefined {
  return clientNames.find((name) => name === text.toLowerCase())
}
