// The console over HTTP, as strangers, lured browsers, set-up helpers and operators meet it. Plain HTTP stands for TLS here: the edge is the same.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogFields } from '../../../src-main/base/logger.ts'
import { TaggedError } from '../../../src-main/base/tagged-error.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { openFakeAppliance, type FakeAppliance } from './fake-appliance.ts'
import { callHeaders, send, type Answer } from './http-client.ts'

let appliance: FakeAppliance
let clock: ManualClock
let server: Server
let port: number
let log: string[]
let renderer: string

const password = 'correct horse battery'

beforeEach(async () => {
  clock = manualClock()
  log = []
  const write = (message: string, fields?: LogFields): void => { log.push(message + JSON.stringify(fields ?? {})) }
  renderer = mkdtempSync(join(tmpdir(), 'coffer-page-'))
  mkdirSync(join(renderer, 'assets'))
  writeFileSync(join(renderer, 'index.html'), '<!doctype html>the page')
  writeFileSync(join(renderer, 'assets', 'app.js'), 'export {}')
  writeFileSync(join(renderer, 'secret.pem'), 'not for the page')
  appliance = openFakeAppliance({ clock, rendererFolder: renderer, logger: { debug: write, info: write, warn: write, error: write } })
  server = createServer()
  appliance.console.attach(server, 'network')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  appliance.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(renderer, { recursive: true })
})

