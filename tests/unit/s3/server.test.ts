// The server over loopback with raw sockets: what broken or hostile clients send, and what they are told.
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { credentials, openFixture, sendRaw, signedHead, type Fixture } from './s3-fixture.ts'
import { sha256Hex, signV4 } from '../../support/sign-v4.ts'
import { untilTrue } from './until-true.ts'

let fixture: Fixture
const open = async (...options: Parameters<typeof openFixture>): Promise<Fixture> => {
  fixture = await openFixture(...options)
  await fixture.objects.createBucket('b')
  return fixture
}
afterEach(() => fixture.close())

const emptyHash = sha256Hex('')
const put = (body: string, headers: Record<string, string> = {}, extra: Record<string, string> = {}): string =>
  signedHead(fixture, 'PUT', '/b/name', sha256Hex(body), headers, { 'content-length': String(body.length), connection: 'close', ...extra })
const get = (path: string, query = '', headers: Record<string, string> = {}): string =>
  signedHead(fixture, 'GET', path, emptyHash, headers, { connection: 'close' }, query)
const stored = async (): Promise<string | undefined> => {
  const read = await fixture.objects.getObject({ bucket: 'b', name: 'name', condition: {} }, new AbortController().signal).catch(() => undefined)
  const first = await read?.body?.next()
  const second = await read?.body?.next()
  return read === undefined ? undefined : Buffer.concat([first ?? Buffer.alloc(0), second ?? Buffer.alloc(0)]).toString()
}

describe('a request that is no good HTTP', () => {
  it('is told so in XML', async () => {
    await open()
    const reply = await sendRaw(fixture.port, ['NONSENSE\r\n\r\n'])
    expect(reply).toMatchObject({ status: 400, code: 'BadRequest' })
    expect(reply.text).toMatch(/x-amz-request-id: [0-9a-f]{16}\r\n/)
  })

  it('is refused for headers beyond 8 KiB, and beyond what the parser takes', async () => {
    await open()
    expect(await sendRaw(fixture.port, [put('x', {}, { 'x-long': 'y'.repeat(9000) }), 'x'])).toMatchObject({
      status: 400,
      code: 'RequestHeaderSectionTooLarge',
    })
    expect(await sendRaw(fixture.port, [`GET / HTTP/1.1\r\nHost: h\r\nx-long: ${'y'.repeat(70_000)}\r\n\r\n`])).toMatchObject({
      status: 400,
      code: 'RequestHeaderSectionTooLarge',
    })
    expect(await stored()).toBeUndefined()
  })

  it('is refused for a broken path, with the error document complete', async () => {
    await open()
    const reply = await sendRaw(fixture.port, ['GET /b/%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'])
    expect(reply).toMatchObject({ status: 400, code: 'InvalidURI' })
    const id = /x-amz-request-id: ([0-9a-f]+)/.exec(reply.text)?.[1] ?? 'none'
    expect(reply.text).toContain(`<RequestId>${id}</RequestId><HostId>coffer</HostId></Error>`)
    expect(reply.text).toContain('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidURI</Code>')
  })
})

describe('authentication', () => {
  it('refuses strangers, wrong signatures and unknown keys, and shows what was to be signed', async () => {
    await open()
    expect(await sendRaw(fixture.port, ['GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'])).toMatchObject({ status: 403, code: 'AccessDenied' })
    const wrong = get('/b').replace(/Signature=../, (text) => `Signature=${text.endsWith('00') ? '11' : '00'}`)
    const reply = await sendRaw(fixture.port, [wrong])
    expect(reply).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    expect(reply.text).toContain('<CanonicalRequest>GET&#xA;/b')
    expect(await sendRaw(fixture.port, [get('/b').replace('AKIA', 'AKIB')])).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' })
  })

  it('says 503 with Retry-After while the store is sealed, whoever asks', async () => {
    await open({ objects: () => undefined })
    const reply = await sendRaw(fixture.port, ['GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'])
    expect(reply).toMatchObject({ status: 503, code: 'ServiceUnavailable' })
    expect(reply.text).toContain('Retry-After: 30')
  })
})

