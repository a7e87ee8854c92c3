// A window of the stand-in: a real page in Chromium, its preload run before it, its requests answered by the session's handlers.
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Frame, Page, Route } from '@playwright/test'
import { appOrigin, httpOrigin, toAppUrl, toHttpUrl } from './addresses.ts'
import { openChromium } from './chromium.ts'
import { app } from './desktop.ts'
import { toPageScript } from './page-script.ts'
import { invokeHandlers, type PermissionDetails, type Session } from './session.ts'

const deliverName = '__standInDeliver'
const downloadName = '__standInDownload'
export const invokeName = '__standInInvoke'
/** Where the page tried to go, open, load or save, and was not let. */
export const refused: string[] = []
export const saved: { name: string; sizeBytes: number }[] = []

/** What Chromium calls what Electron calls otherwise. */
const permissions = [
  { electron: 'media', details: { mediaType: 'video' }, chromium: 'camera' },
  { electron: 'media', details: { mediaType: 'audio' }, chromium: 'microphone' },
  { electron: 'clipboard-sanitized-write', details: {}, chromium: 'clipboard-write' },
  { electron: 'clipboard-read', details: {}, chromium: 'clipboard-read' },
  { electron: 'geolocation', details: {}, chromium: 'geolocation' },
] as const

interface WindowOptions {
  readonly show?: boolean
  readonly webPreferences: { readonly session: Session; readonly preload: string } & Readonly<Record<string, unknown>>
}

class WebContents extends EventEmitter {
  readonly mainFrame = { get url(): string { return '' } }
  openHandler: () => { action: string } = () => ({ action: 'allow' })
  #page: Page | undefined
  #isDestroyed = false

  attach(page: Page): void {
    this.#page = page
    Object.defineProperty(this.mainFrame, 'url', { get: () => toAppUrl(page.url()) })
  }

  setWindowOpenHandler(handler: () => { action: string }): void {
    this.openHandler = handler
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  destroy(): void {
    this.#isDestroyed = true
    this.emit('destroyed')
  }

  send(channel: string, ...args: readonly unknown[]): void {
    const deliver = ([name, to, values]: readonly [string, string, readonly unknown[]]): void => {
      // The page script put it there.
      const page = globalThis as unknown as Record<string, ((channel: string, ...values: readonly unknown[]) => void) | undefined>
      page[name]?.(to, ...values)
    }
    // A page that goes away meanwhile gets nothing, as in Electron.
    this.#page?.evaluate(deliver, [deliverName, channel, args] as const).catch(() => undefined)
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = []
  readonly webContents = new WebContents()
  readonly options: WindowOptions
  isVisible: boolean
  #isFocused = false
  #isDestroyed = false
  #mayNavigate = false
  readonly #page: Promise<Page>

  constructor(options: WindowOptions) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    this.options = options
    this.isVisible = options.show !== false
    BrowserWindow.all.push(this)
    this.#page = this.#openPage()
    this.#page.catch((error: unknown) => { process.stderr.write(`no window: ${String(error)}\n`) })
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#page
    this.#mayNavigate = true
    await page.goto(toHttpUrl(url), { waitUntil: 'load' }).finally(() => { this.#mayNavigate = false })
    this.emit('ready-to-show')
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  isMinimized(): boolean {
    return false
  }

  isFocused(): boolean {
    return this.#isFocused
  }

  restore(): void {
    this.isVisible = true
  }

  show(): void {
    this.isVisible = true
    this.#isFocused = true
  }

  focus(): void {
    this.#isFocused = true
  }

  blur(): void {
    this.#isFocused = false
  }

  /** As a person closes it. Resolves when its page is gone too. */
  async close(): Promise<void> {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.isVisible = false
    this.#isFocused = false
    this.webContents.destroy()
    this.emit('closed')
    if (BrowserWindow.all.every((window) => window.isDestroyed()) && !app.emit('window-all-closed')) app.quit()
    await this.#page.then((page) => page.close()).catch(() => undefined)
  }

  async #openPage(): Promise<Page> {
    const { session, preload } = this.options.webPreferences
    const { context } = await openChromium()
    const granted = permissions.filter(({ electron, details }) => session.permissionCheck?.(this.webContents, electron, appOrigin, { requestingUrl: `${appOrigin}/`, isMainFrame: true, ...details } satisfies PermissionDetails) ?? false)
    await context.grantPermissions(granted.map(({ chromium }) => chromium), { origin: httpOrigin })
    const page = await context.newPage()
    this.webContents.attach(page)
    await page.exposeBinding(invokeName, ({ frame }, channel: string, args: readonly unknown[]) => this.#invoke(frame, channel, args))
    await page.exposeBinding(downloadName, (_source, url: string, file?: { name: string; sizeBytes: number }) => {
      if (file !== undefined) saved.push(file)
      return this.#mayDownload(url)
    })
    await page.addInitScript(toPageScript({ preloadSource: readFileSync(preload, 'utf8'), invokeName, deliverName, downloadName, appOrigin, httpOrigin }))
    await page.route('**/*', (route) => this.#route(route))
    page.on('popup', (popup) => {
      if (this.webContents.openHandler().action !== 'deny') return
      refused.push(`open ${popup.url()}`)
      void popup.close()
    })
    page.on('download', (download) => {
      if (!this.#mayDownload(download.url())) void download.cancel()
    })
    return page
  }

  #mayDownload(httpUrl: string): boolean {
    const url = toAppUrl(httpUrl)
    let isPrevented = false
    this.options.webPreferences.session.emit('will-download', { preventDefault: () => { isPrevented = true } }, { getURL: () => url })
    if (isPrevented) refused.push(`download ${url.slice(0, 100)}`)
    return !isPrevented
  }

  async #invoke(frame: Frame, channel: string, args: readonly unknown[]): Promise<unknown> {
    const handler = invokeHandlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    const isMainFrame = frame.parentFrame() === null
    const senderFrame = isMainFrame ? this.webContents.mainFrame : { url: toAppUrl(frame.url()) }
    return handler({ sender: this.webContents, senderFrame }, ...args)
  }

  async #route(route: Route): Promise<void> {
    const request = route.request()
    const url = toAppUrl(request.url())
    const isPage = request.isNavigationRequest()
    if (isPage && !this.#mayNavigate && this.#isNavigationRefused(url, request.frame().parentFrame() === null)) {
      refused.push(`navigate ${url}`)
      // Without content: the page stays where it is.
      return route.fulfill({ status: 204 })
    }
    const { session } = this.options.webPreferences
    let isCancelled = false
    session.beforeRequest?.({ url }, ({ cancel }) => { isCancelled = cancel })
    const answer = session.handlers.get(new URL(url).protocol.slice(0, -1))
    if (isCancelled || answer === undefined) {
      refused.push(`load ${url}`)
      return route.abort('blockedbyclient')
    }
    const body = request.postDataBuffer()
    const response = await answer(new Request(url, { method: request.method(), headers: await request.allHeaders(), ...(body === null ? {} : { body: new Uint8Array(body) }) }))
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) })
  }

  #isNavigationRefused(url: string, isMainFrame: boolean): boolean {
    let isPrevented = false
    const event = { url, isMainFrame, preventDefault: () => { isPrevented = true } }
    if (isMainFrame) this.webContents.emit('will-navigate', event)
    this.webContents.emit('will-frame-navigate', event)
    return isPrevented
  }
}
