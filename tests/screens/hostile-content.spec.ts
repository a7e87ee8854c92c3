// Everything a client writes is somebody's text: names, metadata, types, files. And pages of other places that want something of the console.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { ConsolePage } from '../support/console-page.ts'
import { startServedStore } from '../support/served-store.ts'
import type { TestAppliance } from '../support/test-appliance.ts'
import { issueLeaf, makeAuthority } from '../../src-main/trust/lan-authority.ts'
import { systemRandom } from '../../src-main/base/random.ts'

const script = 'window.__pwned=1'
const html = `<!doctype html><title>mine</title><script>${script};parent.__pwned=1</script><img src=x onerror="${script}">`
const names = [
  `<img src=x onerror=${script}>`,
  `"><script>${script}<`,
  `'-alert(1)-'`,
  `\${${script}}{{constructor.constructor('${script}')()}}`,
  `javascript:${script}`,
  `data:text/html,<script>${script}`,
  'invoice\u202egpj.exe',
  'two\nlines\r\tand a tab',
  ' edges ',
  '\u200bunseen\u200d',
  'page.html',
  'drawing.svg',
  `folder"><img src=x onerror=${script}>/inner<svg onload=${script}>`,
  `..%2f..%2fapi%2fseal`,
]
const folder = mkdtempSync(join(tmpdir(), 'coffer-hostile-'))
let store: TestAppliance
let person: ConsolePage
let dialogs = 0

test.describe.configure({ mode: 'serial' })
test.beforeAll(async ({ browser }) => {
  store = await startServedStore({ drives: 4 })
  const client = store.client()
  for (const name of names) {
    const type = name.endsWith('.svg') ? 'image/svg+xml' : 'text/html'
    await client.put('photos', name, Buffer.from(html), {
      'content-type': type, 'x-amz-meta-note': `<img src=x onerror=${script}>`, 'x-amz-meta-link': `javascript:${script}`, 'content-disposition': 'inline', 'content-encoding': 'identity',
    })
  }
  await client.put('photos', 'typed', Buffer.from(html), { 'content-type': `"><script>${script}</script>` })
  client.close()
  person = await ConsolePage.open(browser, store)
  person.page.on('dialog', (dialog) => {
    dialogs++
    void dialog.dismiss()
  })
  await person.signIn()
})
test.afterAll(async () => {
  await person.close()
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})
test.afterEach(async () => {
  expect(dialogs, 'a dialog came up').toBe(0)
  expect(await person.page.evaluate<boolean>('"__pwned" in window'), 'a script ran').toBe(false)
  expect(person.foreignRequests).toEqual([])
})

const origin = (): string => `https://127.0.0.1:${store.consolePort}`
const fileAddress = (name: string): string => `${origin()}/files/photos/${name.split('/').map(encodeURIComponent).join('/')}`

/** Neither made of the content nor loaded for it. */
async function expectOnlyText(): Promise<void> {
  await expect(person.page.locator('main').locator('script, img[src="x"], iframe, object, embed, a[href^="javascript:"], a[href^="data:"], [onerror], [onload]')).toHaveCount(0)
}

test('hostile names in the list are text, and nothing in them hides', async () => {
  const reply = await person.page.goto(`${origin()}/`)
  expect(reply?.headers()['content-security-policy']).toContain("default-src 'self'")
  expect(reply?.headers()['content-security-policy']).not.toContain('unsafe-eval')
  expect(reply?.headers()['x-content-type-options']).toBe('nosniff')
  await person.page.goto(`${origin()}/#/buckets/photos`)
  await expect(person.at('objects.row.0')).toBeVisible()
  await expect(person.at('objects.count')).toContainText(String(names.length + 1))
  const list = (await person.at('objects.list').innerText()).replaceAll('\n', ' ')
  expect(list).toContain(`<img src=x onerror=${script}>`)
  expect(list).toContain(`javascript:${script}`)
  // What turns the reading direction, or can't be seen, stands there as a mark.
  expect(list).toContain('U+202E')
  expect(list).toContain('U+000A')
  expect(list).not.toMatch(/[\u202e\u200b\u200d]/)
  await expectOnlyText()
  await person.picture('hostile-list')
  await person.expectAccessible('a list of hostile names')
})

