// Requests whose head announces no body: Node gives no body events for them, and yet each is answered and its connection kept.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { sha256Hex } from '../../support/sign-v4.ts'
import { KeptConnection } from './kept-connection.ts'
import { openFixture, sendRaw, signedHead, type Fixture } from './s3-fixture.ts'
import { untilTrue } from './until-true.ts'

const lingerMs = 2000
const emptyHash = sha256Hex('')
const emptyMd5 = '1B2M2Y8AsgTpgAmY7PhCfg=='

let clock: ManualClock
let fixture: Fixture
let connection: KeptConnection
let isSealed: boolean
beforeEach(async () => {
  isSealed = false
  // Requests are signed by the real time.
  clock = manualClock(Date.now())
  fixture = await openFixture({ clock, settings: { lingerMs, requestsInFlightMax: 2 }, objects: () => (isSealed ? undefined : fixture.objects) })
  await fixture.objects.createBucket('b')
  connection = new KeptConnection(fixture.port)
  expect(await connection.ask(`${head('PUT', '/b/name', {}, { 'content-length': '5' }, '', sha256Hex('hello'))}hello`)).toMatchObject({ status: 200 })
})
afterEach(async () => {
  connection.close()
  await fixture.close()
})

const head = (method: string, path: string, headers: Record<string, string> = {}, extra: Record<string, string> = {}, query = '', hash = emptyHash): string =>
  signedHead(fixture, method, path, hash, headers, extra, query)
