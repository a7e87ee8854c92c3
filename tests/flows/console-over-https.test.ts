// The built program over HTTPS and WebSocket as browsers use it: set-up, several people opening it, objects, a drive that goes away, and
// everything that strangers, foreign pages and stolen cookies try. Real drives in folders, no fakes.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatFilePath } from '../../src-main/contract/files.ts'
import { ConsoleBrowser, type BrowserOptions, type LiveView } from '../support/console-browser.ts'
import { TestAppliance } from '../support/test-appliance.ts'

const password = 'correct horse battery'
let store: TestAppliance
let cards: string[]

function browser(options: Partial<BrowserOptions> = {}): ConsoleBrowser {
  return new ConsoleBrowser({ port: store.consolePort, authority: readFileSync(store.authorityFile), ...options })
}

async function watch(viewer: ConsoleBrowser, headers: Record<string, string> = {}): Promise<LiveView> {
  const view = await viewer.watch(headers)
  if (typeof view === 'number') throw new Error(`the upgrade was refused with ${view}`)
  return view
}

async function signedIn(options: Partial<BrowserOptions> = {}): Promise<ConsoleBrowser> {
  const operator = browser(options)
  expect((await operator.call('operator.signIn', { password })).status).toBe(200)
  return operator
}

beforeAll(async () => {
  store = new TestAppliance({ drives: 4 })
  await store.start()
})
afterAll(async () => { await store.stop() })

describe('set-up from a browser', () => {
  it('is nobody\'s without the code of the machine', async () => {
    const stranger = browser()
    for (const name of ['setup.findDrives', 'setup.network', 'setup.draft.get', 'setup.startOver']) expect((await stranger.call(name)).value['code'], name).toBe('set-up-code-needed')
    expect((await browser({ setUpCode: 'AAAA-AAAA' }).call('setup.findDrives')).value['code']).toBe('wrong-set-up-code')
    expect((await stranger.call('state.get')).value).toEqual({ lifecycle: 'fresh', seen: 'fresh', setUp: { open: true }, signedIn: false })
  })

  it('chooses drives by what the engine says, keeps a draft, makes the cards', async () => {
    const setUpCode = String(((await store.call('setup.code', {})).value as { code: string }).code)
    const owner = browser({ setUpCode })
    const { candidates } = (await owner.call('setup.findDrives')).value as { candidates: { path: string; configured: boolean; usable: boolean }[] }
    expect(candidates.filter(({ configured, usable }) => configured && usable).map(({ path }) => path)).toEqual(store.drives)
    const layout = (await owner.call('setup.layout', { drives: store.drives, parity: 2 })).value as { options: { dataShards: number; readLosses: number; writeLosses: number }[] }
    expect(layout.options).toMatchObject([{ dataShards: 2, readLosses: 2, writeLosses: 1 }])
    expect((await owner.call('setup.network')).value).toMatchObject({ tls: 'lan-authority', listeners: [{ name: 's3', state: 'listening' }, { name: 'console', port: store.consolePort, state: 'listening' }] })
    const draft = { step: 'shares', name: 'studio', drives: store.drives, parity: 2 }
    await owner.call('setup.draft.save', { draft })
    await store.kill()
    await store.start()
    const again = browser({ setUpCode: String(((await store.call('setup.code', {})).value as { code: string }).code) })
    expect((await again.call('setup.draft.get')).value).toEqual({ draft })
    const made = await again.call('setup.create', { name: 'studio', drives: store.drives, parity: 2, shares: 3, threshold: 2, labels: ['owner', 'safe', 'notary'] })
    cards = (made.value['cards'] as { card: string }[]).map(({ card }) => card)
    expect(cards).toHaveLength(3)
    expect((await browser().call('state.get')).value).toMatchObject({ storeName: 'studio', lifecycle: 'unverified' })
  })

  it('is proven by two people at once, a wrong card between, both watching', async () => {
    const [one, two] = [browser({ userAgent: 'phone' }), browser({ userAgent: 'desk' })]
    const [first, second] = [await watch(one), await watch(two)]
    expect((await one.call('unseal.submitShare', { share: cards[0] })).value).toMatchObject({ verdict: 'accepted', status: { progress: 1, threshold: 2 } })
    await second.until('unsealing', () => second.last('state')?.lifecycle === 'unsealing')
    const typo = (cards[1] ?? '').slice(0, -3) + ((cards[1] ?? '').endsWith('aaa') ? 'bbb' : 'aaa')
    expect((await two.call('unseal.submitShare', { share: typo })).value['good']).toBe(false)
    expect((await two.call('unseal.submitShare', { share: cards[1] })).value['verdict']).toBe('opened')
    await first.until('serving', () => first.last('state')?.lifecycle === 'serving')
    expect(first.told.every(({ message }) => message.topic === 'state')).toBe(true)
    first.close()
    second.close()
  })

  it('ends with an administrator, and says what is so', async () => {
    const setUpCode = String(((await store.call('setup.code', {})).value as { code: string }).code)
    const owner = browser({ setUpCode })
    const finished = await owner.call('setup.finish', { operatorPassword: password, firstBucket: 'photos' })
    expect(finished.value).toMatchObject({ bucket: 'photos', checklist: { encrypted: true, provenShares: 2, shareCount: 3, tls: true, firstRequestSeen: false } })
    for (const name of ['setup.draft.get', 'setup.findDrives', 'setup.finish']) expect((await owner.call(name, { operatorPassword: password })).value['code'], name).toBe('administrator-exists')
  })
})