describe('an upload', () => {
  it('that ends early is incomplete and leaves nothing, whether the client waits or hangs up', async () => {
    await open()
    const head = put('hello world')
    expect(await sendRaw(fixture.port, [head, 'hello'], { halfClose: true })).toMatchObject({ status: 400, code: 'IncompleteBody' })
    await sendRaw(fixture.port, [head, 'hello'], { idleMs: 50 })
    await untilTrue(() => fixture.s3.requestsInFlight === 0)
    expect(await stored()).toBeUndefined()
  })

  it('whose bytes differ from their hash is refused', async () => {
    await open()
    expect(await sendRaw(fixture.port, [put('hello'), 'jello'])).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' })
    const md5 = createHash('md5').update('other').digest('base64')
    expect(await sendRaw(fixture.port, [put('hello', { 'content-md5': md5 }), 'hello'])).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await sendRaw(fixture.port, [put('hello', { 'content-md5': 'x' }), 'hello'])).toMatchObject({ status: 400, code: 'InvalidDigest' })
    expect(await stored()).toBeUndefined()
  })

  it('needs a length', async () => {
    await open()
    const head = signedHead(fixture, 'PUT', '/b/name', sha256Hex('x'), {}, { 'transfer-encoding': 'chunked', connection: 'close' })
    expect(await sendRaw(fixture.port, [head, '1\r\nx\r\n0\r\n\r\n'])).toMatchObject({ status: 411, code: 'MissingContentLength' })
  })

  it('that stalls is told so, and the connection ends', async () => {
    await open({ settings: { idleTimeoutMs: 1000 } })
    const reply = await sendRaw(fixture.port, [put('hello world'), 'hello'], { idleMs: 8000 })
    expect(reply).toMatchObject({ status: 400, code: 'RequestTimeout' })
    expect(reply.text).toContain('Connection: close')
  })

  it('waiting for 100 Continue is refused without it, and gets it when all is well', async () => {
    await open()
    const expecting = (path: string, headers: Record<string, string> = {}): string =>
      signedHead(fixture, 'PUT', path, sha256Hex('hello'), headers, { 'content-length': '5', expect: '100-continue', connection: 'close' })
    const refused = await sendRaw(fixture.port, [expecting('/nobucket/name')])
    expect(refused).toMatchObject({ status: 404, code: 'NoSuchBucket' })
    expect(refused.text).not.toContain('100 Continue')
    const reply = await sendRaw(fixture.port, [expecting('/b/name'), 'hello'], { pauseMs: 50 })
    expect(reply.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    const exists = await sendRaw(fixture.port, [expecting('/b/name', { 'if-none-match': '*' })])
    expect(exists).toMatchObject({ status: 412, code: 'PreconditionFailed' })
    expect(exists.text).toContain('<Condition>If-None-Match</Condition>')
  })

  it('refused early is answered before the connection closes, however much is still sent', async () => {
    await open()
    const size = 600_000
    const head = signedHead(fixture, 'PUT', '/nobucket/name', 'UNSIGNED-PAYLOAD', {}, { 'content-length': String(size) })
    const reply = await sendRaw(fixture.port, [head, Buffer.alloc(300_000), Buffer.alloc(300_000)])
    expect(reply).toMatchObject({ status: 404, code: 'NoSuchBucket' })
    expect(reply.text).toContain('Connection: close')
  })

  it('refused with a short body keeps its connection for the next request', async () => {
    await open()
    const refused = signedHead(fixture, 'PUT', '/nobucket/name', sha256Hex('hello'), {}, { 'content-length': '5' })
    const reply = await sendRaw(fixture.port, [refused, 'hello', put('hello'), 'hello'])
    expect(reply.text).toMatch(/^HTTP\/1\.1 404 [\s\S]*HTTP\/1\.1 200 OK/)
    expect(await stored()).toBe('hello')
  })

  it('in unsigned chunks is decoded, and its trailer checked', async () => {
    await open()
    const send = (crc: string) => {
      const body = `5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`
      const head = signedHead(
        fixture,
        'PUT',
        '/b/name',
        'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        {
          'x-amz-decoded-content-length': '11',
          'x-amz-trailer': 'x-amz-checksum-crc32',
          'content-encoding': 'aws-chunked',
        },
        { 'content-length': String(body.length), connection: 'close' },
      )
      return sendRaw(fixture.port, [head, ...(body.match(/[\s\S]{1,7}/g) ?? [])], { pauseMs: 1 })
    }
    expect(await send('AAAAAA==')).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await send('AAA')).toMatchObject({ status: 400, code: 'InvalidRequest' })
    expect(await stored()).toBeUndefined()
    const reply = await send('DUoRhQ==')
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('x-amz-checksum-crc32: DUoRhQ==\r\n')
    expect(reply.text).toContain('x-amz-server-side-encryption: AES256\r\n')
    expect(await stored()).toBe('hello world')
  })

  it('of nothing still has its chunks verified', async () => {
    await open()
    const send = (body: string) => {
      const head = signedHead(
        fixture,
        'PUT',
        '/b/name',
        'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        { 'x-amz-decoded-content-length': '0', 'x-amz-trailer': 'x-amz-checksum-crc32' },
        {
          'content-length': String(body.length),
          connection: 'close',
        },
      )
      return sendRaw(fixture.port, [head, body])
    }
    expect(await send('1\r\nx\r\n0\r\n\r\n')).toMatchObject({ status: 400, code: 'InvalidRequest' })
    expect(await send('0\r\n\r\n')).toMatchObject({ status: 400, code: 'MalformedTrailerError' })
    expect(await stored()).toBeUndefined()
    expect(await send('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')).toMatchObject({ status: 200 })
  })

  it('whose client goes away aborts what was begun', async () => {
    await open()
    let release = (): void => {}
    fixture.objects.before = () => new Promise((resolve) => (release = resolve))
    await sendRaw(fixture.port, [put('abc'), 'abc'], { idleMs: 60 })
    await untilTrue(() => fixture.s3.requestsInFlight === 0)
    expect(fixture.objects.aborted).toEqual(['name'])
    expect(fixture.summaries.at(-1)).toMatchObject({ operation: 'PutObject', bytesReceived: 0 })
    release()
  })
})

