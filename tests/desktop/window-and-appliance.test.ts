// Main process, preload and page together, as built, with the real appliance and real drives: only Electron itself is the stand-in.
import type { Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CofferBridge } from '../../src-main/shell/ipc-map.ts'
import { chromiumMissing } from '../support/chromium.ts'
import { DesktopUnderTest } from '../support/desktop-under-test.ts'

if (chromiumMissing !== undefined) process.stdout.write(`skipped: windows of the desktop shell, since ${chromiumMissing}\n`)

/** In the page. */
declare const coffer: CofferBridge
interface Reply {
  readonly status: number
  readonly value: unknown
}

const call = (page: Page, name: string, input: unknown): Promise<Reply> => page.evaluate(([to, what]) => coffer.call(to, what), [name, input] as const)

/** For what needs the page's own types. */
const inPage = (page: Page, source: string): Promise<unknown> => page.evaluate(source)

function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined), value)
}

async function expectOk(page: Page, name: string, input: unknown): Promise<unknown> {
  const { status, value } = await call(page, name, input)
  expect(status, `${name} ${JSON.stringify(value)}`).toBe(200)
  return value
}

const trayShape = (image: string | undefined): string | undefined => /([^/]+)-(light|dark)\.png$/.exec(image ?? '')?.[1]

