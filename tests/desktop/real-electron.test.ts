// The desktop program in the real Electron, where its binary and a display are. Elsewhere it says that it was left out, and why.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CofferBridge } from '../../src-main/shell/ipc-map.ts'

const root = join(import.meta.dirname, '../..')
const executable = join(
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules/electron/dist'),
  process.platform === 'win32' ? 'electron.exe' : process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron',
)
const hasDisplay = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
const missing = !existsSync(executable) ? 'the Electron binary is not on this machine' : hasDisplay ? undefined : 'there is no display'
if (missing !== undefined) process.stdout.write(`skipped: the desktop program in real Electron, since ${missing}. What stands in for it: window-and-appliance.test.ts\n`)

/** In the page. */
declare const coffer: CofferBridge

describe.skipIf(missing !== undefined)('the desktop program in Electron', () => {
  let folder = ''
  let electron: ElectronApplication

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coffer-electron-'))
    electron = await _electron.launch({
      executablePath: executable,
      // Root has no sandbox on Linux; everybody else tests with it.
      args: [root, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), `--user-data-dir=${join(folder, 'user')}`],
      env: {
        PATH: process.env['PATH'] ?? '', HOME: folder, DISPLAY: process.env['DISPLAY'] ?? '', WAYLAND_DISPLAY: process.env['WAYLAND_DISPLAY'] ?? '',
        XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? '', COFFER_STATE_FOLDER: join(folder, 'state'),
        COFFER_S3_ADDRESS: '127.0.0.1:0', COFFER_CONSOLE_ADDRESS: '127.0.0.1:0', COFFER_PAYLOAD_MEMORY_MIB: '64',
      },
    }) // prettier-ignore
  })
  afterAll(async () => {
    await electron.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  it('opens its window on its own scheme, apart from Node and from the preload', async () => {
    const page = await electron.firstWindow()
    expect(page.url()).toMatch(/^app:\/\/local\//)
    expect(await page.title()).toContain('Coffer')
    expect(await page.evaluate(`[typeof require, typeof process, typeof module]`)).toEqual(['undefined', 'undefined', 'undefined'])
  })

  it('answers the page through the bridge, and tells it the state', async () => {
    const page = await electron.firstWindow()
    expect(await page.evaluate(() => coffer.call('state.get', {}))).toMatchObject({ status: 200, value: { lifecycle: 'fresh' } })
    expect(await page.evaluate(() => new Promise((resolve) => { coffer.onLive((message) => { if (message.topic === 'state') resolve(message.value.lifecycle) }) }))).toBe('fresh')
  })

  it('stays on its page', async () => {
    const page = await electron.firstWindow()
    await page.evaluate(`void (location.href = 'https://example.org/')`)
    expect(await page.evaluate(`fetch('https://example.org/').then(() => 'loaded', () => 'refused')`)).toBe('refused')
    expect(page.url()).toMatch(/^app:\/\/local\//)
    expect(electron.windows()).toHaveLength(1)
  })
})
