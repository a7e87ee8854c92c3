// Objects and their bytes over HTTP: who may, what comes back, and that nothing in a name or a type can do harm.
import { randomBytes } from 'node:crypto'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatFilePath } from '../../../src-main/contract/files.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { openFakeAppliance, type FakeAppliance } from './fake-appliance.ts'
import { callHeaders, send, type Answer } from './http-client.ts'

let appliance: FakeAppliance
let clock: ManualClock
let server: Server
let port: number
let cookie: string
const password = 'correct horse battery'
const csrf = { 'x-coffer-csrf': '1' }

beforeEach(async () => {
  clock = manualClock()
  appliance = openFakeAppliance({ clock })
  server = createServer()
  appliance.console.attach(server, 'network')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  const { cards } = await locally('setup.create', { name: 'studio', drives: ['/mnt/1'], shares: 1, threshold: 1 })
  await locally('unseal.submitShare', { share: (cards as { card: string }[])[0]?.card })
  await locally('setup.finish', { operatorPassword: password, firstBucket: 'photos' })
  const answer = await send({ port }, '/api/operator.signIn', { method: 'POST', headers: callHeaders(), body: JSON.stringify({ password }) })
  cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
})
afterEach(async () => {
  appliance.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const locally = async (name: string, input: unknown = {}): Promise<Record<string, unknown>> => JSON.parse((await appliance.console.callLocally(name, JSON.stringify(input))).body) as Record<string, unknown>
const call = (name: string, input: unknown): Promise<Answer> => send({ port }, `/api/${name}`, { method: 'POST', headers: callHeaders({ cookie }), body: JSON.stringify(input) })
const pathOf = (name: string): string => formatFilePath({ bucket: 'photos', name })
const get = (name: string, headers: Record<string, string> = {}, query = ''): Promise<Answer> => send({ port }, pathOf(name) + query, { headers: { cookie, ...headers } })
const put = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> => send({ port }, path, { method: 'PUT', headers: { cookie, ...csrf, ...headers }, body })

/** Streams both ways; gives the answer's status and bytes. */
function stream(method: string, path: string, body: Buffer | undefined, headers: Record<string, string> = {}): Promise<{ status: number; bytes: Buffer; incoming: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, method, headers: { cookie, ...csrf, ...headers }, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => { resolve({ status: incoming.statusCode ?? 0, bytes: Buffer.concat(chunks), incoming }) })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

describe('the bytes of an object', () => {
  it('are nobody\'s but the operator\'s', async () => {
    await appliance.store.put('photos', 'a', Buffer.from('secret bytes'))
    for (const headers of [{}, { cookie: `__Host-coffer=${'A'.repeat(43)}` }, { cookie, 'user-agent': 'another browser' }]) {
      const answer = await send({ port }, pathOf('a'), { headers })
      expect([answer.status, answer.value['code'], answer.text.includes('secret')]).toEqual([401, 'not-signed-in', false])
    }
  })

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }, 'foreign-origin'],
    ['an image in a foreign page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'foreign-origin'],
    ['a rebound name', { host: 'evil.example' }, 'foreign-host'],
  ])('are not given to %s', async (_title, headers, code) => {
    await appliance.store.put('photos', 'a', Buffer.from('x'))
    expect((await get('a', headers)).value['code']).toBe(code)
    expect((await put(pathOf('a'), 'y', headers)).value['code']).toBe(code)
  })

  it('are not taken without the header that a foreign page can not set', async () => {
    const answer = await send({ port }, pathOf('a'), { method: 'PUT', headers: { cookie }, body: 'x' })
    expect([answer.status, answer.value['code']]).toEqual([403, 'missing-csrf-header'])
  })

  it.each([
    ['no such object', pathOf('none'), 404, 'no-such-object'],
    ['no such bucket', '/files/nowhere/a', 404, 'no-such-bucket'],
    ['a path that names none', '/files/photos/', 400, 'bad-object-name'],
    ['a path that is no text', '/files/photos/%ff', 400, 'bad-object-name'],
  ])('are refused for %s', async (_title, path, status, code) => {
    const answer = await send({ port }, path, { headers: { cookie } })
    expect([answer.status, answer.value['code']]).toEqual([status, code])
  })

  it.each([
    ['a size that is none', { 'content-length': undefined, 'transfer-encoding': 'chunked' }, 'bad-input'],
    ['fewer bytes than announced', { 'x-coffer-size': '9' }, 'cut-off'],
    ['more bytes than announced', { 'x-coffer-size': '1' }, 'cut-off'],
    ['more than one request may bring', { 'x-coffer-size': String(6 * 2 ** 30) }, 'object-too-large'],
  ])('are refused with %s', async (_title, headers, code) => {
    const sent: Record<string, string> = { cookie, ...csrf }
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent[name] = value
    expect((await send({ port }, pathOf('a'), { method: 'PUT', headers: sent, body: 'four' })).value['code']).toBe(code)
    expect((await get('a')).status).toBe(404)
  })

  it('are not an object when the sender goes away in the middle', async () => {
    await new Promise<void>((resolve) => {
      const outgoing = request({ port, host: '127.0.0.1', path: pathOf('a'), method: 'PUT', headers: { cookie, ...csrf, 'content-length': '1000000' }, agent: false })
      outgoing.on('error', () => { resolve() })
      outgoing.write(Buffer.alloc(100_000), () => { setTimeout(() => outgoing.destroy(), 50) })
      outgoing.on('close', resolve)
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await get('a')).status).toBe(404)
  })

  it('refuse a sender who is told so although he sends much', async () => {
    const answer = await stream('PUT', '/files/nowhere/a', randomBytes(3_000_000))
    expect([answer.status, (JSON.parse(answer.bytes.toString()) as { code: string }).code]).toEqual([404, 'no-such-bucket'])
  })

  it('end for a sender who falls silent', async () => {
    const answer = new Promise<string>((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', path: pathOf('a'), method: 'PUT', headers: { cookie, ...csrf, 'content-length': '1000000' }, agent: false }, (incoming) => {
        incoming.on('data', (chunk: Buffer) => { resolve(chunk.toString()) })
        incoming.on('error', () => undefined)
      })
      outgoing.on('error', reject)
      outgoing.write('x')
    })
    for (let wait = 0; wait < 20; wait++) await new Promise((resolve) => setTimeout(resolve, 5))
    clock.advance(30_000)
    expect(await answer).toContain('cut-off')
  })

  it('come back as they went in, whatever the name', async () => {
    const bytes = randomBytes(5_000_001)
    for (const name of ['clip.mp4', '..', 'a/../b ?#%.bin', '~x', 'ä"\r\n</script>']) {
      const written = await stream('PUT', pathOf(name), bytes, { 'content-type': 'video/mp4' })
      expect(written.status, name).toBe(200)
      const read = await stream('GET', pathOf(name), undefined)
      expect(read.bytes.equals(bytes), name).toBe(true)
      expect(read.incoming.headers).toMatchObject({
        'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff', 'content-disposition': expect.stringMatching(/^attachment; /) as string,
        'content-security-policy': expect.stringContaining('sandbox') as string, etag: `"${(JSON.parse(written.bytes.toString()) as { etag: string }).etag}"`,
      })
    }
    expect((await call('objects.list', { bucket: 'photos', delimiter: '' })).value['objects']).toHaveLength(5)
  })

  it('are given in part, and not again when they are the same', async () => {
    await put(pathOf('a'), '0123456789')
    const part = await get('a', { range: 'bytes=2-4' })
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
    expect((await get('a', { range: 'bytes=20-' })).value['code']).toBe('bad-range')
    const etag = String(part.headers['etag'])
    expect((await get('a', { range: 'bytes=2-4', 'if-range': etag })).status).toBe(206)
    expect((await get('a', { range: 'bytes=2-4', 'if-range': `"${'0'.repeat(32)}"` })).text).toBe('0123456789')
    expect((await get('a', { 'if-none-match': etag })).status).toBe(304)
    expect((await get('a', { 'if-match': `"${'0'.repeat(32)}"` })).value['code']).toBe('object-changed')
    const head = await send({ port }, pathOf('a'), { method: 'HEAD', headers: { cookie } })
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '10', ''])
  })

  it('of no bytes are an object too', async () => {
    expect((await put(pathOf('empty'), '', { 'content-length': '0' })).status).toBe(200)
    expect((await get('empty')).headers['content-length']).toBe('0')
  })

  it('are shown only when they are asked for so, and as what runs nothing', async () => {
    await put(pathOf('page.html'), '<script>alert(1)</script>', { 'content-type': 'text/html' })
    const view = await get('page.html', {}, '?view=1')
    expect([view.headers['content-type'], view.headers['x-content-type-options']]).toEqual(['text/plain; charset=utf-8', 'nosniff'])
    expect((await get('page.html')).headers['content-type']).toBe('application/octet-stream')
  })

  it('are activity of the operator while they move, and stop with his session', async () => {
    await appliance.store.put('photos', 'big', randomBytes(8_000_000))
    const broken = new Promise<boolean>((resolve) => {
      const outgoing = request({ port, host: '127.0.0.1', path: pathOf('big'), headers: { cookie }, agent: false }, (incoming) => {
        incoming.pause()
        void locally('operator.setPassword', { password: 'another password' }).then(() => {
          clock.advance(11_000)
          incoming.on('error', () => { resolve(true) })
          incoming.on('end', () => { resolve(false) })
          incoming.resume()
        })
      })
      outgoing.on('error', () => { resolve(true) })
      outgoing.end()
    })
    expect(await broken).toBe(true)
  })
})

