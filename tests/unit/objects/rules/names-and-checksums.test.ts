// The other pure rules: names, limits, ETags and checksums of multipart objects. Known answers are published ones.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findBucketNameFault, isBucketName } from '../../../../src-main/objects/rules/bucket-name.ts'
import { chooseChecksumType, combineChecksums, isSameChecksum } from '../../../../src-main/objects/rules/checksum-rules.ts'
import { userMetadataSize } from '../../../../src-main/objects/rules/content-limits.ts'
import { multipartEtag, partCountOf } from '../../../../src-main/objects/rules/multipart-etag.ts'
import { findNameFault } from '../../../../src-main/objects/rules/object-name.ts'
import { plainDigest } from '../../../support/plain-digests.ts'

describe('bucket names', () => {
  it.each([
    '', 'ab', 'a'.repeat(64), 'Bucket', 'bücket', 'a_b', '-ab', 'ab-', '.ab', 'ab.', 'a..b', 'a.-b', 'a-.b', '192.168.1.1', 'xn--abc', 'sthree-x', 'x-s3alias', 'x--ol-s3',
    'minio', 'coffer', 'a/b', 'a b', 'ab\n', '..', 'abc\0',
  ])('refuses %j', (name) => {
    expect(isBucketName(name)).toBe(false)
  })

  it.each(['abc', 'a'.repeat(63), '1.2.3', 'my.bucket-1', 'probe-bsign-abc', '192.168.1.1.x', 'minio-data', '000'])('takes %j', (name) => {
    expect(isBucketName(name)).toBe(true)
  })

  it.each([
    ['Photos', 'bad-character'], ['a'.repeat(64), 'too-long'], ['-photos', 'bad-end'], ['photos-', 'bad-end'], ['a..b', 'bad-dots'],
    ['ab', 'too-short'], ['10.0.0.1', 'ip-address'], ['minio', 'reserved'], ['xn--photos', 'reserved'],
  ] as const)('says what is wrong with %s', (name, fault) => {
    expect(findBucketNameFault(name)).toBe(fault)
  })
})

describe('object names', () => {
  it.each([
    ['', 'invalid-object-name'], ['a\0b', 'invalid-object-name'], ['\ud800', 'invalid-object-name'], ['a'.repeat(1025), 'object-name-too-long'],
    ['é'.repeat(513), 'object-name-too-long'], ['\u{1f600}'.repeat(257), 'object-name-too-long'],
  ])('refuses a bad one', (name, expected) => {
    expect(findNameFault(name)).toBe(expected)
  })

  it.each(['a', '/', '//', '.', '..', 'a//b', 'a/', '../../etc/passwd', ' ', '\u0001', '\\', 'a'.repeat(1024), 'é'.repeat(512), '\u{1f600}'.repeat(256)])('takes any other', (name) => {
    expect(findNameFault(name)).toBeUndefined()
  })

  it('counts bytes as UTF-8 does', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 700 }), (name) => {
      const tooLong = Buffer.from(name).byteLength > 1024
      if (name !== '' && !name.includes('\0')) expect(findNameFault(name)).toBe(tooLong ? 'object-name-too-long' : undefined)
    }))
  })
})

describe('user metadata', () => {
  it('is measured in bytes of names and values', () => {
    expect(userMetadataSize({ ab: 'cde', 'é': '\u{1f600}' })).toBe(5 + 6)
  })
})

describe('the ETag of a multipart object', () => {
  it('is not made of anything but MD5s', () => {
    expect(() => multipartEtag(['abc'])).toThrow('MD5')
  })

  it('is the well-known one for a single empty part', () => {
    expect(multipartEtag(['d41d8cd98f00b204e9800998ecf8427e'])).toBe('59adb24ef3cdbe0297f05b395827453f-1')
  })

  it('tells how many parts there were', () => {
    expect(partCountOf('59adb24ef3cdbe0297f05b395827453f-10000')).toBe(10_000)
    expect(partCountOf('d41d8cd98f00b204e9800998ecf8427e')).toBeUndefined()
  })
})

describe('checksums of multipart objects', () => {
  it.each([['crc64nvme', 'COMPOSITE'], ['sha1', 'FULL_OBJECT'], ['sha256', 'FULL_OBJECT']] as const)('%s cannot be %s', (algorithm, type) => {
    expect(chooseChecksumType(algorithm, type)).toBeUndefined()
  })

  it.each([
    ['crc64nvme', undefined, 'FULL_OBJECT'], ['crc64nvme', 'FULL_OBJECT', 'FULL_OBJECT'], ['crc32', undefined, 'COMPOSITE'], ['crc32c', undefined, 'COMPOSITE'],
    ['crc32', 'FULL_OBJECT', 'FULL_OBJECT'], ['crc32c', 'COMPOSITE', 'COMPOSITE'], ['sha1', undefined, 'COMPOSITE'], ['sha256', 'COMPOSITE', 'COMPOSITE'],
  ] as const)('%s asked for as %s is %s', (algorithm, asked, type) => {
    expect(chooseChecksumType(algorithm, asked)).toBe(type)
  })

  // Check values of the CRC catalogue for the text 123456789.
  it.each([['crc32', 'y/Q5Jg=='], ['crc32c', '4waSgw=='], ['crc64nvme', 'rosUhgp5mIg=']] as const)('%s of the whole is put together from its parts', (algorithm, value) => {
    const text = Buffer.from('123456789')
    for (let cut = 0; cut <= 9; cut++) {
      const parts = [text.subarray(0, cut), text.subarray(cut)].map((part) => ({ digest: plainDigest(algorithm, part), size: part.byteLength }))
      expect(combineChecksums(algorithm, 'FULL_OBJECT', parts)).toEqual({ algorithm, type: 'FULL_OBJECT', value })
    }
  })

  it('a composite one is the digest of the digests, counted', () => {
    const part = (text: string): { digest: Uint8Array; size: number } => ({ digest: plainDigest('sha256', Buffer.from(text)), size: text.length })
    const digests = Buffer.concat([part('ab').digest, part('c').digest])
    expect(combineChecksums('sha256', 'COMPOSITE', [part('ab'), part('c')]).value).toBe(`${Buffer.from(plainDigest('sha256', digests)).toString('base64')}-2`)
  })

  it('is compared by its value, with or without the count', () => {
    const actual = combineChecksums('sha1', 'COMPOSITE', [{ digest: plainDigest('sha1', Buffer.from('x')), size: 1 }])
    const [value = ''] = actual.value.split('-')
    expect([actual.value, value].every((announced) => isSameChecksum(announced, actual))).toBe(true)
    expect([`${value}-2`, 'AAAA', '', `${value.slice(0, -4)}AAA=`].some((announced) => isSameChecksum(announced, actual))).toBe(false)
  })
})