describe.skipIf(chromiumMissing !== undefined)('the desktop program', () => {
  let desktop: DesktopUnderTest
  let page: Page
  const shares: string[] = []

  beforeAll(async () => {
    desktop = new DesktopUnderTest()
    page = await desktop.page()
  })
  afterAll(async () => {
    await desktop.stop()
    desktop.remove()
  })

  it('opens one sandboxed window, isolated and without Node, on its own scheme', async () => {
    const shown = await desktop.shows('a visible window', ({ windows }) => windows[0]?.isVisible === true)
    expect(shown.sandboxEnabled).toBe(true)
    expect(shown.schemes).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }])
    expect(shown.windows).toHaveLength(1)
    expect(shown.windows[0]?.webPreferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false })
    expect(await page.title()).toContain('Coffer')
    expect(await page.evaluate(() => [typeof (globalThis as Record<string, unknown>)['require'], typeof (globalThis as Record<string, unknown>)['process']])).toEqual(['undefined', 'undefined'])
  })

  it('gives the page a bridge of two functions', async () => {
    expect(await page.evaluate(() => Object.entries(coffer).map(([name, value]) => `${name}: ${typeof value}`))).toEqual(['shell: string', 'call: function', 'onLive: function'])
  })

  it('goes nowhere else, opens nothing and loads nothing from elsewhere', async () => {
    const home = page.url()
    // The policy of the page stops the first two before a request is made.
    await inPage(page, `fetch('https://example.org/steal').catch(() => undefined)`)
    await inPage(page, `document.body.append(Object.assign(document.createElement('script'), { src: 'https://example.org/evil.js' }))`)
    await inPage(page, `void open('https://example.org/opened')`)
    await desktop.shows('the refused window', ({ refused }) => refused.some((entry) => entry.startsWith('open ')))
    // One after the other: a page that is already going elsewhere gives up the first way before anybody is asked about it.
    await inPage(page, `void (location.href = 'https://example.org/gone')`)
    await desktop.shows('the refused way out', ({ refused }) => refused.includes('navigate https://example.org/gone'))
    await inPage(page, `void (location.href = '/files/bucket/page.html?view=1')`)
    await desktop.shows('the refused page of the store', ({ refused }) => refused.includes('navigate app://local/files/bucket/page.html?view=1'))
    expect(page.url()).toBe(home)
    expect(await page.evaluate(() => coffer.shell)).toBe('desktop')
  })

  it('runs no script that was written into the page', async () => {
    await inPage(page, `{
      const place = document.createElement('div')
      place.innerHTML = '<img src="data:," onerror="globalThis.hacked = true">'
      document.body.append(place, Object.assign(document.createElement('script'), { textContent: 'globalThis.hacked = true' }))
    }`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await inPage(page, 'typeof globalThis.hacked')).toBe('undefined')
  })

  it('does not hear a sub-frame, nor a message of another shape', async () => {
    await inPage(page, `document.body.append(Object.assign(document.createElement('iframe'), { id: 'stranger' }))`)
    const frame = await (await page.waitForSelector('#stranger', { state: 'attached' })).contentFrame()
    expect(await frame?.evaluate(`__standInInvoke('coffer:call', [{ name: 'state.get', input: {} }]).then(({ status }) => status)`)).toBe(403)
    await inPage(page, `document.querySelector('#stranger').remove()`)
    expect((await call(page, '../state', {})).status).toBe(400)
  })

  it('grants the camera and writing to the clipboard, nothing else', async () => {
    const own = { url: 'app://local/', isMainFrame: true }
    expect(await desktop.control('requestPermission', { ...own, permission: 'media', mediaTypes: ['video'] })).toBe(true)
    expect(await desktop.control('requestPermission', { ...own, permission: 'media', mediaTypes: ['video', 'audio'] })).toBe(false)
    expect(await desktop.control('requestPermission', { ...own, permission: 'geolocation' })).toBe(false)
    const state = (name: string): Promise<unknown> => inPage(page, `navigator.permissions.query({ name: '${name}' }).then(({ state }) => state)`)
    expect(await state('camera')).toBe('granted')
    for (const name of ['microphone', 'geolocation', 'clipboard-read']) expect(await state(name), name).not.toBe('granted')
  })

  it('answers calls and refuses what the contract refuses', async () => {
    expect(field(await expectOk(page, 'state.get', {}), 'lifecycle')).toBe('fresh')
    expect((await call(page, 'no.such', {})).status).toBe(404)
    expect((await call(page, 'setup.create', { name: '' })).status).toBe(400)
  })

  it('tells the page the state at once and at every change, until it no longer listens', async () => {
    await page.evaluate(() => {
      const seen: string[] = []
      const end = coffer.onLive((message) => { if (message.topic === 'state') seen.push(message.value.lifecycle) })
      Object.assign(globalThis, { seen, end })
    })
    await page.waitForFunction(() => (globalThis as unknown as { seen: string[] }).seen.includes('fresh'))
    const created = await expectOk(page, 'setup.create', { name: 'desktop', drives: desktop.drives, shares: 3, threshold: 2 })
    const cards = field(created, 'cards')
    if (!Array.isArray(cards)) throw new Error('no cards')
    shares.push(...cards.map((card) => String(field(card, 'card'))))
    await page.waitForFunction(() => (globalThis as unknown as { seen: string[] }).seen.includes('unverified'))
    expect(trayShape((await desktop.shows('a lock', ({ tray }) => trayShape(tray?.image) === 'lock')).tray?.image)).toBe('lock')
    for (const share of shares.slice(0, 2)) await expectOk(page, 'unseal.submitShare', { share })
    await page.waitForFunction(() => (globalThis as unknown as { seen: string[] }).seen.includes('serving'))
    await page.evaluate(() => { (globalThis as unknown as { end: () => void }).end() })
    const shown = await desktop.shows('a ring', ({ tray }) => trayShape(tray?.image) === 'ring')
    expect(shown.tray?.tooltip).toBe('Coffer "desktop": Ready')
    expect(shown.applicationMenu).toContain('Coffer')
  })

  it('carries the bytes of objects both ways over its own scheme', async () => {
    await expectOk(page, 'buckets.create', { name: 'files' })
    const result = await page.evaluate(async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(60_000))
      const path = `app://local/files/files/${encodeURIComponent('a folder/ü #1.bin')}`
      const bare = await fetch(path, { method: 'PUT', body: bytes })
      const put = await fetch(path, { method: 'PUT', body: bytes, headers: { 'x-coffer-csrf': '1', 'x-coffer-size': String(bytes.length), 'content-type': 'application/octet-stream' } })
      const got = await fetch(path)
      const back = new Uint8Array(await got.arrayBuffer())
      const part = await fetch(path, { headers: { range: 'bytes=10-19' } })
      return {
        bare: bare.status, put: put.status, got: got.status, isSame: back.length === bytes.length && back.every((byte, index) => byte === bytes[index]),
        part: part.status, partSize: (await part.arrayBuffer()).byteLength, nosniff: got.headers.get('x-content-type-options'),
        missing: (await fetch('app://local/files/files/none')).status,
      }
    })
    expect(result).toMatchObject({ put: 200, got: 200, isSame: true, part: 206, partSize: 10, nosniff: 'nosniff', missing: 404 })
    expect(result.bare).not.toBe(200)
  })

  it('saves an object with a click on a link that says so, and nothing else', async () => {
    const click = (href: string): Promise<unknown> => inPage(page, `{
      const link = Object.assign(document.createElement('a'), { href: ${JSON.stringify(href)}, download: 'saved.bin' })
      document.body.append(link)
      link.click()
      link.remove()
    }`)
    await click('data:text/html,x')
    await desktop.shows('the refusal', ({ refused }) => refused.includes('download data:text/html,x'))
    await click(`/files/files/${encodeURIComponent('a folder/ü #1.bin')}`)
    expect((await desktop.shows('the saved file', ({ saved }) => saved.length > 0)).saved).toEqual([{ name: 'saved.bin', sizeBytes: 60_000 }])
  })

  it('copies the S3 address, and redraws the tray for a dark panel', async () => {
    await desktop.control('clickMenu', { id: 'copy-address' })
    await desktop.shows('the address', ({ clipboard }) => /^https:\/\/.+:\d+$/.test(clipboard))
    await desktop.control('setDark', { isDark: true })
    expect((await desktop.control('snapshot')).tray?.image).toMatch(/ring-dark\.png$/)
    await desktop.control('setDark', { isDark: false })
  })

  it('keeps serving without a window, and says so once', async () => {
    await desktop.closeWindow()
    const shown = await desktop.shows('the notification', ({ notifications }) => notifications.length === 1)
    expect(shown.windows).toEqual([])
    expect(shown.notifications[0]?.title).toBe('Coffer keeps serving')
    expect(shown.tray?.tooltip).toBe('Coffer "desktop": Ready')
    await desktop.control('clickTray')
    await desktop.shows('a window again', ({ windows }) => windows.length === 1)
    page = await desktop.page()
    expect(field(await expectOk(page, 'state.get', {}), 'lifecycle')).toBe('serving')
    await desktop.closeWindow()
    expect((await desktop.control('snapshot')).notifications).toHaveLength(1)
  })

  it('shows its window when it is started a second time, and that second one ends', async () => {
    const second = new DesktopUnderTest(desktop.folder)
    expect(await second.ended).toBe(0)
    await desktop.shows('the window', ({ windows }) => windows.length === 1)
    page = await desktop.page()
  })

  it('asks before it seals, with what that means, and leaves the store open when the answer is no', async () => {
    await desktop.control('clickMenu', { id: 'seal' })
    const shown = await desktop.shows('the question', ({ questions }) => questions.length === 1)
    expect(shown.questions[0]).toMatchObject({ message: 'Seal the store?', buttons: ['Cancel', 'Seal'], defaultId: 0, cancelId: 0 })
    expect(shown.questions[0]?.detail).toContain('needs 2 shares')
    expect(field(await expectOk(page, 'state.get', {}), 'lifecycle')).toBe('serving')
  })

  it('notifies of sealing once, and takes that back when the store is open again', async () => {
    await desktop.control('blurWindow')
    await desktop.control('answerNext', { button: 'Seal' })
    await desktop.control('clickMenu', { id: 'seal' })
    const sealed = await desktop.shows('the lock', ({ tray, notifications }) => trayShape(tray?.image) === 'lock' && notifications.length === 2)
    expect(sealed.notifications[1]).toMatchObject({ title: 'Coffer "desktop" is sealed', isOpen: true })
    for (const share of shares.slice(1)) await expectOk(page, 'unseal.submitShare', { share })
    const open = await desktop.shows('the ring', ({ tray, notifications }) => trayShape(tray?.image) === 'ring' && notifications[1]?.isOpen === false)
    expect(open.notifications).toHaveLength(2)
    expect(JSON.stringify(open.notifications)).not.toContain('folder')
  })

  it('asks before it quits, then stops in order', async () => {
    await desktop.control('clickMenu', { id: 'quit' })
    const shown = await desktop.shows('the question', ({ questions }) => questions.length === 3)
    expect(shown.questions[2]?.message).toBe('Quit Coffer and seal the store?')
    await desktop.control('answerNext', { button: 'Quit' })
    await desktop.control('clickMenu', { id: 'quit' })
    expect(await desktop.ended, desktop.output).toBe(0)
  })

  it('comes back sealed, with the unseal screen, and opens with the shares', async () => {
    const again = new DesktopUnderTest(desktop.folder)
    try {
      const newPage = await again.page()
      await newPage.getByTestId('unseal.share').first().waitFor()
      expect(trayShape((await again.shows('a lock', ({ tray }) => trayShape(tray?.image) === 'lock')).tray?.image)).toBe('lock')
      for (const share of shares.slice(0, 2)) await expectOk(newPage, 'unseal.submitShare', { share })
      expect(field(await expectOk(newPage, 'state.get', {}), 'lifecycle')).toBe('serving')
    } finally {
      expect(await again.stop(), again.output).toBe(0)
    }
  })

  it('says in a box why it could not start, for people who see no terminal', async () => {
    const wrong = new DesktopUnderTest(undefined, ['--s3', 'nonsense'])
    expect(await wrong.ended).toBe(64)
    expect(wrong.output).toContain('--s3 nonsense is not host:port')
    expect(wrong.output).toContain('error box: Coffer could not start')
    wrong.remove()
  })
})