describe('a large upload', () => {
  const address = { bucket: 'photos', name: 'films/long.mkv' }
  const partPath = (uploadId: string, partNumber: number): string => formatFilePath(address, { part: { uploadId, partNumber } })

  it.each([['part=0&uploadId=x', 'bad-part'], ['part=10001&uploadId=x', 'bad-part'], ['part=1', 'bad-part'], ['uploadId=x', 'bad-part'], ['part=1&uploadId=x', 'no-such-upload']])('refuses a part named %s', async (query, code) => {
    expect((await put(`${pathOf('a')}?${query}`, 'x')).value['code']).toBe(code)
  })

  it('goes on where it was after a pause, and its parts become one object', async () => {
    const { uploadId } = (await call('objects.upload.create', { ...address, contentType: 'video/x-matroska' })).value as { uploadId: string }
    const bytes = randomBytes(5 * 1024 * 1024 + 3)
    const [first, second] = [bytes.subarray(0, 5 * 1024 * 1024), bytes.subarray(5 * 1024 * 1024)]
    const one = JSON.parse((await stream('PUT', partPath(uploadId, 1), first)).bytes.toString()) as { etag: string }
    expect((await call('objects.upload.parts', { ...address, uploadId })).value).toEqual({ parts: [{ part: 1, etag: one.etag, sizeBytes: first.byteLength }], truncated: false })
    const two = JSON.parse((await stream('PUT', partPath(uploadId, 2), second)).bytes.toString()) as { etag: string }
    expect((await call('objects.upload.complete', { ...address, uploadId, parts: [{ part: 1, etag: two.etag }] })).value['code']).toBe('bad-part')
    const parts = [{ part: 1, etag: one.etag }, { part: 2, etag: two.etag }]
    expect((await call('objects.upload.complete', { ...address, uploadId, parts })).value).toMatchObject({ sizeBytes: bytes.byteLength, etag: expect.stringMatching(/-2$/) as string })
    expect((await stream('GET', pathOf(address.name), undefined)).bytes.equals(bytes)).toBe(true)
    expect((await call('objects.describe', address)).value).toMatchObject({ parts: 2, contentType: 'video/x-matroska', encryption: { etagIs: expect.stringContaining('parts') as string } })
  })

  it('is gone when it is given up', async () => {
    const { uploadId } = (await call('objects.upload.create', address)).value as { uploadId: string }
    expect((await call('objects.upload.abort', { ...address, uploadId })).status).toBe(200)
    expect((await call('objects.upload.parts', { ...address, uploadId })).value['code']).toBe('no-such-upload')
  })
})

