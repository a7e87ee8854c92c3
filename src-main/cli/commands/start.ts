// coffer start: the appliance in this process. What that is, the entry file says.
import type { Command } from '../command.ts'
import { noPositionals } from '../command.ts'

/** Its flags are the appliance's own and are passed on unread. */
export const startCommand: Omit<Command, 'run'> = {
  name: 'start',
  summary: 'Run Coffer here, without a desktop',
  usage: '[flags]',
  help: `Runs until stopped (Ctrl-C). It answers at once; data is served when the store has been unsealed.

  --drive PATH         a drive; repeat for each (COFFER_DRIVES)
  --s3 HOST:PORT       where S3 clients connect (COFFER_S3_ADDRESS, 0.0.0.0:9000)
  --console HOST:PORT  where the console answers (COFFER_CONSOLE_ADDRESS, 0.0.0.0:9001)
  --config FILE        configuration file (COFFER_CONFIG)
`,
  flags: {},
  positionals: noPositionals,
}