const call = (name: string, input: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  send({ port }, `/api/${name}`, { method: 'POST', headers: callHeaders(headers), body: JSON.stringify(input) })
const locally = async (name: string, input: unknown = {}): Promise<Record<string, unknown>> => JSON.parse((await appliance.console.callLocally(name, JSON.stringify(input))).body) as Record<string, unknown>

async function setUp(): Promise<string[]> {
  const made = await locally('setup.create', { name: 'studio', drives: ['/mnt/1', '/mnt/2'], shares: 3, threshold: 2, labels: ['owner', 'safe'] })
  return (made['cards'] as { card: string }[]).map(({ card }) => card)
}

async function serve(): Promise<string[]> {
  const cards = await setUp()
  for (const share of cards.slice(0, 2)) await locally('unseal.submitShare', { share })
  await locally('setup.finish', { operatorPassword: password })
  return cards
}

async function signIn(): Promise<string> {
  const answer = await call('operator.signIn', { password })
  expect(answer.status).toBe(200)
  return String(answer.headers['set-cookie']).split(';')[0] ?? ''
}

describe('a call that is not from the console', () => {
  it.each([
    ['an unknown procedure', '/api/no.such', callHeaders(), 404, 'unknown-procedure'],
    ['a name of the prototype', '/api/constructor', callHeaders(), 404, 'unknown-procedure'],
    ['no CSRF header', '/api/state.get', { 'content-type': 'application/json' }, 403, 'missing-csrf-header'],
    ['the type of a form', '/api/state.get', callHeaders({ 'content-type': 'text/plain' }), 415, 'not-json'],
    ['the origin of another site', '/api/state.get', callHeaders({ origin: 'https://evil.example' }), 403, 'foreign-origin'],
    ['the origin of a sandbox', '/api/state.get', callHeaders({ origin: 'null' }), 403, 'foreign-origin'],
    ['a cross-site fetch', '/api/state.get', callHeaders({ 'sec-fetch-site': 'cross-site' }), 403, 'foreign-origin'],
    ['another port of this host as its origin', '/api/state.get', callHeaders({ host: 'studio.local:9001', origin: 'https://studio.local:9000' }), 403, 'foreign-origin'],
    ['a name that was rebound to this address', '/api/state.get', callHeaders({ host: 'evil.example:9001' }), 403, 'foreign-host'],
    ['what is no name', '/api/state.get', callHeaders({ host: 'studio@evil.example' }), 403, 'foreign-host'],
  ])('is refused with %s', async (_title, path, headers, status, code) => {
    const answer = await send({ port }, path, { method: 'POST', headers, body: '{}' })
    expect([answer.status, answer.value['code']]).toEqual([status, code])
    expect(Object.keys(answer.value)).toEqual(expect.arrayContaining(['code', 'message', 'hint']))
  })

  it('is answered when it comes under a name of its own', async () => {
    for (const host of ['studio', 'STUDIO.local:9001', '192.0.2.3:9001', '[2001:db8::1]:9001', 'localhost:9001']) {
      expect((await call('state.get', {}, { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' })).status, host).toBe(200)
    }
  })

  it('is refused by GET, and pages by POST', async () => {
    expect((await send({ port }, '/api/state.get', {})).status).toBe(405)
    expect((await send({ port }, '/', { method: 'POST', body: '' })).status).toBe(405)
  })
})

describe('a body', () => {
  it('that announces more than 1 MiB is refused unread', async () => {
    const answer = await send({ port }, '/api/state.get', { method: 'POST', headers: callHeaders({ 'content-length': String(1024 * 1024 + 1) }), raw: true })
    expect([answer.status, answer.value['code'], answer.headers['connection']]).toEqual([413, 'too-large', 'close'])
  })

  it('that turns out to be more than 1 MiB is refused', async () => {
    const answer = await new Promise<{ status: number }>((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', path: '/api/state.get', method: 'POST', headers: callHeaders({ 'transfer-encoding': 'chunked' }) }, (incoming) => {
        incoming.resume()
        resolve({ status: incoming.statusCode ?? 0 })
        outgoing.destroy()
      })
      outgoing.on('error', reject)
      for (let piece = 0; piece < 17; piece++) outgoing.write(' '.repeat(65_536))
    })
    expect(answer.status).toBe(413)
  })

  it('of a stranger is not read at all', async () => {
    await serve()
    const answer = await send({ port }, '/api/buckets.create', { method: 'POST', headers: callHeaders({ 'content-length': '1000' }), raw: true })
    expect([answer.status, answer.value['code']]).toEqual([401, 'not-signed-in'])
  })

  it.each([['no JSON', '{', 'bad-input'], ['another shape', '[]', 'bad-input'], ['a field that does not exist', '{"shaer":"x"}', 'bad-input'], ['a field of another type', '{"share":5}', 'bad-input']])('of %s is refused', async (_title, body, code) => {
    const answer = await send({ port }, '/api/unseal.submitShare', { method: 'POST', headers: callHeaders(), body })
    expect([answer.status, answer.value['code']]).toEqual([400, code])
  })

  it('that is refused is not quoted', async () => {
    const answer = await call('unseal.submitShare', { share: { deep: 'my-secret-share' }, extra: 'my-secret-share' })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('my-secret')
  })
})

describe('a stranger on the network', () => {
  it('sees name and seal state, and nothing of the drives', async () => {
    await setUp()
    const answer = await call('state.get')
    expect(answer.value).toEqual({ storeName: 'studio', lifecycle: 'unverified', seen: 'unverified', setUp: { open: true }, signedIn: false })
    expect((await locally('state.get'))['details']).toMatchObject({ drivesFound: 2, drivesExpected: 2 })
  })

  it('who enters a share learns nothing of the drives, nor of why a start failed', async () => {
    const cards = await serve()
    await locally('seal')
    const missing = '3 of 4 drives are missing. Connect more of them; they are noticed within seconds.'
    for (const [fault, message] of [['drives-missing', missing], ['not-written', ''], ['seal-record-damaged', '']] as const) {
      appliance.store.refusal = new TaggedError(fault, message)
      const answer = await call('unseal.submitShare', { share: cards[0] })
      expect([answer.status, answer.value], fault).toEqual([503, { code: 'not-serving', message: 'This is not possible now.', hint: 'At the Coffer computer, look at: coffer status' }])
    }
    appliance.store.refusal = new TaggedError('drives-missing', missing)
    expect(await locally('unseal.submitShare', { share: cards[0] })).toMatchObject({ code: 'drives-missing', message: missing })
    appliance.store.refusal = undefined
    appliance.store.startFails = { state: 'failed', stage: 'drives', reason: '3 of 4 drives hung' }
    await call('unseal.submitShare', { share: cards[0] })
    const opened = await call('unseal.submitShare', { share: cards[1] })
    expect(opened.value).toMatchObject({ verdict: 'opened', message: expect.stringContaining('could not start') as string })
    expect(opened.text).not.toContain('hung')
  })

  it('learns of an open store whether it serves, not that a drive is missing', async () => {
    await serve()
    const cookie = await signIn()
    const seen: unknown[] = []
    for (const health of ['ok', 'degraded', 'at-risk', 'read-only', 'offline'] as const) {
      appliance.store.storageHealth = health
      seen.push([(await call('state.get')).value['seen'], (await call('state.get', {}, { cookie })).value['seen']])
    }
    expect(seen).toEqual([['ready', 'ready'], ['ready', 'degraded'], ['ready', 'at-risk'], ['read-only', 'read-only'], ['offline', 'offline']])
  })

  it.each([
    'seal', 'drives.list', 'buckets.list', 'connect.settings', 'operator.replaceRoot', 'encryption.get', 'encryption.set',
    'objects.list', 'objects.describe', 'objects.delete', 'objects.upload.create', 'objects.upload.parts', 'objects.upload.complete', 'objects.upload.abort',
  ])('may not call %s', async (name) => {
    await serve()
    expect((await call(name)).value['code']).toBe('not-signed-in')
    expect((await call(name, {}, { cookie: `__Host-coffer=${'A'.repeat(43)}` })).value['code']).toBe('not-signed-in')
  })

  it.each(['setup.code', 'operator.setPassword'])('may not call %s, not even signed in', async (name) => {
    await serve()
    const cookie = await signIn()
    expect((await call(name, { password: 'another password' }, { cookie })).value['code']).toBe('only-on-this-machine')
  })

  it('may enter ten wrong shares a minute, then waits, while others go on', async () => {
    const cards = await setUp()
    for (let entry = 0; entry < 10; entry++) expect((await call('unseal.submitShare', { share: 'wrong' })).value['verdict']).toBe('not-a-share')
    const paused = await call('unseal.submitShare', { share: cards[0] })
    expect([paused.status, paused.value['code'], paused.headers['retry-after']]).toEqual([429, 'slow-down', '60'])
    expect((await call('unseal.reset')).status).toBe(429)
    expect((await locally('unseal.submitShare', { share: cards[0] }))['verdict']).toBe('accepted')
    clock.advance(60_000)
    expect((await call('unseal.submitShare', { share: cards[1] })).value['verdict']).toBe('opened')
  })

  it('is not slowed down by right shares', async () => {
    const cards = await setUp()
    for (let entry = 0; entry < 20; entry++) expect((await call('unseal.submitShare', { share: cards[0] })).value['good']).toBe(true)
  })
})

describe('set-up from another machine', () => {
  const wanted = { name: 'studio', drives: ['/mnt/1'], shares: 1, threshold: 1 }

  it('needs the code of the machine', async () => {
    expect((await call('setup.create', wanted)).value['code']).toBe('set-up-code-needed')
    expect((await call('setup.create', wanted, { 'x-coffer-setup-code': 'AAAA-AAAA' })).value['code']).toBe('wrong-set-up-code')
    expect(appliance.store.lifecycle.state).toBe('fresh')
  })

  it('allows few guesses', async () => {
    for (let guess = 0; guess < 5; guess++) await call('setup.create', wanted, { 'x-coffer-setup-code': `AAAA-AAA${guess}` })
    const answer = await call('setup.create', wanted, { 'x-coffer-setup-code': appliance.console.setUpCode })
    expect([answer.status, answer.value['code']]).toEqual([429, 'slow-down'])
    clock.advance(60_000)
    expect((await call('setup.create', wanted, { 'x-coffer-setup-code': appliance.console.setUpCode })).status).toBe(200)
  })

  it('goes through with it, typed in small letters, and not a second time', async () => {
    const code = { 'x-coffer-setup-code': ` ${appliance.console.setUpCode.toLowerCase().replace('-', '')} ` }
    expect((await call('setup.checkDrives', { paths: ['/mnt/full', '/mnt/folder'] }, code)).value['drives']).toMatchObject([{ usable: false, warnings: [{ code: 'not-empty' }] }, { usable: true, warnings: [{ code: 'folder' }] }])
    const cards = (await call('setup.create', wanted, code)).value['cards'] as { card: string; label: string; hex: string }[]
    expect(cards).toHaveLength(1)
    expect((await call('setup.finish', { operatorPassword: password }, code)).value['code']).toBe('sealed')
    expect((await call('unseal.submitShare', { share: cards[0]?.card })).value['verdict']).toBe('opened')
    const finished = await call('setup.finish', { operatorPassword: password, rootUser: 'studio-root', firstBucket: 'photos' }, code)
    expect(finished.value).toMatchObject({ root: { accessKeyId: 'studio-root' }, bucket: 'photos' })
    expect((finished.value['root'] as { secretAccessKey: string }).secretAccessKey).toHaveLength(40)
    expect((await call('setup.finish', { operatorPassword: password }, code)).value['code']).toBe('administrator-exists')
    expect((await call('setup.startOver', {}, code)).value['code']).toBe('administrator-exists')
    expect((await call('setup.create', wanted, code)).value['code']).toBe('administrator-exists')
  })

  it('may start over while no share was proven, and no longer afterwards', async () => {
    const code = { 'x-coffer-setup-code': appliance.console.setUpCode }
    await call('setup.create', wanted, code)
    expect((await call('setup.startOver', {}, code)).status).toBe(200)
    expect(appliance.store.lifecycle.state).toBe('fresh')
    const cards = (await call('setup.create', wanted, code)).value['cards'] as { card: string }[]
    await call('unseal.submitShare', { share: cards[0]?.card })
    const late = await call('setup.startOver', {}, code)
    expect([late.status, late.value['code']]).toEqual([409, 'wrong-state'])
  })

  it('refuses passwords and secrets that everybody tries first', async () => {
    const cards = await setUp()
    for (const share of cards.slice(0, 2)) await locally('unseal.submitShare', { share })
    for (const operatorPassword of ['minioadmin', 'aaaaaaaaaaaa', 'administrator']) expect((await locally('setup.finish', { operatorPassword }))['code']).toBe('weak-secret')
    expect((await locally('setup.finish', { operatorPassword: password, rootUser: 'minio', rootSecret: 'minioadmin' }))['code']).toBe('weak-secret')
    expect((await locally('setup.finish', { operatorPassword: 'short' }))['code']).toBe('bad-input')
    expect((await locally('setup.finish', { operatorPassword: password }))['root']).toEqual({ accessKeyId: 'CFFAKEROOT', secretAccessKey: 'made-by-the-appliance-made-by-the-applia' })
  })

  it('made by two at once gives one administrator', async () => {
    const cards = await setUp()
    for (const share of cards.slice(0, 2)) await locally('unseal.submitShare', { share })
    const answers = await Promise.all([locally('setup.finish', { operatorPassword: password }), locally('setup.finish', { operatorPassword: `${password} 2` })])
    expect(answers.filter((answer) => answer['code'] === 'administrator-exists')).toHaveLength(1)
  })
})

describe('signing in', () => {
  it('is refused while the store is closed, and while there is no password', async () => {
    const cards = await setUp()
    expect((await call('operator.signIn', { password })).value['code']).toBe('sealed')
    for (const share of cards.slice(0, 2)) await locally('unseal.submitShare', { share })
    expect((await call('operator.signIn', { password })).value['code']).toBe('no-administrator')
  })

  it('slows down more and more with wrong passwords', async () => {
    await serve()
    const waits: string[] = []
    for (let guess = 0; guess < 3; guess++) await call('operator.signIn', { password: 'wrong' })
    for (let guess = 0; guess < 4; guess++) {
      const paused = await call('operator.signIn', { password })
      expect(paused.value['code']).toBe('slow-down')
      waits.push(String(paused.headers['retry-after']))
      clock.advance(Number(paused.headers['retry-after']) * 1000)
      expect((await call('operator.signIn', { password: 'wrong' })).value['code']).toBe('wrong-password')
    }
    expect(waits).toEqual(['1', '2', '4', '8'])
    clock.advance(16_000)
    expect((await call('operator.signIn', { password })).status).toBe(200)
  })

  it('gives a cookie that only this host gets back over TLS', async () => {
    await serve()
    const answer = await call('operator.signIn', { password })
    expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-coffer=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/)])
    expect(answer.text).not.toMatch(/[\w-]{43}/)
  })

  it('opens the operator\'s procedures until signing out', async () => {
    await serve()
    const cookie = await signIn()
    expect((await call('buckets.create', { name: 'photos' }, { cookie })).status).toBe(200)
    expect((await call('buckets.list', {}, { cookie })).value['buckets']).toMatchObject([{ name: 'photos' }])
    expect((await call('state.get', {}, { cookie })).value).toMatchObject({ signedIn: true, details: { set: { readLossesLeft: 2 } } })
    const out = await call('operator.signOut', {}, { cookie })
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0')
    expect((await call('buckets.list', {}, { cookie })).value['code']).toBe('not-signed-in')
  })

  it('is good only where it was done: the cookie opens nothing in another browser', async () => {
    await serve()
    const answer = await call('operator.signIn', { password }, { 'user-agent': 'Firefox on the desk' })
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
    expect((await call('buckets.list', {}, { cookie, 'user-agent': 'Firefox on the desk' })).status).toBe(200)
    for (const elsewhere of [{ cookie }, { cookie, 'user-agent': 'curl' }]) expect((await call('buckets.list', {}, elsewhere)).value['code']).toBe('not-signed-in')
    expect((await call('buckets.list', {}, { cookie, 'user-agent': 'Firefox on the desk' })).status).toBe(200)
  })

  it('ends after a quarter of an hour without doing anything; pages that refresh themselves do not count', async () => {
    await serve()
    const cookie = await signIn()
    for (let minute = 0; minute < 14; minute++) {
      clock.advance(60_000)
      expect((await call('state.get', {}, { cookie })).value['signedIn']).toBe(true)
    }
    expect((await call('buckets.list', {}, { cookie })).status).toBe(200)
    clock.advance(14 * 60_000)
    await call('drives.list', {}, { cookie })
    clock.advance(60_000)
    expect((await call('state.get', {}, { cookie })).value['signedIn']).toBe(false)
  })

  it('ends after twelve hours at the latest', async () => {
    await serve()
    const cookie = await signIn()
    for (let step = 0; step < 12 * 6 - 1; step++) {
      clock.advance(10 * 60_000)
      expect((await call('buckets.list', {}, { cookie })).status).toBe(200)
    }
    clock.advance(10 * 60_000)
    expect((await call('buckets.list', {}, { cookie })).status).toBe(401)
  })

  it('ends with sealing', async () => {
    const cards = await serve()
    const cookie = await signIn()
    expect((await call('seal', {}, { cookie })).status).toBe(200)
    for (const share of cards.slice(1)) await call('unseal.submitShare', { share })
    expect((await call('state.get')).value['lifecycle']).toBe('serving')
    expect((await call('buckets.list', {}, { cookie })).status).toBe(401)
  })

  it('ends everywhere when the password is changed at the machine', async () => {
    await serve()
    const cookie = await signIn()
    await locally('operator.setPassword', { password: 'another password' })
    expect((await call('buckets.list', {}, { cookie })).status).toBe(401)
    expect((await call('operator.signIn', { password })).status).toBe(401)
    expect((await call('operator.signIn', { password: 'another password' })).status).toBe(200)
  })
})