describe('the operator\'s console', () => {
  it('carries objects, and says how they lie on the drives', async () => {
    const operator = await signedIn()
    const [small, large] = [randomBytes(20_000), randomBytes(30 * 1024 * 1024 + 5)]
    const name = 'Ferien/../<b>ä".bin'
    expect((await operator.fetch('PUT', formatFilePath({ bucket: 'photos', name }), small, { 'content-type': 'image/png' })).status).toBe(200)
    const written = await operator.fetch('PUT', formatFilePath({ bucket: 'photos', name: 'large' }), large)
    expect(written.value['etag']).toBe(createHash('md5').update(large).digest('hex'))
    expect((await operator.fetch('GET', formatFilePath({ bucket: 'photos', name: 'large' }))).bytes.equals(large)).toBe(true)
    const part = await operator.fetch('GET', formatFilePath({ bucket: 'photos', name: 'large' }), undefined, { range: 'bytes=10000000-10000099' })
    expect([part.status, part.bytes.equals(large.subarray(10_000_000, 10_000_100))]).toEqual([206, true])
    const described = await operator.call('objects.describe', { bucket: 'photos', name })
    expect(described.value).toMatchObject({
      contentType: 'image/png', encryption: { mode: 'SSE-S3', keyName: 'coffer-default', packageBytes: 65_536 }, placement: { dataShards: 2, parityShards: 2, inline: true },
    })
    expect((await operator.call('objects.describe', { bucket: 'photos', name: 'large' })).value['placement']).toEqual({ dataShards: 2, parityShards: 2, inline: false })
    const view = await operator.fetch('GET', formatFilePath({ bucket: 'photos', name }, { view: true }))
    expect([view.headers['content-type'], view.headers['content-security-policy'], view.headers['x-content-type-options']]).toEqual(['image/png', expect.stringContaining('sandbox'), 'nosniff'])
    expect(view.headers['content-disposition']).toBe("inline; filename=\"_b___.bin\"; filename*=UTF-8''_b_%C3%A4_.bin")
    // The S3 client sees the same objects.
    expect((await store.client().get('photos', name))?.equals(small)).toBe(true)
    expect((await operator.call('objects.delete', { bucket: 'photos', names: [name, 'large'] })).value).toEqual({ deleted: 2, failed: [] })
  })

  it('turns encryption off and on for what comes after, and keeps that over a restart', async () => {
    const operator = await signedIn()
    expect((await operator.call('encryption.set', { encryptByDefault: false })).value).toEqual({ encryptByDefault: false, keyName: 'coffer-default' })
    await operator.fetch('PUT', formatFilePath({ bucket: 'photos', name: 'clear' }), 'x')
    expect((await operator.call('objects.describe', { bucket: 'photos', name: 'clear' })).value['encryption']).toMatchObject({ mode: 'none' })
    await operator.call('seal')
    for (const share of cards.slice(0, 2)) await operator.call('unseal.submitShare', { share })
    const again = await signedIn()
    expect((await again.call('encryption.get')).value['encryptByDefault']).toBe(false)
    expect((await again.call('encryption.set', { encryptByDefault: true })).value['encryptByDefault']).toBe(true)
  })

  it('shows a drive that went away within five seconds, without anybody doing anything', async () => {
    const view = await watch(await signedIn())
    await view.until('told the drives', () => view.last('drives')?.drives.length === 4)
    expect(view.last('state')?.seen).toBe('ready')
    store.removeDrive(2)
    const tookMs = await view.until('at risk', () => view.last('state')?.seen === 'at-risk' && view.last('drives')?.drives[2]?.state === 'out-of-service', 5000)
    expect(tookMs).toBeLessThan(5000)
    store.returnDrive(2)
    view.close()
  })

  it('tells a signed-in page nothing more after signing out or sealing, and lets it come back as a stranger', async () => {
    const operator = await signedIn()
    const view = await watch(operator)
    await operator.call('operator.signOut')
    await view.until('closed', () => view.closed !== undefined)
    expect(view.closed).toBe(4401)
    const other = await signedIn()
    const [mine, strangers] = [await watch(other), await watch(browser())]
    await other.call('seal')
    await mine.until('closed', () => mine.closed !== undefined)
    expect(mine.closed).toBe(4401)
    await strangers.until('sealed', () => strangers.last('state')?.lifecycle === 'sealed')
    expect(Object.keys(strangers.last('state') ?? {}).sort()).toEqual(['lifecycle', 'seen', 'setUp', 'signedIn', 'storeName'])
    strangers.close()
  })
})