describe('load', () => {
  it('that arrives at once is begun at once: behind the last head, in the order of arrival', async () => {
    const seen: string[] = []
    await open({ objects: () => { seen.push('begun'); return fixture.objects } })
    fixture.server.on('request', ({ url }: { url?: string }) => seen.push(`arrived ${url ?? ''}`))
    await sendRaw(fixture.port, [get('/b/first').replace('connection: close', 'connection: keep-alive') + get('/b/second')])
    expect(seen).toEqual(['arrived /b/first', 'arrived /b/second', 'begun', 'begun'])
    expect(fixture.summaries.map(({ operation, status }) => `${operation ?? ''} ${status}`)).toEqual(['GetObject 404', 'GetObject 404'])
  })

  it('beyond the limit is told to slow down', async () => {
    await open({ settings: { requestsInFlightMax: 1 } })
    let release = (): void => {}
    fixture.objects.before = () => new Promise((resolve) => (release = resolve))
    const first = sendRaw(fixture.port, [put('hello'), 'hello'])
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    const second = await sendRaw(fixture.port, [get('/b')])
    expect(second).toMatchObject({ status: 503, code: 'SlowDown' })
    expect(second.text).toContain('Retry-After: 1')
    release()
    expect(await first).toMatchObject({ status: 200 })
  })

  it('of one slow Copy is borne with spaces, and its error comes inside the 200', async () => {
    await open({ settings: { patienceMs: 30 } })
    await sendRaw(fixture.port, [put('hello'), 'hello'])
    fixture.objects.before = () => new Promise((resolve) => setTimeout(resolve, 150))
    const copy = (source: string) =>
      sendRaw(fixture.port, [signedHead(fixture, 'PUT', '/b/copy', emptyHash, { 'x-amz-copy-source': source }, { 'content-length': '0', connection: 'close' })])
    const good = await copy('/b/name')
    expect(good.status).toBe(200)
    expect(good.text.match(/<\?xml/g)).toHaveLength(1)
    expect(good.text).toMatch(/\r\n \r\n[\s\S]*<CopyObjectResult/)
    const bad = await copy('/b/none')
    expect(bad).toMatchObject({ status: 200, code: 'NoSuchKey' })
  })
})