describe('a refusal from below', () => {
  it.each([
    ['buckets.create', { name: 'photos' }, 409, 'bucket-exists'],
    ['buckets.create', { name: 'Photos!' }, 400, 'bad-bucket-name'],
    ['buckets.delete', { name: 'none' }, 404, 'no-such-bucket'],
    ['buckets.delete', { name: 'photos' }, 409, 'bucket-not-empty'],
    ['connect.settings', { client: 'aws', bucket: 'a$(reboot)b' }, 400, 'bad-bucket-name'],
    ['connect.settings', { client: 'netscape' }, 400, 'bad-input'],
    ['setup.create', { name: 'studio', drives: ['/mnt/1'], shares: 2, threshold: 1 }, 409, 'wrong-state'],
  ])('of %s %j is %i %s, in plain words', async (name, input, status, code) => {
    await serve()
    await locally('buckets.create', { name: 'photos' })
    await appliance.store.put('photos', 'a.jpg', Buffer.from('a'))
    const reply = await appliance.console.callLocally(name, JSON.stringify(input))
    const fault = JSON.parse(reply.body) as { code: string; message: string; hint: string }
    expect([reply.status, fault.code]).toEqual([status, code])
    expect(fault.message).toMatch(/^[A-Z].*\.|^The request/)
  })

  it('while sealed says how to open', async () => {
    await serve()
    await locally('seal')
    for (const name of ['buckets.list', 'operator.replaceRoot']) expect(await locally(name)).toMatchObject({ code: 'sealed', hint: 'Open it with: coffer unseal' })
  })

  it('that is a bug becomes a 500 with a request id, and neither reply nor log quote its message', async () => {
    await serve()
    appliance.store.bug = new Error('my-secret-share was not expected')
    const reply = await appliance.console.callLocally('buckets.list', '{}')
    const fault = JSON.parse(reply.body) as { code: string; requestId: string }
    expect([reply.status, fault.code]).toEqual([500, 'internal'])
    expect(log.join('\n')).toContain(fault.requestId)
    expect(reply.body + log.join('\n')).not.toContain('my-secret')
  })
})