test('every object opens its details: name, type and metadata are text', async () => {
  const rows = names.length + 1
  let described = 0
  for (let row = 0; row < rows; row++) {
    await person.page.goto('about:blank')
    await person.page.goto(`${origin()}/#/buckets/photos`)
    await person.at(`objects.row.${row}`).locator('.open').click()
    // A name with a slash is a folder first: the address says so.
    await expect.poll(async () => (await person.at('objects.receipt').isVisible()) || person.page.url().endsWith('/')).toBe(true)
    await expectOnlyText()
    if (!(await person.at('objects.details').isVisible())) continue
    described++
    if (await person.at('objects.metadata').isVisible()) await expect(person.at('objects.metadata')).toContainText(`<img src=x onerror=${script}>`)
  }
  // `folder` and `data:text/html,...` hold slashes.
  expect(described).toBeGreaterThanOrEqual(rows - 3)
  await person.picture('hostile-details')
})

test('search, addresses and the question before deleting take it as text too', async () => {
  await person.page.goto(`${origin()}/#/buckets/photos`)
  await person.at('objects.search').fill('<img src=x')
  await expect(person.at('objects.count')).toHaveText('1 name')
  await person.at('objects.row.0').locator('.tick').click()
  await person.at('objects.delete').click()
  await expect(person.at('objects.deleteMeans')).toBeVisible()
  await expectOnlyText()
  await person.at('objects.deleteCancel').click()
  await person.at('objects.search').fill(`<svg onload=${script}>`)
  await expect(person.at('objects.noMatch')).toBeVisible()
  await expectOnlyText()
  for (const path of [`/buckets/${encodeURIComponent(`<img src=x onerror=${script}>`)}/`, `/buckets/photos/${encodeURIComponent(`<svg onload=${script}>`)}/`, `/${encodeURIComponent(`"><script>${script}</script>`)}`]) {
    await person.page.goto('about:blank')
    await person.page.goto(`${origin()}/#${path}`)
    await expect(person.at('frame.state')).toBeVisible()
    await person.page.waitForTimeout(150)
    await expectOnlyText()
  }
})

test('an HTML or SVG object is a download, never a page of the console', async () => {
  await person.page.goto(`${origin()}/#/buckets/photos`)
  for (const name of ['page.html', 'drawing.svg', 'two\nlines\r\tand a tab', 'invoice\u202egpj.exe']) {
    for (const query of ['', '?view=1']) {
      const reply = await person.context.request.get(fileAddress(name) + query, { ignoreHTTPSErrors: true, headers: { 'user-agent': await person.page.evaluate<string>('navigator.userAgent') } })
      expect(reply.status(), name).toBe(200)
      const headers = reply.headers()
      // Asked for a look, text is shown as plain text and nothing else; an SVG not at all.
      const isText = query !== '' && !name.endsWith('.svg')
      expect(headers['content-disposition'], name).toMatch(isText ? /^inline;/ : /^attachment;/)
      expect(headers['content-disposition'], name).not.toMatch(/[\r\n\u202e]/)
      expect(headers['content-type'], name).toMatch(isText ? /^text\/plain\b/ : /^application\/octet-stream$/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['content-security-policy']).toContain('sandbox')
      expect(headers['content-security-policy']).toContain("default-src 'none'")
    }
  }
  const typed = person.page.waitForEvent('download')
  // Typed into the address line: a download ends the navigation.
  await person.page.goto(fileAddress('page.html')).catch(() => undefined)
  const saved = join(folder, 'page.html')
  await (await typed).saveAs(saved)
  expect(readFileSync(saved, 'utf8')).toBe(html)
  expect(person.page.url()).not.toContain('/files/')
  await person.page.goto(`${fileAddress('page.html')}?view=1`)
  expect(await person.page.evaluate<unknown>('({ type: document.contentType, origin, title: document.title })')).toEqual({ type: 'text/plain', origin: 'null', title: '' })
  expect(await person.page.evaluate<boolean>('"__pwned" in window')).toBe(false)
  await person.page.goto(`${origin()}/#/buckets/photos`)
  await person.page.getByText('page.html').first().click()
  const coming = person.page.waitForEvent('download')
  await person.at('objects.download').click()
  expect((await coming).suggestedFilename()).toBe('page.html')
  expect(person.page.url()).toContain('/#/buckets/photos')
})

/** A page on the same host under another port: to browsers the same site, so even a strict cookie comes along. */
async function startForeignPage(): Promise<{ server: Server; origin: string }> {
  const authority = await makeAuthority(Date.now(), systemRandom)
  const leaf = await issueLeaf(authority, ['127.0.0.1'], Date.now(), systemRandom)
  const server = createServer({ cert: leaf.certificate, key: leaf.privateKey }, (_, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/html' })
    outgoing.end(`<!doctype html><iframe id="console" src="${origin()}/" width="800" height="600"></iframe>
      <iframe name="answer"></iframe><form id="seal" method="post" target="answer" enctype="text/plain" action="${origin()}/api/seal"><input name='{"a":"' value='"}'></form>`)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return { server, origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Runs in the foreign page; gives what it could read. */
const tryEverything = `async (at) => {
  const said = []
  const attempts = [
    ['/api/buckets.create', { method: 'POST', body: '{"name":"stolen-1"}', headers: { 'content-type': 'application/json', 'x-coffer-csrf': '1' } }],
    ['/api/buckets.create', { method: 'POST', mode: 'no-cors', body: '{"name":"stolen-2"}', headers: { 'content-type': 'text/plain' } }],
    ['/api/seal', { method: 'POST', mode: 'no-cors', body: '{}' }],
    ['/api/state.get', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'x-coffer-csrf': '1' } }],
    ['/files/photos/stolen', { method: 'PUT', body: 'x', headers: { 'x-coffer-csrf': '1' } }],
    ['/files/photos/page.html', {}],
  ]
  for (const [path, init] of attempts) {
    // What the browser refuses throws: as it should be.
    const reply = await fetch(at + path, { ...init, credentials: 'include' }).catch(() => undefined)
    if (reply !== undefined && reply.type !== 'opaque') said.push(path + ': ' + (await reply.text()))
  }
  await new Promise((resolve) => {
    const line = new WebSocket(at.replace('https', 'wss') + '/api/live')
    line.onmessage = () => { said.push('live'); resolve() }
    line.onerror = resolve
    line.onclose = resolve
  })
  return said
}`

test('a page from elsewhere can neither frame the console nor call it, with the cookie of a signed-in operator', async () => {
  const foreign = await startForeignPage()
  const before = JSON.stringify((await store.call('buckets.list', {})).value)
  const page = await person.context.newPage()
  const refused: number[] = []
  let withCookie = 0
  page.on('response', (reply) => {
    if (!reply.url().startsWith(origin()) || reply.request().method() === 'GET') return
    refused.push(reply.status())
    void reply.request().headerValue('cookie').then((cookie) => { if (cookie !== null) withCookie++ })
  })
  try {
    await page.goto(foreign.origin)
    const framed = page.frames().find((frame) => frame.parentFrame() !== null && frame.name() !== 'answer')
    expect(await framed?.locator('[data-testid]').count()).toBe(0)
    expect(framed?.url()).not.toContain(origin())

    const reached = await page.evaluate<string[]>(`(${tryEverything})('${origin()}')`)
    expect(reached).toEqual([])
    await page.evaluate('document.getElementById("seal").submit()')
    await expect.poll(() => refused.length, { timeout: 5000 }).toBeGreaterThanOrEqual(1)
    expect(refused.filter((status) => status < 400)).toEqual([])
    // It was the console that refused, and not only the browser that kept the cookie.
    await expect.poll(() => withCookie).toBeGreaterThanOrEqual(1)
  } finally {
    await page.close()
    foreign.server.close()
    foreign.server.closeAllConnections()
  }
  expect(JSON.stringify((await store.call('buckets.list', {})).value)).toBe(before)
  expect((await store.state() as { readonly lifecycle: string }).lifecycle).toBe('serving')
  await person.page.goto(`${origin()}/#/drives`)
  await expect(person.at('drives.table')).toBeVisible()
})

test('the session, copied into another browser, opens nothing', async ({ browser }) => {
  const cookies = await person.context.cookies(origin())
  expect(cookies.map(({ name, httpOnly, secure, sameSite }) => ({ name, httpOnly, secure, sameSite }))).toEqual([{ name: '__Host-coffer', httpOnly: true, secure: true, sameSite: 'Strict' }])
  expect(await person.page.evaluate<string>('document.cookie')).toBe('')
  const other = await browser.newContext({ ignoreHTTPSErrors: true, userAgent: 'Mozilla/5.0 (another browser)' })
  try {
    await other.addCookies(cookies)
    const page = await other.newPage()
    await page.goto(`${origin()}/#/buckets/photos`)
    await expect(page.getByTestId('signIn')).toBeVisible()
    expect(await page.content()).not.toContain('page.html')
    const status = await page.evaluate<number>(`fetch('/api/buckets.list', { method: 'POST', headers: { 'content-type': 'application/json', 'x-coffer-csrf': '1' }, body: '{}' }).then(({ status }) => status)`)
    expect(status).toBe(401)
  } finally {
    await other.close()
  }
})
