// What the README's two commands do on a machine that has nothing but a Node and npm. No dependency, runs on Node 20:
// installs the packages when they are missing or stale, builds when sources are newer, then goes on with the Node 24 of the packages.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const installStamp = join(modules, '.coffer-install')
const buildStamp = join(root, 'out', '.stamp')

function say(text) {
  process.stderr.write(`${text}\n`)
}

/** The Node 24 that came with the packages, or this one when it is new enough (other platforms). */
function nodeBinary() {
  const packaged = join(modules, `node-linux-${process.arch}`, 'bin', 'node')
  if (existsSync(packaged)) return packaged
  if (Number(process.versions.napi) >= 10) return process.execPath
  throw new Error(`Coffer needs Node 24. The registry package node-linux-${process.arch} is not there and this is Node ${process.versions.node}.`)
}

function environment() {
  return { ...process.env, PATH: `${dirname(nodeBinary())}:${join(modules, '.bin')}:${process.env.PATH ?? ''}` }
}

/**
 * Bodies come and go by the thousand: without these the C library gives their memory back to the system after each and asks for it again,
 * which costs more than the copy itself. Linux with glibc; elsewhere they mean nothing.
 */
const allocatorSettings = { MALLOC_TRIM_THRESHOLD_: '268435456', MALLOC_MMAP_THRESHOLD_: '268435456', MALLOC_TOP_PAD_: '16777216', MALLOC_ARENA_MAX: '2' }

/** Runs to the end with this terminal; throws when it fails. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (result.error) throw result.error
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status ?? result.signal}`)
}

function ensureInstalled() {
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return
  say('Installing packages (once; about a minute) …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(installStamp, wanted)
}

function* filesBelow(folder) {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

function sourcesDigest() {
  const hash = createHash('sha256')
  const files = ['src-main', 'src-renderer', 'resources'].flatMap((folder) => [...filesBelow(join(root, folder))])
  files.push(join(root, 'electron.vite.config.ts'), join(root, 'package-lock.json'))
  for (const file of files.sort()) hash.update(relative(root, file)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

function ensureBuilt() {
  const wanted = sourcesDigest()
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === wanted) return
  say('Building …')
  rmSync(buildStamp, { force: true })
  const result = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, env: environment(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (result.status !== 0) {
    say(`${result.stdout}\n${result.stderr}`)
    throw new Error('the build failed')
  }
  mkdirSync(dirname(buildStamp), { recursive: true })
  writeFileSync(buildStamp, wanted)
}

/** Electron is started only where its binary is on the machine and there is a display to show a window on. */
function electronBinary() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(modules, 'electron', 'dist')
  const path = join(folder, process.platform === 'win32' ? 'electron.exe' : process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron')
  const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  return existsSync(path) && display ? path : undefined
}

/** Hands the terminal and the signals to the program; ends as it ends. */
function become(command, args) {
  const child = spawn(command, args, { cwd: process.cwd(), stdio: 'inherit', env: { ...allocatorSettings, ...environment() } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    say(error.message)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)
  })
}

function isDebianRoot() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version')
}

const clientPackages = { aws: 'awscli', rclone: 'rclone', restic: 'restic', s3cmd: 's3cmd', chromium: 'chromium' }

/** The real clients and the browser that the tests drive. What can't be had is named, and the tests that need it say that they were skipped. */
function ensureClients() {
  const missing = Object.entries(clientPackages).filter(([command]) => !existsSync(`/usr/bin/${command}`)).map(([, name]) => name)
  const boto = spawnSync('/usr/bin/python3', ['-c', 'import boto3'], { stdio: 'ignore' })
  if (boto.status !== 0) missing.push('python3-boto3')
  if (missing.length === 0) return
  if (!isDebianRoot()) {
    say(`Not installed here: ${missing.join(', ')}. The tests with these clients will be skipped (they are installed by themselves only for root on Debian).`)
    return
  }
  say(`Installing the clients that the tests drive: ${missing.join(', ')} …`)
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  run('apt-get', ['update', '-qq'], quiet)
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet)
}

function main() {
  const [command = 'start', ...args] = process.argv.slice(2)
  ensureInstalled()
  if (command === 'start') {
    ensureBuilt()
    const electron = electronBinary()
    if (electron !== undefined) return become(electron, [root, ...args])
    return become(nodeBinary(), [join(root, 'out', 'main', 'headless.js'), ...args])
  }
  if (command === 'test') {
    ensureBuilt()
    ensureClients()
    return become(nodeBinary(), [join(root, 'tests', 'run-all.ts'), ...args])
  }
  if (command === 'script') {
    ensureBuilt()
    return become(nodeBinary(), [join(root, args[0] ?? ''), ...args.slice(1)])
  }
  throw new Error(`unknown command ${command}`)
}

try {
  main()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