describe('a client that goes away while a slow Copy keeps it waiting', () => {
  it('aborts the copy and harms nobody else', async () => {
    await open({ settings: { patienceMs: 20 } })
    await sendRaw(fixture.port, [put('hello'), 'hello'])
    let release = (): void => {}
    fixture.objects.before = () => new Promise((resolve) => (release = resolve))
    await sendRaw(fixture.port, [signedHead(fixture, 'PUT', '/b/copy', emptyHash, { 'x-amz-copy-source': '/b/name' }, { 'content-length': '0' })], {
      idleMs: 60,
    })
    await untilTrue(() => fixture.s3.requestsInFlight === 0)
    await new Promise((resume) => setTimeout(resume, 60))
    release()
    expect(await sendRaw(fixture.port, [get('/b')])).toMatchObject({ status: 200 })
    expect(fixture.summaries.map(({ operation }) => operation)).toEqual(['PutObject', 'CopyObject', 'ListObjects'])
  })
})

describe('reading', () => {
  it('answers HEAD errors in headers, without a body', async () => {
    await open()
    const reply = await sendRaw(fixture.port, [signedHead(fixture, 'HEAD', '/b/none', emptyHash, {}, { connection: 'close' })])
    expect(reply.status).toBe(404)
    expect(reply.text).toContain('x-minio-error-code: NoSuchKey\r\nx-minio-error-desc: "The specified key does not exist."')
    expect(reply.text.endsWith('\r\n\r\n')).toBe(true)
  })

  it('honours ranges, and says the size when there is nothing in them', async () => {
    await open()
    await sendRaw(fixture.port, [put('hello world', { 'x-amz-meta-a': 'b' }), 'hello world'])
    const part = await sendRaw(fixture.port, [get('/b/name', '', { range: 'bytes=6-100' })])
    expect(part.text).toMatch(/^HTTP\/1\.1 206 [\s\S]*Content-Range: bytes 6-10\/11\r\nContent-Length: 5\r\n[\s\S]*\r\n\r\nworld$/)
    const none = await sendRaw(fixture.port, [get('/b/name', '', { range: 'bytes=11-' })])
    expect(none).toMatchObject({ status: 416, code: 'InvalidRange' })
    expect(none.text).toContain('Content-Range: bytes */11')
    expect(none.text).toContain('<ActualObjectSize>11</ActualObjectSize>')
    expect((await sendRaw(fixture.port, [get('/b/name', 'partNumber=1', { range: 'bytes=1-2' })])).code).toBe('InvalidRequest')
  })

  it('answers 304 with the ETag and no body', async () => {
    await open()
    await sendRaw(fixture.port, [put('hello'), 'hello'])
    const reply = await sendRaw(fixture.port, [get('/b/name', '', { 'if-none-match': '"5d41402abc4b2a76b9719d911017c592"' })])
    expect(reply.status).toBe(304)
    expect(reply.text).toContain('ETag: "5d41402abc4b2a76b9719d911017c592"\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT')
    expect(reply.text.endsWith('\r\n\r\n')).toBe(true)
  })

  it('lets a signed request override headers, but not break them', async () => {
    await open()
    await sendRaw(fixture.port, [put('hello'), 'hello'])
    const reply = await sendRaw(fixture.port, [get('/b/name', 'response-content-disposition=attachment%3B%20filename%3D%C3%A9&response-content-type=text%2Fx')])
    expect(reply.text).toContain('Content-Type: text/x\r\nContent-Disposition: attachment; filename=\xc3\xa9\r\n')
    expect((await sendRaw(fixture.port, [get('/b/name', 'response-content-type=a%0D%0Ax-evil%3A1')])).code).toBe('InvalidArgument')
  })

  it('gives user metadata back as it came, UTF-8 included', async () => {
    await open()
    const signed = signV4(credentials, { method: 'PUT', path: '/b/name', host: fixture.host, payloadHash: emptyHash, headers: { 'x-amz-meta-note': 'a  b' } })
    signed['x-amz-meta-note'] = 'a  b'
    expect(await sendRaw(fixture.port, [put('hello', { 'x-amz-meta-note': 'plain', 'content-type': 'text/plain' }), 'hello'])).toMatchObject({ status: 200 })
    const reply = await sendRaw(fixture.port, [signedHead(fixture, 'HEAD', '/b/name', emptyHash, {}, { connection: 'close' })])
    expect(reply.text).toContain('x-amz-meta-note: plain\r\n')
    expect(reply.text).toContain('Content-Type: text/plain\r\n')
    expect(reply.text).toContain('Content-Length: 5\r\n')
  })

  it('serves pipelined requests of one connection in order', async () => {
    await open()
    const head = (path: string, extra = {}) => signedHead(fixture, 'GET', path, emptyHash, {}, extra)
    const reply = await sendRaw(fixture.port, [head('/') + head('/b') + head('/none', { connection: 'close' })])
    expect(reply.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404'])
    expect(fixture.summaries.map(({ operation }) => operation)).toEqual(['ListBuckets', 'ListObjects', 'ListObjects'])
  })
})

describe('documents', () => {
  const post = (body: string, headers: Record<string, string>): string =>
    signedHead(fixture, 'POST', '/b', sha256Hex(body), headers, { 'content-length': String(Buffer.byteLength(body)), connection: 'close' }, 'delete=')
  const md5 = (body: string) => ({ 'content-md5': createHash('md5').update(body).digest('base64') })

  it('for deletion need a digest that fits, sound XML, and one to a thousand names', async () => {
    await open()
    const one = '<Delete><Object><Key>name</Key></Object></Delete>'
    const many = `<Delete>${'<Object><Key>n</Key></Object>'.repeat(1001)}</Delete>`
    expect(await sendRaw(fixture.port, [post(one, {}), one])).toMatchObject({ status: 400, code: 'InvalidRequest' })
    expect(await sendRaw(fixture.port, [post(one, md5('other')), one])).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await sendRaw(fixture.port, [post(one, { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }), one])).toMatchObject({ status: 400, code: 'BadDigest' })
    for (const body of [many, '<Delete/>', '<Delete><Object/></Delete>', one.slice(0, -3)]) {
      expect(await sendRaw(fixture.port, [post(body, md5(body)), body])).toMatchObject({ status: 400, code: 'MalformedXML' })
    }
    const long = 'x'.repeat(3_000_000)
    expect(await sendRaw(fixture.port, [post(long, md5(long))])).toMatchObject({ status: 400, code: 'MaxMessageLengthExceeded' })
    await sendRaw(fixture.port, [put('hello'), 'hello'])
    const reply = await sendRaw(fixture.port, [post(one, md5(one)), one])
    expect(reply.text).toContain('<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Deleted><Key>name</Key></Deleted></DeleteResult>')
    expect(await stored()).toBeUndefined()
  })
})