const anonymous = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nHost: ${fixture.host}\r\n\r\n`
/** What a client may well send without a body. */
const usual = (method: string): string => (method === 'POST' ? head('POST', '/b', {}, {}, 'delete=') : head(method, '/b/name'))
const pathOf = (method: string): string => (method === 'POST' ? '/b?delete=' : '/b/name')
const wronglySigned = (method: string): string => usual(method).replace(/Signature=../, (text) => `Signature=${text.endsWith('00') ? '11' : '00'}`)

/** Whatever timer the last request left behind has rung by now, and the connection still serves. */
const expectKept = async (): Promise<void> => {
  await untilTrue(() => fixture.s3.requestsInFlight === 0)
  for (let turn = 0; turn < 10; turn++) clock.advance(lingerMs)
  isSealed = false
  expect(await connection.ask(head('GET', '/b'))).toMatchObject({ status: 200 })
}

describe.each(['GET', 'HEAD', 'DELETE', 'PUT', 'POST'])('a %s without a body keeps its connection', (method) => {
  const refusals: [string, () => string, number][] = [
    ['nobody signed it', () => anonymous(method, pathOf(method)), method === 'POST' ? 400 : 403],
    ['its signature is wrong', () => wronglySigned(method), 403],
    ['its key is unknown', () => usual(method).replace('AKIA', 'AKIB'), 403],
    ['its path is broken', () => anonymous(method, '/b/%zz'), 400],
  ]
  it.each(refusals)('when %s', async (_why, request, status) => {
    const reply = await connection.ask(request())
    expect(reply.status).toBe(status)
    expect(reply.text).not.toMatch(/^Connection: close/im)
    await expectKept()
  })

  it('when the store is sealed', async () => {
    isSealed = true
    const reply = await connection.ask(anonymous(method, pathOf(method)))
    expect(reply.status).toBe(503)
    expect(reply.text).toContain('Retry-After: 30')
    await expectKept()
  })
})

describe('reading and deleting', () => {
  it.each(['GET', 'HEAD', 'DELETE'])('%s in an unknown bucket keeps its connection', async (method) => {
    expect((await connection.ask(head(method, '/nobucket/name'))).status).toBe(404)
    await expectKept()
  })

  it.each([['an unknown name', '/b/none', {}, 404], ['an impossible range', '/b/name', { range: 'bytes=9-' }, 416], ['nothing new', '/b/name', { 'if-none-match': '"5d41402abc4b2a76b9719d911017c592"' }, 304]])(
    'GET and HEAD of %s keep it too',
    async (_what, path, headers, status) => {
      for (const method of ['GET', 'HEAD']) expect((await connection.ask(head(method, path, headers))).status).toBe(status)
      await expectKept()
    },
  )

  it('keeps it after success', async () => {
    expect((await connection.ask(head('GET', '/b/name'))).text).toMatch(/\r\n\r\nhello$/)
    await expectKept()
    expect(await connection.ask(head('HEAD', '/b/name'))).toMatchObject({ status: 200 })
    await expectKept()
    expect(await connection.ask(head('DELETE', '/b/name'))).toMatchObject({ status: 204 })
    await expectKept()
  })

  it('leaves no timer but those of the two sweeps, of idle connections and of stalled ones', async () => {
    await connection.ask(head('GET', '/b/none'))
    await connection.ask(wronglySigned('DELETE'))
    await connection.ask(head('HEAD', '/b/name'))
    await untilTrue(() => fixture.s3.requestsInFlight === 0)
    expect(clock.timersWaiting).toBeLessThanOrEqual(2)
  })
})

describe('what needs a body and announces none', () => {
  const digest = { 'content-md5': emptyMd5 }
  const chunked = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const inChunks = { 'x-amz-decoded-content-length': '5', 'x-amz-trailer': 'x-amz-checksum-crc32', ...digest }
  it.each<[string, () => string, number, string]>([
    ['a PUT', () => head('PUT', '/b/name'), 411, 'MissingContentLength'],
    ['a PUT in chunks', () => head('PUT', '/b/name', inChunks, {}, '', chunked), 400, 'IncompleteBody'],
    ['a deletion of many without a digest', () => head('POST', '/b', {}, {}, 'delete='), 400, 'InvalidRequest'],
    ['a deletion of many', () => head('POST', '/b', digest, {}, 'delete='), 400, 'MissingRequestBodyError'],
    ['a deletion of many in chunks', () => head('POST', '/b', inChunks, {}, 'delete=', chunked), 400, 'IncompleteBody'],
    ['the end of an upload', () => head('POST', '/b/name', {}, {}, 'uploadId=u'), 400, 'MalformedXML'],
  ])('%s is told so at once, and its connection kept', async (_what, request, status, code) => {
    const reply = await connection.ask(request())
    expect(reply).toMatchObject({ status, code })
    await expectKept()
    expect((await connection.ask(head('GET', '/b/name'))).text).toMatch(/\r\n\r\nhello$/)
  })

  it('a PUT that waits for 100 Continue is told so instead; what it may still send is not taken for a request', async () => {
    const reply = await connection.ask(head('PUT', '/b/name', {}, { expect: '100-continue' }))
    expect(reply).toMatchObject({ status: 411, code: 'MissingContentLength' })
    expect(reply.text).toMatch(/^Connection: close/im)
    await untilTrue(() => connection.isClosed)
  })
})

describe('what needs no body', () => {
  it('is done without a length', async () => {
    expect(await connection.ask(head('PUT', '/c'))).toMatchObject({ status: 200 })
    expect(await connection.ask(head('PUT', '/c/copy', { 'x-amz-copy-source': '/b/name' }))).toMatchObject({ status: 200 })
    expect(await connection.ask(head('POST', '/c/upload', {}, {}, 'uploads='))).toMatchObject({ status: 200 })
    await expectKept()
    expect((await connection.ask(head('GET', '/c/copy'))).text).toMatch(/\r\n\r\nhello$/)
  })
})

describe('a second request right behind', () => {
  it.each<[string, () => string]>([
    ['one that nobody signed', () => anonymous('GET', '/b')],
    ['one wrongly signed', () => wronglySigned('DELETE')],
    ['a HEAD of an unknown name', () => head('HEAD', '/b/none')],
    ['a PUT without a length', () => head('PUT', '/b/name')],
    ['a deletion of many without a document', () => head('POST', '/b', { 'content-md5': emptyMd5 }, {}, 'delete=')],
  ])('%s is answered', async (_first, first) => {
    const request = first()
    connection.send(request + head('GET', '/b/name'))
    expect((await connection.nextReply(request.startsWith('HEAD '))).status).toBeGreaterThanOrEqual(400)
    expect((await connection.nextReply()).text).toMatch(/\r\n\r\nhello$/)
    await expectKept()
  })

  it('is refused as the first while the store is sealed', async () => {
    isSealed = true
    connection.send(anonymous('GET', '/b/name') + anonymous('DELETE', '/b/name'))
    expect([(await connection.nextReply()).status, (await connection.nextReply()).status]).toEqual([503, 503])
    await expectKept()
  })

  it('with a body has its own bytes', async () => {
    const put = head('PUT', '/b/name', {}, { 'content-length': '5' }, '', sha256Hex('jello'))
    connection.send(`${anonymous('GET', '/b')}${put}jello`)
    expect(await connection.nextReply()).toMatchObject({ status: 403 })
    expect(await connection.nextReply()).toMatchObject({ status: 200 })
    expect((await connection.ask(head('GET', '/b/name'))).text).toMatch(/\r\n\r\njello$/)
  })
})

describe('refused before its head was read, a request ends its connection, without a wait', () => {
  const lastCode = (): string => (clock.advance(0), fixture.summaries.at(-1)?.code ?? '')

  it('when its headers are too long', async () => {
    expect((await connection.ask(head('GET', '/b/name', {}, { 'x-long': 'y'.repeat(9000) }))).text).toMatch(/^Connection: close/im)
    await untilTrue(() => lastCode() === 'RequestHeaderSectionTooLarge')
    await untilTrue(() => connection.isClosed)
  })

  it('when it is one too many', async () => {
    const release: (() => void)[] = []
    fixture.objects.before = () => new Promise((resolve) => release.push(resolve))
    const others = [1, 2].map(() => new KeptConnection(fixture.port))
    for (const other of others) other.send(`${head('PUT', '/b/other', {}, { 'content-length': '5' }, '', sha256Hex('other'))}other`)
    await untilTrue(() => release.length === 2)
    expect(await connection.ask(head('GET', '/b/name'))).toMatchObject({ status: 503, code: 'SlowDown' })
    await untilTrue(() => lastCode() === 'SlowDown')
    await untilTrue(() => connection.isClosed)
    for (const resume of release) resume()
    for (const other of others) expect(await other.nextReply()).toMatchObject({ status: 200 })
    for (const other of others) other.close()
  })

  it('and what came right behind it is not answered', async () => {
    const long = head('GET', '/b/name', {}, { 'x-long': 'y'.repeat(9000) })
    const reply = sendRaw(fixture.port, [long + head('GET', '/b')])
    await untilTrue(() => (clock.advance(0), fixture.summaries.some(({ code }) => code === 'RequestHeaderSectionTooLarge')))
    expect((await reply).text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400'])
    await untilTrue(() => fixture.s3.requestsInFlight === 0)
  })
})
