// The signatures that AWS publishes for S3 (Signature Version 4: header, presigned and chunked).
import { describe, expect, it } from 'vitest'
import { byteSourceOf } from '../../../../src-main/base/byte-stream.ts'
import type { Clock } from '../../../../src-main/base/clock.ts'
import { S3Error } from '../../../../src-main/s3/errors.ts'
import { AuthorizationReader } from '../../../../src-main/s3/signature/authorization-header.ts'
import { ChunkedBody } from '../../../../src-main/s3/signature/chunked-body.ts'
import { SigningKeys } from '../../../../src-main/s3/signature/signing-key.ts'
import { verifyRequest, type Authentication } from '../../../../src-main/s3/signature/verify-request.ts'
import { readHeaders } from '../../../../src-main/s3/wire/headers.ts'
import { parseRequestTarget } from '../../../../src-main/s3/wire/request-target.ts'
import { accessKeys } from '../s3-fixture.ts'

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const sent = Date.UTC(2013, 4, 24)
const authorizations = new AuthorizationReader()
const clockAt = (ms: number): Clock => ({ nowMs: () => ms, monotonicMs: () => 0, after: () => () => {} })
const virtualHost = 'examplebucket.s3.amazonaws.com'
const scope = '20130524/us-east-1/s3/aws4_request'

function verify(method: string, target: string, headers: Record<string, string>, nowMs = sent, region = 'us-east-1'): Authentication {
  const { canonicalPath, query } = parseRequestTarget(target, headers['host'] ?? '', ['s3.amazonaws.com'])
  const raw = Object.entries(headers).flat()
  return verifyRequest(
    { method, canonicalPath, query, headers: readHeaders(raw, 8192) },
    { accessKeys, signingKeys: new SigningKeys(), authorizations, clock: clockAt(nowMs), region },
  )
}

