// The `coffer` command: a client of the console on this machine, and `coffer start`, which is the appliance itself.
import packageFacts from '../package.json' with { type: 'json' }
import { runUntilStopped } from './appliance/index.ts'
import { openTerminal, runCoffer } from './cli/index.ts'

process.exitCode = await runCoffer({
  args: process.argv.slice(2),
  environment: process.env,
  terminal: openTerminal(process.stdin, process.stdout, process.stderr),
  version: packageFacts.version,
  start: runUntilStopped,
})
