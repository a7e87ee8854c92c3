// The pure parsers and writers of the wire: what they refuse, then what they read.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { S3Error } from '../../../../src-main/s3/errors.ts'
import { readAnnouncedDigests, readTrailingChecksum } from '../../../../src-main/s3/wire/checksums.ts'
import { bareEtag, readReadConditions, readWriteConditions } from '../../../../src-main/s3/wire/conditions.ts'
import { formatContinuationToken, parseContinuationToken } from '../../../../src-main/s3/wire/continuation-token.ts'
import { parseCopySource } from '../../../../src-main/s3/wire/copy-source.ts'
import { formatBasicDate, parseBasicDate } from '../../../../src-main/s3/wire/dates.ts'
import { digestDocument } from '../../../../src-main/s3/wire/document-digest.ts'
import { readHeaders, toHeaderValue, toText } from '../../../../src-main/s3/wire/headers.ts'
import { readPageLimit } from '../../../../src-main/s3/wire/listing.ts'
import { readDescribingHeaders, refuseEncryptionHeaders } from '../../../../src-main/s3/wire/object-headers.ts'
import { decodePercent, encodePercent } from '../../../../src-main/s3/wire/percent.ts'
import { parseQuery } from '../../../../src-main/s3/wire/query.ts'
import { parseCopyRange, parseRange } from '../../../../src-main/s3/wire/range.ts'
import { parseRequestTarget } from '../../../../src-main/s3/wire/request-target.ts'
import { childText, parseXml } from '../../../../src-main/s3/wire/xml-reader.ts'
import { element, escapeXml } from '../../../../src-main/s3/wire/xml-writer.ts'

function faultOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof S3Error ? error.fault : String(error)
  }
  return 'none'
}
const headers = (pairs: Record<string, string>) => readHeaders(Object.entries(pairs).flat(), 8192)
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

describe('percent-encoding', () => {
  it.each(['%', '%4', '%zz', '%G0', 'a%2', '%ff', '%c3%28', '%ed%a0%80'])('refuses %j', (text) => {
    expect(decodePercent(text, false)).toBeUndefined()
  })

  it('takes + for a space only in queries', () => {
    expect(decodePercent('a+b%2B', false)).toBe('a+b+')
    expect(decodePercent('a+b%2B', true)).toBe('a b+')
  })

  it('gives back any text that it encoded, with only unreserved characters in between', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
        fc.boolean(),
        (text, keepSlash) => {
          const encoded = encodePercent(text, keepSlash)
          expect(encoded).toMatch(keepSlash ? /^(?:[A-Za-z0-9\-_.~/]|%[0-9A-F]{2})*$/ : /^(?:[A-Za-z0-9\-_.~]|%[0-9A-F]{2})*$/)
          expect(decodePercent(encoded, true)).toBe(text)
        },
      ),
    )
  })
})