describe('secrets', () => {
  it('never reach the log', async () => {
    const cards = await serve()
    await signIn()
    await call('unseal.submitShare', { share: cards[2] })
    await call('operator.signIn', { password: 'wrong password' })
    const logged = log.join('\n')
    for (const secret of [password, 'wrong password', ...cards, appliance.console.setUpCode]) expect(logged).not.toContain(secret)
  })
})

describe('what is not a call', () => {
  it('has strict headers on every answer', async () => {
    for (const path of ['/', '/nothing.here', '/api/state.get', '/health/live', '/coffer-ca.crt']) {
      const { headers } = await send({ port }, path)
      expect(headers['content-security-policy'], path).toContain("default-src 'self'")
      expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'")
      expect(headers['x-content-type-options'], path).toBe('nosniff')
      expect(headers['cache-control'], path).toBe('no-store')
      expect(headers['access-control-allow-origin'], path).toBeUndefined()
      expect(headers['strict-transport-security'], path).toBeUndefined()
    }
  })

  it('answers probes: alive always, ready only when reads are served', async () => {
    expect((await send({ port }, '/health/live')).status).toBe(200)
    expect((await send({ port }, '/health/ready')).status).toBe(503)
    await serve()
    expect((await send({ port }, '/health/ready')).status).toBe(200)
    appliance.store.storageHealth = 'read-only'
    expect((await send({ port }, '/health/ready')).status).toBe(200)
    appliance.store.storageHealth = 'offline'
    expect((await send({ port }, '/health/ready')).status).toBe(503)
  })

  it('gives the authority\'s certificate', async () => {
    const answer = await send({ port }, '/coffer-ca.crt')
    expect(answer.headers['content-type']).toBe('application/x-x509-ca-cert')
    expect(answer.text).toContain('BEGIN CERTIFICATE')
  })

  it('gives the page and its files, and nothing else of the machine', async () => {
    expect((await send({ port }, '/')).text).toContain('the page')
    expect((await send({ port }, '/buckets/photos')).text).toContain('the page')
    expect((await send({ port }, '/assets/app.js')).headers['content-type']).toContain('javascript')
    for (const path of ['/../../etc/passwd', '/..%2f..%2fetc/passwd.txt', '/secret.pem', '/assets/none.js', '/.env']) expect((await send({ port }, path)).status, path).toBe(404)
  })
})
