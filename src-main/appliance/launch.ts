// From arguments to a running appliance, or one plain sentence why not. What was opened is closed in reverse order, also when a later
// step fails.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { systemRandom } from '../base/random.ts'
import { TaggedError } from '../base/tagged-error.ts'
import { lockStateFolder, openConsole, openLocalSocket, type Console } from '../console/index.ts'
import { listServerNames, openTrust, type Trust } from '../trust/index.ts'
import packageFacts from '../../package.json' with { type: 'json' }
import type { ApplianceCore } from './appliance.ts'
import { formatBanner } from './banner.ts'
import { compose } from './compose.ts'
import type { Config } from './config-schema.ts'
import { ConfigError, loadConfig } from './config.ts'
import { openJsonLogger } from './json-logger.ts'
import { launchHelp, readLaunchArguments } from './launch-arguments.ts'
import { listen, replaceCertificate, type Listener } from './listeners.ts'
import { toStorePort } from './store-port.ts'

export interface Appliance {
  /** What to do next, for whoever started it. */
  readonly banner: string
  /** A procedure of the console, for the desktop window. Never rejects. */
  call(procedure: string, input: string): Promise<{ readonly status: number; readonly body: string }>
  /** Finishes what is under way (bounded), seals, lets go of everything. */
  stop(): Promise<void>
}

export type Launched =
  | { readonly appliance: Appliance }
  | { readonly appliance: undefined; readonly problem: string; readonly exitCode: number }

const usageExitCode = 64
const s3GraceMs = 5000
const certificateCheckMs = 60_000

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

  const ports = { s3: config.s3.port, console: config.console.port }
  const authorityFile = join(config.stateFolder, 'certs', 'CAs', 'coffer-ca.crt')
  const endpoints = (): { s3: string; console: string } => ({
    s3: `${config.tls === 'off' ? 'http' : 'https'}://${advertisedHost(config.s3.host)}:${ports.s3}`,
    console: `https://${advertisedHost(config.console.host)}:${ports.console}`,
  })
  const rendererFolder = join(import.meta.dirname, import.meta.url.includes('/chunks/') ? '../../renderer' : '../renderer')
  const console = (desk = openConsole({
    store: toStorePort(core),
    certificates: trust,
    site: { version: packageFacts.version, region: config.region, authorityFile, endpoints, hostNames: () => listServerNames(config.domains) },
    clock: systemClock, random: systemRandom, logger,
    ...(existsSync(rendererFolder) ? { rendererFolder } : {}),
  }))
  closers.push(() => { console.close() })

  const socket = await openLocalSocket(config.stateFolder, (server) => { console.attach(server, 'local') })
  closers.push(() => socket.close())
  const consoleListener = await listen(config.console, trust.certificate(), (server) => { console.attach(server, 'network') })
  closers.push(() => consoleListener.close(1000))
  ports.console = consoleListener.port
  const s3Listener = await listen(config.s3, config.tls === 'off' ? undefined : trust.certificate(), (server) => { s3.attach(server) })
  closers.push(() => s3Listener.close(s3GraceMs))
  ports.s3 = s3Listener.port
  closers.push(followTrust(core, trust, [consoleListener, s3Listener], logger))
  return {
    banner: formatBanner({ view: core.view(), endpoints: endpoints(), setUpCode: console.setUpCode, authorityFile, stateFolder: config.stateFolder }),
    call: (procedure, input) => console.callLocally(procedure, input),
    stop: () => closeAll(closers),
  }
}

/** The authority's key moves into the barrier when the store has opened; changed names, dates and own certificates are noticed. */
function followTrust(core: ApplianceCore, trust: Trust, listeners: readonly Listener[], logger: Logger): () => void {
  let attached = false
  const show = (changed: boolean): void => {
    if (changed) for (const { server } of listeners) replaceCertificate(server, trust.certificate())
  }
  const note = (error: unknown): void => { logger.error('certificates', { reason: error instanceof Error ? error.message : 'unknown' }) }
  const follow = (): void => {
    const secrets = core.secrets('trust/')
    if ((secrets !== undefined) === attached) return
    attached = secrets !== undefined
    if (secrets === undefined) trust.detachSecrets()
    else trust.attachSecrets(secrets).then(show, note)
  }
  const endWatch = core.watch(follow)
  follow()
  const timer = setInterval(() => { trust.refresh().then(show, note) }, certificateCheckMs)
  timer.unref()
  return () => {
    endWatch()
    clearInterval(timer)
  }
}

/** What people type: the machine's own name where it listens everywhere. */
function advertisedHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return listServerNames().find((name) => name.endsWith('.local')) ?? 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer()
}
