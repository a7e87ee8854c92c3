// From arguments to a running appliance, or one plain sentence why not. What was opened is closed in reverse order, also when a later
// step fails.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { systemRandom } from '../base/random.ts'
import type { LiveMessage } from '../contract/live.ts'
import { TaggedError } from '../base/tagged-error.ts'
import { lockStateFolder, openConsole, openLocalSocket, type Console, type LocalReply, type LocalRequest } from '../console/index.ts'
import { s3HttpOptions } from '../s3/index.ts'
import { listServerNames, openTrust } from '../trust/index.ts'
import packageFacts from '../../package.json' with { type: 'json' }
import { formatBanner } from './banner.ts'
import { compose } from './compose.ts'
import type { Config } from './config-schema.ts'
import { ConfigError, loadConfig } from './config.ts'
import { openJsonLogger } from './json-logger.ts'
import { launchHelp, readLaunchArguments } from './launch-arguments.ts'
import { listen } from './listeners.ts'
import { ServerCertificates } from './server-certificates.ts'
import { openSetupDraft } from './setup-draft-file.ts'
import { openSite } from './site.ts'
import { toStorePort } from './store-port.ts'

export interface Appliance {
  /** What to do next, for whoever started it. */
  readonly banner: string
  /** A procedure of the console, for the desktop window. Never rejects. */
  call(procedure: string, input: string): Promise<{ readonly status: number; readonly body: string }>
  /** The bytes of objects under `/files/`, for the desktop window. Never rejects. */
  handleLocally(request: LocalRequest): Promise<LocalReply>
  /** State and drives, at once and at every change; the result ends it. For the desktop window. */
  watchLive(listener: (message: LiveMessage) => void): () => void
  /** Finishes what is under way (bounded), seals, lets go of everything. */
  stop(): Promise<void>
}

export type Launched =
  | { readonly appliance: Appliance }
  | { readonly appliance: undefined; readonly problem: string; readonly exitCode: number }

const usageExitCode = 64
const s3GraceMs = 5000

export async function launch(args: readonly string[]): Promise<Launched> {
  const closers: (() => Promise<void> | void)[] = []
  try {
    const asked = readLaunchArguments(args)
    if (asked.help) return { appliance: undefined, problem: launchHelp, exitCode: 0 }
    const config = loadConfig({ environment: process.env, flags: asked.flags, ...(asked.file === undefined ? {} : { file: asked.file }) })
    return { appliance: await start(config, openJsonLogger(config.logLevel), closers) }
  } catch (error) {
    await closeAll(closers)
    if (error instanceof ConfigError) return { appliance: undefined, problem: error.message, exitCode: usageExitCode }
    if (error instanceof TaggedError) return { appliance: undefined, problem: error.message, exitCode: 1 }
    throw error
  }
}

async function start(config: Config, logger: Logger, closers: (() => Promise<void> | void)[]): Promise<Appliance> {
  const lock = lockStateFolder(config.stateFolder)
  closers.push(() => { lock.release() })
  const trust = await openTrust({ folder: join(config.stateFolder, 'certs'), names: () => listServerNames(config.domains), clock: systemClock, random: systemRandom, logger })
  let desk: Console | undefined
  const { core, s3, close } = await compose(config, logger, (summary) => { desk?.activity.record(summary) })
  closers.push(close)
  await core.begin()
  closers.push(() => core.stop())

  const site = openSite(config, packageFacts.version)
  const certificates = new ServerCertificates(trust, logger)
  const rendererFolder = join(import.meta.dirname, import.meta.url.includes('/chunks/') ? '../../renderer' : '../renderer')
  const console = (desk = openConsole({
    store: toStorePort(core),
    certificates: certificates.port, site, draft: openSetupDraft(config.stateFolder),
    clock: systemClock, random: systemRandom, logger,
    ...(existsSync(rendererFolder) ? { rendererFolder } : {}),
  }))
  closers.push(() => { console.close() })

  const socket = await openLocalSocket(config.stateFolder, (server) => { console.attach(server, 'local') })
  closers.push(() => socket.close())
  const consoleListener = await listen(config.console, { certificate: trust.certificate() }, (server) => { console.attach(server, 'network') })
  closers.push(() => consoleListener.close(1000))
  site.ports.console = consoleListener.port
  const s3Listener = await listen(config.s3, { certificate: config.tls === 'off' ? undefined : trust.certificate(), optimizeEmptyRequests: s3HttpOptions.optimizeEmptyRequests }, (server) => { s3.attach(server) })
  closers.push(() => s3Listener.close(s3GraceMs))
  site.ports.s3 = s3Listener.port
  for (const listener of [consoleListener, s3Listener]) certificates.add(listener)
  closers.push(certificates.follow(core))
  return {
    banner: formatBanner({ view: core.view(), endpoints: site.endpoints(), setUpCode: console.setUpCode, authorityFile: site.authorityFile, stateFolder: config.stateFolder }),
    call: (procedure, input) => console.callLocally(procedure, input),
    handleLocally: (request) => console.handleLocally(request),
    watchLive: (listener) => console.watchLive(listener),
    stop: () => closeAll(closers),
  }
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer()
}