function signed(signature: string, headers: Record<string, string>): Record<string, string> {
  const all: Record<string, string> = { host: virtualHost, 'x-amz-date': '20130524T000000Z', ...headers }
  const names = Object.keys(all).sort().join(';')
  return { ...all, authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/${scope},SignedHeaders=${names},Signature=${signature}` }
}

function faultOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof S3Error ? error.fault : String(error)
  }
  return 'none'
}

const vectors: [title: string, method: string, target: string, headers: Record<string, string>, signature: string][] = [
  [
    'GET with a range',
    'GET',
    '/test.txt',
    { range: 'bytes=0-9', 'x-amz-content-sha256': emptyHash },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT of a name with a dollar sign',
    'PUT',
    '/test$file.text',
    {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET of a subresource without value',
    'GET',
    '/?lifecycle',
    { 'x-amz-content-sha256': emptyHash },
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  ['GET of a list', 'GET', '/?max-keys=2&prefix=J', { 'x-amz-content-sha256': emptyHash }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
]
const presigned = (expires: string, signature: string): string =>
  `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F${scope.replaceAll('/', '%2F')}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`
const presignedSignature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'

describe('Signature Version 4', () => {
  it.each(vectors)('refuses a wrong signature and accepts the published one: %s', (_title, method, target, headers, signature) => {
    const wrong = `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`
    expect(faultOf(() => verify(method, target, signed(wrong, headers)))).toBe('signature-mismatch')
    expect(verify(method, target, signed(signature, headers)).accessKey?.isRoot).toBe(true)
  })

  const [, method, target, headers, signature] = vectors[0] ?? ['', '', '', {}, '']
  it('refuses what is not signed, too old, for another region, or by an unknown key', () => {
    const good = signed(signature, headers)
    expect(faultOf(() => verify(method, target, { ...good, 'x-amz-acl': 'private' }))).toBe('headers-not-signed')
    expect(faultOf(() => verify(method, target, { ...good, authorization: (good['authorization'] ?? '').replace('host;', '') }))).toBe('headers-not-signed')
    expect(faultOf(() => verify(method, target, good, sent + 15 * 60_000 + 1))).toBe('request-too-skewed')
    expect(faultOf(() => verify(method, target, good, sent - 15 * 60_000 - 1))).toBe('request-too-skewed')
    expect(faultOf(() => verify(method, target, good, sent, 'eu-central-1'))).toBe('authorization-malformed')
    expect(faultOf(() => verify(method, target, { ...good, authorization: (good['authorization'] ?? '').replace('AKIA', 'AKIB') }))).toBe('invalid-access-key')
    expect(faultOf(() => verify(method, target, { ...good, 'x-amz-content-sha256': 'abc' }))).toBe('signature-mismatch')
    const { 'x-amz-content-sha256': _, ...without } = good
    expect(faultOf(() => verify(method, target, without))).toBe('invalid-request')
    expect(verify(method, target, good, sent + 15 * 60_000).accessKey).toBeDefined()
  })

  it.each(['', 'AWS AKID:sig', 'AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00', 'Bearer x'])(
    'refuses the authorization header %j',
    (authorization) => {
      expect(['authorization-malformed', 'invalid-request']).toContain(
        faultOf(() => verify(method, target, { host: virtualHost, 'x-amz-date': '20130524T000000Z', authorization })),
      )
    },
  )

  it('names the right region, so that clients correct themselves', () => {
    try {
      verify(method, target, signed(signature, headers), sent, 'eu-central-1')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(S3Error)
      expect((error as S3Error).details['region']).toBe('eu-central-1')
    }
  })
})

describe('a presigned URL', () => {
  const host = { host: virtualHost }
  it('is refused when it is over, not yet valid, signed otherwise, or malformed', () => {
    expect(faultOf(() => verify('GET', presigned('86400', presignedSignature), host, sent + 86_400_001))).toBe('request-expired')
    expect(faultOf(() => verify('GET', presigned('86400', presignedSignature), host, sent - 15 * 60_000 - 1))).toBe('request-not-yet-valid')
    expect(faultOf(() => verify('GET', presigned('86401', presignedSignature), host))).toBe('signature-mismatch')
    expect(faultOf(() => verify('PUT', presigned('86400', presignedSignature), host))).toBe('signature-mismatch')
    for (const expires of ['604801', '-1', 'x', ''])
      expect(faultOf(() => verify('GET', presigned(expires, presignedSignature), host))).toBe('authorization-query-malformed')
    expect(faultOf(() => verify('GET', presigned('86400', presignedSignature), { ...host, 'x-amz-meta-a': 'b' }))).toBe('headers-not-signed')
    expect(faultOf(() => verify('GET', presigned('86400', presignedSignature), { ...host, authorization: 'AWS4-HMAC-SHA256 x' }))).toBe('invalid-request')
    expect(faultOf(() => verify('GET', '/test.txt?X-Amz-Signature=00', host))).toBe('authorization-query-malformed')
  })

  it('is accepted while it lasts', () => {
    expect(verify('GET', presigned('86400', presignedSignature), host, sent + 86_400_000).accessKey).toBeDefined()
  })
})

describe('the published chunked uploads', () => {
  const base = {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  }
  const chunk = (size: number, signature: string): Buffer =>
    Buffer.concat([Buffer.from(`${size.toString(16)};chunk-signature=${signature}\r\n`), Buffer.alloc(size, 'a'), Buffer.from(size === 0 ? '' : '\r\n')])
  const drain = async (body: ChunkedBody): Promise<number> => {
    let size = 0
    for (;;) {
      const bytes = await body.next()
      if (bytes === undefined) return size
      size += bytes.byteLength
    }
  }
  const plain = [
    chunk(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
    chunk(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
    chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
  ]

  it('verify without trailer, and fail with one byte changed', async () => {
    const { payload } = verify(
      'PUT',
      '/examplebucket/chunkObject.txt',
      signed('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9', {
        ...base,
        'content-length': '66824',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      }),
    )
    if (payload.kind !== 'chunked') return expect.unreachable()
    const open = (bytes: Uint8Array): ChunkedBody => new ChunkedBody(byteSourceOf(bytes), { size: 66_560, signing: payload.signing, trailer: payload.trailer })
    const whole = Buffer.concat([...plain, Buffer.from('\r\n')])
    for (const at of [100, 65_536 + 85 + 60, whole.length - 10]) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 1
      await expect(drain(open(changed))).rejects.toMatchObject({ fault: 'signature-mismatch' })
    }
    const body = open(whole)
    expect(await drain(body)).toBe(66_560)
    expect(body.isVerified).toBe(true)
  })

  it('verify with a signed trailer, and fail with another value in it', async () => {
    const { payload } = verify(
      'PUT',
      '/examplebucket/chunkObject.txt',
      signed('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e', {
        ...base,
        'x-amz-trailer': 'x-amz-checksum-crc32c',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      }),
    )
    if (payload.kind !== 'chunked') return expect.unreachable()
    const frames = [
      chunk(65_536, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2'),
      chunk(1024, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7'),
      chunk(0, '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992'),
    ]
    const tail = (value: string): Buffer =>
      Buffer.from(`x-amz-checksum-crc32c:${value}\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n`)
    const open = (value: string): ChunkedBody =>
      new ChunkedBody(byteSourceOf(...frames, tail(value)), { size: 66_560, signing: payload.signing, trailer: payload.trailer })
    await expect(drain(open('sOO8/A=='))).rejects.toMatchObject({ fault: 'signature-mismatch' })
    const body = open('sOO8/Q==')
    expect(await drain(body)).toBe(66_560)
    expect(body.trailers.get('x-amz-checksum-crc32c')).toBe('sOO8/Q==')
  })
})