describe('the request target', () => {
  it.each([
    ['/%zz', 'invalid-uri'],
    ['/b/%00', 'invalid-uri'],
    ['/b/a%ffb', 'invalid-uri'],
    ['//name', 'invalid-uri'],
    ['*', 'invalid-uri'],
    ['/b?a=%4', 'invalid-uri'],
    [`/b?${'a&'.repeat(101)}`, 'invalid-uri'],
    [`/b/${'x'.repeat(1025)}`, 'object-name-too-long'],
    [`/b/${'%C3%A9'.repeat(513)}`, 'object-name-too-long'],
  ])('refuses %s', (target, fault) => {
    expect(faultOf(() => parseRequestTarget(target, 'h', []))).toBe(fault)
  })

  it.each([
    ['/', 'service', '', ''],
    ['//', 'service', '', ''],
    ['/b', 'bucket', 'b', ''],
    ['/b/', 'bucket', 'b', ''],
    ['/b//a', 'object', 'b', '/a'],
    ['/b/a/', 'object', 'b', 'a/'],
    ['/b/a/../c', 'object', 'b', 'a/../c'],
    ['/b/..', 'object', 'b', '..'],
    ['/b/a//b', 'object', 'b', 'a//b'],
    ['/b/a\\b', 'object', 'b', 'a\\b'],
    ['/b/a%2Fb%20c+d', 'object', 'b', 'a/b c+d'],
    ['/b/%C3%A9%F0%9F%98%80', 'object', 'b', 'é😀'],
    [`/b/${latin1('é')}`, 'object', 'b', 'é'],
    ['http://host:9000/b/a', 'object', 'b', 'a'],
    ['http://host', 'service', '', ''],
    [`/b/${'x'.repeat(1024)}`, 'object', 'b', 'x'.repeat(1024)],
  ])('reads %s', (target, level, bucket, name) => {
    expect(parseRequestTarget(target, 'localhost:9000', ['s3.example'])).toMatchObject({ level, bucket, name })
  })

  it('finds the bucket in the host only below a configured domain', () => {
    const place = (host: string) => parseRequestTarget('/x/y', host, ['s3.example'])
    expect(place('My.Bucket.S3.example:9000')).toMatchObject({ bucket: 'my.bucket', name: 'x/y' })
    for (const host of ['s3.example', 'bs3.example', '.s3.example', '127.0.0.1:9000', '[::1]:9000', 'other.example'])
      expect(place(host)).toMatchObject({ bucket: 'x', name: 'y' })
  })

  it('signs the decoded path encoded once', () => {
    expect(parseRequestTarget("/b/a%20b'(*)!+~%2f", 'h', []).canonicalPath).toBe('/b/a%20b%27%28%2A%29%21%2B~/')
  })
})

describe('queries', () => {
  it('keep order, repeats and names without value', () => {
    expect(parseQuery('acl&b=&a=1=2&a=%26')).toEqual([
      { name: 'acl', value: '' },
      { name: 'b', value: '' },
      { name: 'a', value: '1=2' },
      { name: 'a', value: '&' },
    ])
  })
})

describe('headers', () => {
  it('are refused when they are too many bytes, or name two hosts', () => {
    expect(faultOf(() => readHeaders(['a', 'x'.repeat(100)], 104))).toBe('header-block-too-large')
    expect(faultOf(() => readHeaders(['Host', 'a', 'host', 'b'], 8192))).toBe('bad-request')
    expect(readHeaders(['a', 'x'.repeat(100)], 105).get('a')).toHaveLength(100)
  })

  it('join repeats in arrival order and carry UTF-8 both ways', () => {
    expect(readHeaders(['X-A', '1', 'x-a', '2'], 8192).get('x-a')).toBe('1,2')
    expect(toText(latin1('é😀'))).toBe('é😀')
    expect(toText('\xe9')).toBe('\xe9')
    expect(toHeaderValue('é')).toBe('\xc3\xa9')
  })
})

describe('ranges', () => {
  it.each(['', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=1-2,4-5', 'bytes=5-4', 'items=1-2', 'bytes=1-2-3', 'bytes=--1'])('ignore %j', (value) => {
    expect(parseRange(value)).toBeUndefined()
    expect(faultOf(() => parseCopyRange(value))).toBe('invalid-argument')
  })

  it('come in three forms, of which copying takes one', () => {
    expect(parseRange('bytes=0-9')).toEqual({ form: 'from-to', from: 0, to: 9 })
    expect(parseRange('bytes=7-')).toEqual({ form: 'from', from: 7 })
    expect(parseRange('bytes=-0')).toEqual({ form: 'last', length: 0 })
    expect(faultOf(() => parseCopyRange('bytes=7-'))).toBe('invalid-argument')
    expect(parseCopyRange('bytes=7-7')).toEqual({ from: 7, to: 7 })
  })
})