describe('the objects of a bucket', () => {
  it('are refused for what is no bucket', async () => {
    for (const [name, input] of [['objects.list', { bucket: 'none' }], ['objects.describe', { bucket: 'none', name: 'a' }], ['objects.delete', { bucket: 'none', names: ['a'] }]] as const) {
      expect((await call(name, input)).value['code']).toBe('no-such-bucket')
    }
  })

  it('are listed by folder, page by page', async () => {
    for (const name of ['2019/a', '2019/b', '2020/c', 'd', 'e']) await appliance.store.put('photos', name, Buffer.from(name))
    const first = await call('objects.list', { bucket: 'photos', limit: 3 })
    expect([first.value['folders'], (first.value['objects'] as { name: string }[]).map(({ name }) => name)]).toEqual([['2019/', '2020/'], ['d']])
    const second = await call('objects.list', { bucket: 'photos', limit: 3, after: first.value['next'] })
    expect(second.value).toMatchObject({ folders: [], objects: [{ name: 'e', sizeBytes: 1, storageClass: 'STANDARD' }] })
    expect(second.value['next']).toBeUndefined()
    expect((await call('objects.list', { bucket: 'photos', prefix: '2019/', delimiter: '' })).value['objects']).toHaveLength(2)
  })

  it('say how they were encrypted, read back from what is stored', async () => {
    await appliance.store.put('photos', 'a', Buffer.from('abc'))
    await call('encryption.set', { encryptByDefault: false })
    await appliance.store.put('photos', 'b', Buffer.from('abc'))
    expect((await call('objects.describe', { bucket: 'photos', name: 'a' })).value['encryption']).toEqual({
      mode: 'SSE-S3', algorithm: 'AES-256-GCM', keyName: 'coffer-default', keyVersion: 1, packageBytes: 65_536, etagIs: 'MD5 of the content',
      sealedKeyScheme: 'AES-256-GCM under HMAC-SHA256 of a data key, bound to bucket and name',
    })
    expect((await call('objects.describe', { bucket: 'photos', name: 'b' })).value['encryption']).toEqual({ mode: 'none', etagIs: 'MD5 of the content' })
    expect((await call('buckets.list', {})).value['buckets']).toMatchObject([{ name: 'photos', encryption: { mode: 'none', keyName: 'coffer-default' } }])
  })

  it('keep malicious names and metadata as mere text', async () => {
    const name = '<img src=x onerror=alert(1)>/"\u2028'
    const metadata = { __proto__x: 'x', constructor: '</script>', note: '\u202e"\r\n' }
    await appliance.store.put('photos', name, Buffer.from('x'), { userMetadata: metadata, headers: { contentType: 'text/html', cacheControl: 'x"' } })
    const answer = await call('objects.describe', { bucket: 'photos', name })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.value).toMatchObject({
      name, contentType: 'text/html', metadata: { 'x-amz-meta-constructor': '</script>', 'x-amz-meta-note': '\u202e"\r\n', 'x-amz-meta-__proto__x': 'x', 'cache-control': 'x"' },
    })
  })

  it('are deleted many at once, each refusal by its name', async () => {
    for (const name of ['a', 'b']) await appliance.store.put('photos', name, Buffer.from(name))
    const long = 'ä'.repeat(600)
    expect((await call('objects.delete', { bucket: 'photos', names: ['a', 'b', 'never was', long] })).value).toEqual({ deleted: 3, failed: [{ name: long, code: 'bad-object-name', message: 'The name is longer than 1024 bytes.' }] })
    expect((await call('objects.list', { bucket: 'photos' })).value['objects']).toEqual([])
    expect((await call('objects.delete', { bucket: 'photos', names: Array.from({ length: 1001 }, String) })).value['code']).toBe('bad-input')
  })
})