describe('a sealed store', () => {
  it('tells strangers its name and that it is sealed, and nothing else', async () => {
    const stranger = browser()
    expect((await stranger.call('state.get')).value).toEqual({ storeName: 'studio', lifecycle: 'sealed', seen: 'sealed', setUp: { open: false }, signedIn: false })
    for (const name of ['drives.list', 'buckets.list', 'objects.list', 'connect.settings', 'encryption.get', 'seal', 'operator.replaceRoot']) expect((await stranger.call(name)).value['code'], name).toBe('not-signed-in')
    for (const name of ['setup.findDrives', 'setup.layout', 'setup.network', 'setup.draft.get', 'setup.create', 'setup.ownCertificate']) expect((await stranger.call(name)).value['code'], name).toBe('administrator-exists')
    expect((await stranger.fetch('GET', '/files/photos/clear')).value['code']).toBe('not-signed-in')
    expect((await stranger.call('operator.signIn', { password })).value['code']).toBe('sealed')
  })

  it('notices drives that are pulled and put back', async () => {
    const found = async (): Promise<unknown> => ((await store.call('drives.list', {})).value as { found: number }).found
    store.removeDrive(0)
    const began = performance.now()
    while ((await found()) !== 3 && performance.now() - began < 5000) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await found()).toBe(3)
    store.returnDrive(0)
    const returned = performance.now()
    while ((await found()) !== 4 && performance.now() - returned < 5000) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await found()).toBe(4)
  })

  it('slows down whoever guesses shares, not others', async () => {
    const guesser = browser({ from: '127.0.0.66' })
    const codes: unknown[] = []
    for (let guess = 0; guess < 12; guess++) codes.push((await guesser.call('unseal.submitShare', { share: `wrong ${guess}` })).status)
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429])
    for (const share of cards.slice(1)) await browser().call('unseal.submitShare', { share })
    expect((await browser().call('state.get')).value['lifecycle']).toBe('serving')
    await store.healed()
  })
})

