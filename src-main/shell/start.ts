// The desktop: one window on the same appliance that runs headless elsewhere. Closing the window keeps serving; quitting stops in order.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { app, BrowserWindow, protocol } from 'electron'
import { launch, type Appliance } from '../appliance/index.ts'
import { contentPolicy, readAppRequest } from './app-protocol.ts'

const requestSizeMax = 1024 * 1024

async function answer(appliance: Appliance, rendererFolder: string, request: Request): Promise<Response> {
  const asked = readAppRequest(request.method, request.url)
  if (asked.kind === 'refused') return new Response('not here', { status: 404 })
  if (asked.kind === 'file') {
    try {
      const bytes = await readFile(join(rendererFolder, asked.path))
      return new Response(new Uint8Array(bytes), { headers: { 'content-type': asked.contentType, 'content-security-policy': contentPolicy, 'x-content-type-options': 'nosniff' } })
    } catch {
      return new Response('not here', { status: 404 })
    }
  }
  const text = await request.text()
  if (text.length > requestSizeMax) return new Response('too large', { status: 413 })
  const reply = await appliance.call(asked.name, text)
  return new Response(reply.body, { status: reply.status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
}

function openWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1180,
    height: 800,
    title: 'Coffer',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, spellcheck: false },
  })
  // The page goes nowhere else, opens nothing and asks for no permission.
  window.webContents.on('will-navigate', (event) => { event.preventDefault() })
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.session.setPermissionRequestHandler((_contents, _permission, allow) => { allow(false) })
  void window.loadURL('app://local/')
  return window
}

/** Call before the app is ready: schemes can only be registered then. Resolves when the window is open, or at once for a second instance. */
export async function startDesktop(args: readonly string[]): Promise<void> {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  await app.whenReady()
  const started = await launch(args)
  if (started.appliance === undefined) {
    process.stderr.write(`${started.problem}\n`)
    app.exit(1)
    return
  }
  const appliance = started.appliance
  const rendererFolder = join(import.meta.dirname, '../renderer')
  const preload = join(import.meta.dirname, '../preload/index.cjs')
  protocol.handle('app', (request) => answer(appliance, rendererFolder, request))
  let window = openWindow(preload)
  const show = (): void => {
    if (window.isDestroyed()) window = openWindow(preload)
    window.show()
  }
  app.on('second-instance', show)
  app.on('activate', show)
  // Serving goes on without a window.
  app.on('window-all-closed', () => undefined)
  let stopped = false
  app.on('before-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    stopped = true
    void appliance.stop().finally(() => { app.quit() })
  })
}
