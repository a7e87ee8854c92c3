// Flags of the program: few, since everything can be set by file and environment.
import { parseArgs } from 'node:util'
import type { Config } from './config-schema.ts'
import { ConfigError, parseAddress } from './config.ts'

export interface LaunchArguments {
  readonly flags: Partial<Config>
  readonly file: string | undefined
  readonly help: boolean
}

export const launchHelp = `Coffer: an encrypted S3 store over several drives.

  --state FOLDER       where state is kept (COFFER_STATE_FOLDER)
  --drive PATH         a drive; repeat for each (COFFER_DRIVES)
  --s3 HOST:PORT       where S3 clients connect (COFFER_S3_ADDRESS, 0.0.0.0:9000)
  --console HOST:PORT  where the console answers (COFFER_CONSOLE_ADDRESS, 0.0.0.0:9001)
  --config FILE        configuration file (COFFER_CONFIG)
  --help
`

/** Faults: bad-value. */
export function readLaunchArguments(args: readonly string[]): LaunchArguments {
  let values: { state?: string; drive?: string[]; s3?: string; console?: string; config?: string; help?: boolean }
  try {
    values = parseArgs({
      args: [...args],
      options: {
        state: { type: 'string' }, drive: { type: 'string', multiple: true }, s3: { type: 'string' }, console: { type: 'string' },
        config: { type: 'string' }, help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new ConfigError('bad-value', `${error instanceof Error ? error.message : 'unusable flags'}\n\n${launchHelp}`)
  }
  const address = (name: string, text: string | undefined): { host: string; port: number } | undefined => {
    if (text === undefined) return undefined
    const parsed = parseAddress(text)
    if (parsed === undefined) throw new ConfigError('bad-value', `--${name} ${text} is not host:port. Example: --${name} 0.0.0.0:9000`)
    return parsed
  }
  const s3 = address('s3', values.s3)
  const console = address('console', values.console)
  return {
    flags: {
      ...(values.state === undefined ? {} : { stateFolder: values.state }),
      ...(values.drive === undefined ? {} : { drives: values.drive }),
      ...(s3 === undefined ? {} : { s3 }),
      ...(console === undefined ? {} : { console }),
    },
    file: values.config,
    help: values.help === true,
  }
}