describe('lists', () => {
  it('page with opaque tokens and encode names only when asked', async () => {
    await open()
    for (const name of ['a/1', 'a/2', 'b c', 'd<e']) {
      await sendRaw(fixture.port, [
        signedHead(fixture, 'PUT', `/b/${name.replace(' ', '%20').replace('<', '%3C')}`, emptyHash, {}, { 'content-length': '0', connection: 'close' }),
      ])
    }
    const first = await sendRaw(fixture.port, [get('/b', 'delimiter=%2F&encoding-type=url&list-type=2&max-keys=2')])
    expect(first.text).toContain(
      '<KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>',
    )
    expect(first.text).toContain('<Key>b%20c</Key>')
    expect(first.text).toContain('<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>')
    const token = /<NextContinuationToken>(.*?)</.exec(first.text)?.[1] ?? ''
    const second = await sendRaw(fixture.port, [get('/b', `continuation-token=${token}&delimiter=%2F&list-type=2`)])
    expect(second.text).toContain('<Key>d&lt;e</Key>')
    expect(second.text).toContain('<IsTruncated>false</IsTruncated>')
    expect(await sendRaw(fixture.port, [get('/b', 'continuation-token=&list-type=2')])).toMatchObject({ status: 400, code: 'InvalidArgument' })
    const v1 = await sendRaw(fixture.port, [get('/b', 'marker=a%2F1&max-keys=1')])
    expect(v1.text).toContain('<NextMarker>a/2</NextMarker>')
    expect((await sendRaw(fixture.port, [get('/b', 'max-keys=0')])).text).toContain('<IsTruncated>false</IsTruncated>')
  })
})