describe('an open store', () => {
  it('slows down whoever guesses the password, not others', async () => {
    const guesser = browser({ from: '127.0.0.67' })
    const answers: number[] = []
    for (let guess = 0; guess < 5; guess++) answers.push((await guesser.call('operator.signIn', { password: `wrong ${guess}` })).status)
    expect(answers).toEqual([401, 401, 401, 429, 429])
    expect((await guesser.call('operator.signIn', { password })).headers['retry-after']).toMatch(/^\d+$/)
    await signedIn()
  })

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['the origin of a sandboxed frame', { origin: 'null' }],
    ['plain HTTP of the same host', { origin: 'http://127.0.0.1' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['a fetch of a sibling host', { 'sec-fetch-site': 'same-site' }],
    ['a name that was rebound to this address', { host: 'evil.example' }],
    ['no CSRF header', { 'x-coffer-csrf': undefined }],
  ])('refuses calls and uploads with %s, although the cookie is right', async (_title, headers: Record<string, string | undefined>) => {
    const operator = await signedIn()
    expect((await operator.call('buckets.create', { name: 'stolen' }, headers)).status).toBe(403)
    expect((await operator.fetch('PUT', '/files/photos/stolen', 'x', headers)).status).toBe(403)
    if (!('x-coffer-csrf' in headers)) {
      expect((await operator.fetch('GET', '/files/photos/clear', undefined, headers)).status).toBe(403)
      expect(await operator.watch(headers as Record<string, string>)).toBe(403)
    }
  })

  it('has a cookie that is useless elsewhere: from another address, in another browser, over another name', async () => {
    const operator = await signedIn({ userAgent: 'Firefox on the desk' })
    expect(operator.setCookie).toMatch(/^__Host-coffer=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/)
    for (const elsewhere of [{ from: '127.0.0.68', userAgent: 'Firefox on the desk' }, { userAgent: 'curl' }]) {
      const thief = browser(elsewhere)
      thief.cookie = operator.cookie
      expect((await thief.call('buckets.list')).value['code']).toBe('not-signed-in')
      expect((await thief.fetch('GET', '/files/photos/clear')).value['code']).toBe('not-signed-in')
      expect((await thief.call('state.get')).value).not.toHaveProperty('details')
      const view = await watch(thief)
      await view.until('told', () => view.last('state') !== undefined)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect(view.told.every(({ message }) => message.topic === 'state' && message.value.details === undefined)).toBe(true)
      view.close()
    }
    expect((await operator.call('buckets.list')).status).toBe(200)
  })

  it('may not be framed, sniffed or cached, on any of its answers', async () => {
    const operator = await signedIn()
    for (const [method, path] of [['GET', '/'], ['GET', '/assets/none.js'], ['POST', '/api/state.get'], ['POST', '/api/none'], ['GET', '/files/photos/clear'], ['GET', '/files/photos/none'], ['GET', '/coffer-ca.crt']] as const) {
      const { headers } = await operator.fetch(method, path, method === 'POST' ? '{}' : undefined, method === 'POST' ? { 'content-type': 'application/json' } : {})
      expect(headers['x-frame-options'], path).toBe('DENY')
      expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'")
      expect(headers['x-content-type-options'], path).toBe('nosniff')
      expect(headers['cache-control'], path).toContain('no-store')
      expect(headers['access-control-allow-origin'], path).toBeUndefined()
    }
  })

  it('lets one address watch sixteen times, and others still', async () => {
    const viewers = browser({ from: '127.0.0.69' })
    const open = await Promise.all(Array.from({ length: 16 }, () => watch(viewers)))
    expect(await viewers.watch()).toBe(503)
    const other = await watch(browser())
    await other.until('told', () => other.last('state') !== undefined)
    for (const view of [...open, other]) view.close()
  })
})