describe('the desktop window', () => {
  async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  async function* bytes(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }

  it('is refused in replies, never by an error', async () => {
    const { console } = appliance
    const refused = await Promise.all([
      console.handleLocally({ method: 'GET', path: pathOf('none'), headers: {}, body: undefined }),
      console.handleLocally({ method: 'PUT', path: pathOf('a'), headers: { 'content-length': '1' }, body: bytes('x') }),
      console.handleLocally({ method: 'DELETE', path: pathOf('a'), headers: {}, body: undefined }),
      console.handleLocally({ method: 'GET', path: '/api/state.get', headers: {}, body: undefined }),
    ])
    expect(refused.map(({ status }) => status)).toEqual([404, 403, 404, 404])
    expect(JSON.parse(await text(refused[1].body))).toMatchObject({ code: 'missing-csrf-header' })
  })

  it('puts and gets like a browser, without signing in', async () => {
    const { console } = appliance
    const written = await console.handleLocally({ method: 'PUT', path: pathOf('a'), headers: { ...csrf, 'x-coffer-size': '10' }, body: bytes('01234', '56789') })
    expect(JSON.parse(await text(written.body))).toEqual({ etag: expect.stringMatching(/^[0-9a-f]{32}$/) as string })
    const read = await console.handleLocally({ method: 'GET', path: pathOf('a'), headers: { range: 'bytes=1-3' }, body: undefined })
    expect([read.status, await text(read.body)]).toEqual([206, '123'])
  })

  it('gets the authority\'s certificate as a browser does', async () => {
    const answer = await send({ port }, '/coffer-ca.crt', {})
    const read = await appliance.console.handleLocally({ method: 'GET', path: '/coffer-ca.crt', headers: {}, body: undefined })
    expect([read.status, await text(read.body)]).toEqual([200, answer.text])
    for (const [name, value] of Object.entries(read.headers)) expect(answer.headers[name], name).toBe(value)
    const head = await appliance.console.handleLocally({ method: 'HEAD', path: '/coffer-ca.crt', headers: {}, body: undefined })
    expect([head.headers, await text(head.body)]).toEqual([read.headers, ''])
    expect((await appliance.console.handleLocally({ method: 'PUT', path: '/coffer-ca.crt', headers: csrf, body: undefined })).status).toBe(404)
  })

  it('gives its place back when it reads nothing of what it asked for', async () => {
    await appliance.store.put('photos', 'a', Buffer.from('0123456789'))
    for (let round = 0; round < 100; round++) {
      const reply = await appliance.console.handleLocally({ method: 'GET', path: pathOf('a'), headers: {}, body: undefined })
      expect(reply.status).toBe(200)
      await reply.body[Symbol.asyncIterator]().return?.()
      expect((await appliance.console.handleLocally({ method: 'HEAD', path: pathOf('a'), headers: {}, body: undefined })).status).toBe(200)
    }
  })
})