describe('checksums', () => {
  it.each<[title: string, fault: string, pairs: Record<string, string>]>([
    ['an MD5 that is no base64', 'invalid-digest', { 'content-md5': 'x' }],
    ['an MD5 of wrong length', 'invalid-digest', { 'content-md5': 'AAAA' }],
    ['two checksums', 'checksum-request-invalid', { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-crc32c': '4waSgw==' }],
    ['a checksum and a trailer', 'checksum-request-invalid', { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-trailer': 'x-amz-checksum-crc32' }],
    ['a wrong length', 'checksum-request-invalid', { 'x-amz-checksum-sha1': 'y/Q5Jg==' }],
    ['an unknown algorithm', 'checksum-request-invalid', { 'x-amz-checksum-xxhash64': 'AAAA' }],
    ['an algorithm without value', 'checksum-request-invalid', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }],
    ['an algorithm that differs', 'checksum-request-invalid', { 'x-amz-sdk-checksum-algorithm': 'SHA1', 'x-amz-checksum-crc32': 'y/Q5Jg==' }],
    ['a trailer that is no checksum', 'checksum-request-invalid', { 'x-amz-trailer': 'x-amz-meta-a' }],
    ['several trailers', 'checksum-request-invalid', { 'x-amz-trailer': 'x-amz-checksum-crc32,x-amz-checksum-sha1' }],
  ])('refuse %s', (_title, fault, pairs) => {
    expect(faultOf(() => readAnnouncedDigests(headers(pairs), []))).toBe(fault)
  })

  it('come from headers, from a trailer, or from a presigned query', () => {
    const value = Buffer.from('y/Q5Jg==', 'base64')
    expect(readAnnouncedDigests(headers({ 'x-amz-checksum-crc32': 'y/Q5Jg==' }), []).checksum).toEqual({ algorithm: 'crc32', value: new Uint8Array(value) })
    expect(readAnnouncedDigests(headers({ 'x-amz-trailer': 'X-Amz-Checksum-CRC32', 'x-amz-sdk-checksum-algorithm': 'CRC32' }), []).checksum).toEqual({
      algorithm: 'crc32',
      value: undefined,
    })
    expect(readAnnouncedDigests(headers({}), parseQuery('x-amz-checksum-crc32=y%2FQ5Jg%3D%3D&x-amz-sdk-checksum-algorithm=CRC32')).checksum?.algorithm).toBe(
      'crc32',
    )
    expect(faultOf(() => readTrailingChecksum('crc32', new Map()))).toBe('malformed-trailer')
    expect(
      faultOf(() =>
        readTrailingChecksum(
          'crc32',
          new Map([
            ['x-amz-checksum-crc32', 'y/Q5Jg=='],
            ['b', 'c'],
          ]),
        ),
      ),
    ).toBe('malformed-trailer')
  })

  it('of documents equal the check values of their standards', () => {
    const base64 = (algorithm: Parameters<typeof digestDocument>[0], text: string): string =>
      Buffer.from(digestDocument(algorithm, Buffer.from(text))).toString('base64')
    expect(base64('crc32', '123456789')).toBe('y/Q5Jg==')
    expect(base64('crc32c', '123456789')).toBe('4waSgw==')
    expect(base64('crc64nvme', '123456789')).toBe('rosUhgp5mIg=')
    expect(base64('sha1', '123456789')).toBe('98O8HYCOBHMq32eZZczDTKeuNEE=')
    expect(base64('sha256', '123456789')).toBe('FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=')
    expect(base64('crc64nvme', '')).toBe('AAAAAAAAAAA=')
  })
})

describe('headers that describe an object', () => {
  it.each<[fault: string, pairs: Record<string, string>]>([
    ['not-implemented', { 'x-amz-acl': 'public-read' }],
    ['not-implemented', { 'x-amz-grant-read': 'id=1' }],
    ['not-implemented', { 'x-amz-tagging': 'a=b' }],
    ['not-implemented', { 'x-amz-server-side-encryption': 'aws:kms' }],
    ['invalid-argument', { 'x-amz-server-side-encryption': 'AES128' }],
    ['invalid-argument', { 'x-amz-server-side-encryption-aws-kms-key-id': 'k' }],
    ['not-implemented', { 'x-amz-server-side-encryption-customer-key': 'k' }],
    ['not-implemented', { 'x-amz-write-offset-bytes': '0' }],
    ['invalid-request', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    ['invalid-storage-class', { 'x-amz-storage-class': 'GLACIER' }],
    ['metadata-too-large', { 'x-amz-meta-a': 'x'.repeat(2048) }],
  ])('are refused with %s for %o', (fault, pairs) => {
    expect(faultOf(() => readDescribingHeaders(headers(pairs)))).toBe(fault)
  })

  it('are kept, without the framing that aws-chunked is', () => {
    const read = readDescribingHeaders(
      headers({
        'content-type': 'text/plain',
        'content-encoding': 'aws-chunked, gzip',
        'cache-control': 'no-cache',
        expires: 'never',
        'x-amz-acl': 'private',
        'x-amz-meta-__proto__': 'x',
        'X-Amz-Meta-Name': latin1('é'),
        'x-amz-server-side-encryption': 'AES256',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-meta-b': 'x'.repeat(2048 - 20),
      }),
    )
    expect(read.headers).toEqual({ contentType: 'text/plain', contentEncoding: 'gzip', cacheControl: 'no-cache', expires: 'never' })
    expect(Object.entries(read.userMetadata).slice(0, 2)).toEqual([
      ['__proto__', 'x'],
      ['name', 'é'],
    ])
    expect(read).toMatchObject({ storageClass: 'REDUCED_REDUNDANCY', encryption: { kind: 'SSE-S3' } })
    expect(readDescribingHeaders(headers({ 'content-encoding': 'aws-chunked' })).headers).toEqual({})
  })

  it('name no encryption on reads', () => {
    expect(faultOf(() => refuseEncryptionHeaders(headers({ 'x-amz-server-side-encryption': 'AES256' })))).toBe('bad-request')
    expect(faultOf(() => refuseEncryptionHeaders(headers({ 'x-amz-server-side-encryption-customer-algorithm': 'AES256' })))).toBe('not-implemented')
  })
})

describe('conditions', () => {
  it('on writes take only what can be kept', () => {
    expect(faultOf(() => readWriteConditions(headers({ 'if-none-match': '"abc"' })))).toBe('not-implemented')
    expect(faultOf(() => readWriteConditions(headers({ 'if-none-match': '*', 'if-match': 'a' })))).toBe('invalid-request')
    expect(readWriteConditions(headers({ 'if-none-match': ' * ' }))).toEqual({ ifNoneMatch: '*' })
    expect(readWriteConditions(headers({ 'if-match': '"abc"' }))).toEqual({ ifMatch: 'abc' })
  })

  it('on reads lose quotes, and dates that are none are ignored', () => {
    expect(bareEtag('W/"a"')).toBe('a')
    expect(readReadConditions(headers({ 'if-match': '*', 'if-modified-since': 'soon', 'if-unmodified-since': 'Fri, 24 May 2013 00:00:00 GMT' }), '')).toEqual({
      ifMatch: '*',
      ifUnmodifiedSinceMs: Date.UTC(2013, 4, 24),
    })
    expect(readReadConditions(headers({ 'if-match': 'a' }), 'x-amz-copy-source-')).toEqual({})
  })
})

describe('copy sources', () => {
  it.each(['', 'b', '/b', 'b/', '/', '//a', 'b/%zz', 'b/%00'])('refuse %j', (value) => {
    expect(faultOf(() => parseCopySource(value))).toBe('invalid-argument')
  })

  it('read names, versions and plus signs as they are', () => {
    expect(parseCopySource('/b/a%20b+c?versionId=null')).toEqual({ bucket: 'b', name: 'a b+c', versionId: 'null' })
    expect(parseCopySource('b/a?b')).toEqual({ bucket: 'b', name: 'a?b' })
    expect(parseCopySource(`b/${latin1('é')}`)).toEqual({ bucket: 'b', name: 'é' })
  })
})

describe('continuation tokens', () => {
  it('refuse what we did not write', () => {
    for (const token of ['', 'a', 'MQ', Buffer.from('2abc').toString('base64url'), '!!!', `${formatContinuationToken('a')}=`])
      expect(faultOf(() => parseContinuationToken(token))).toBe('invalid-argument')
  })

  it('carry any name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed()),
        (name) => {
          expect(parseContinuationToken(formatContinuationToken(name))).toBe(name)
        },
      ),
    )
  })
})

describe('page limits', () => {
  it('refuse what is no count, and cut what is too much', () => {
    for (const text of ['-1', 'x', '1.5', '2147483648'])
      expect(faultOf(() => readPageLimit(parseQuery(`max-keys=${text}`), 'max-keys'))).toBe('invalid-argument')
    expect([undefined, '0', '7', '5000'].map((text) => readPageLimit(text === undefined ? [] : parseQuery(`max-keys=${text}`), 'max-keys'))).toEqual([
      1000, 0, 7, 1000,
    ])
  })
})

describe('dates of signatures', () => {
  it.each(['', '20260102T030405', '20260102t030405Z', '2026010aT030405Z', '20261302T030405Z', '20260132T030405Z'])('refuse %j', (text) => {
    expect(parseBasicDate(text)).toBeUndefined()
  })

  it('read and write the same second', () => {
    expect(parseBasicDate('20260102T030405Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
    expect(formatBasicDate(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('20260102T030405Z')
  })
})

describe('XML', () => {
  const refuse = (text: string): string => faultOf(() => parseXml(Buffer.from(text), 'Delete'))
  it.each([
    '',
    'x',
    '<Delete>',
    '<Other/>',
    '<Delete><a></Delete>',
    '<Delete>&nbsp;</Delete>',
    '<!DOCTYPE Delete><Delete/>',
    '<!DOCTYPE d [<!ENTITY a "b">]><Delete>&a;</Delete>',
    '<Delete/><Delete/>',
    `<Delete>${'<a>'.repeat(40)}${'</a>'.repeat(40)}</Delete>`,
    `<Delete>${'<a/>'.repeat(130_000)}</Delete>`,
  ])('is refused: %.40s', (text) => {
    expect(refuse(text)).toBe('malformed-xml')
  })

  it('is refused when its bytes are no UTF-8', () => {
    expect(faultOf(() => parseXml(Buffer.from('<Delete>\xff</Delete>', 'latin1'), 'Delete'))).toBe('malformed-xml')
  })

  it('is read with any prefix, with a byte order mark, and with its white space', () => {
    const root = parseXml(Buffer.from('\ufeff<?xml version="1.0"?><s:Delete xmlns:s="x"><s:Key> a&amp;b&#10; <![CDATA[<c>]]></s:Key></s:Delete>'), 'Delete')
    expect(childText(root, 'Key')).toBe(' a&b\n <c>')
  })

  it('gives back any name that XML 1.0 can hold', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
        (text) => {
          fc.pre([...text].every((character) => (character >= ' ' ? !'\ufffe\uffff'.includes(character) : '\t\n\r'.includes(character))))
          expect(childText(parseXml(Buffer.from(`<Delete>${element('Key', text)}</Delete>`), 'Delete'), 'Key')).toBe(text)
        },
      ),
    )
    expect(escapeXml('a\x01\r')).toBe('a&#x1;&#xD;')
  })

  it('does not crash on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['none', 'malformed-xml']).toContain(refuse(`<Delete>${text}`))
      }),
    )
  })
})
