// Vectors come from the published format facts of DARE 2.0 (docs/FORMAT.md, "encrypted stream"); they were made by other code.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  EncryptedStreamError,
  openedSize,
  openPackages,
  openStream,
  packagePlainBytes,
  packageRange,
  packageSealedBytes,
  sealedRange,
  sealedSize,
  sealPackages,
  sealStream,
} from '../../../src-main/crypto/encrypted-stream.ts'
import { GcmKey } from '../../../src-main/crypto/gcm.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const counting = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => from + i)
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value))
const nonce = counting(12)
const objectKey = hex('6a1d68abb8caa58db0a30aaececc9b7f57aeab8d107ed9fa64076a089630bca5')

describe('the encrypted stream refuses', () => {
  const key = GcmKey.copyOf(randomBytes(32))
  const plain = new Uint8Array(randomBytes(3 * packagePlainBytes + 77))
  const sealed = sealStream(key, nonce, plain)
  const fails = (bytes: Uint8Array): void => {
    expect(() => openStream(key, bytes)).toThrow(EncryptedStreamError)
  }

  it('any single changed byte of headers, ciphertext and tags', () => {
    const places = [0, 1, 2, 3, 4, 15, 16, 40_000, packageSealedBytes - 1, packageSealedBytes, packageSealedBytes + 4, packageSealedBytes + 9, sealed.length - 1]
    for (const place of places) {
      const damaged = sealed.slice()
      damaged[place] = (damaged[place] ?? 0) ^ 0x10
      fails(damaged)
    }
  })

  it('another key', () => {
    expect(() => openStream(GcmKey.copyOf(randomBytes(32)), sealed)).toThrow(EncryptedStreamError)
  })

  it('a stream cut off at every package border and inside packages', () => {
    for (const length of [packageSealedBytes, 2 * packageSealedBytes, 3 * packageSealedBytes, 10, 32, 33, sealed.length - 1]) fails(sealed.slice(0, length))
  })

  it('packages that changed places', () => {
    const swapped = sealed.slice()
    swapped.set(sealed.subarray(packageSealedBytes, 2 * packageSealedBytes), 0)
    swapped.set(sealed.subarray(0, packageSealedBytes), packageSealedBytes)
    fails(swapped)
  })

  it('anything after the last package', () => {
    const longer = new Uint8Array(sealed.length + packageSealedBytes)
    longer.set(sealed)
    longer.set(sealed.subarray(0, packageSealedBytes), sealed.length)
    fails(longer)
    const whole = sealStream(key, nonce, plain.subarray(0, packagePlainBytes))
    const twice = new Uint8Array(2 * whole.length)
    twice.set(whole)
    twice.set(whole, whole.length)
    fails(twice)
  })

  it('packages under a wrong number, and a last package taken for a middle one', () => {
    const into = new Uint8Array(packagePlainBytes)
    const second = sealed.subarray(packageSealedBytes, 2 * packageSealedBytes)
    expect(openPackages({ key, streamNonce: nonce, firstPackage: 1, last: false }, second, into)).toBe(packagePlainBytes)
    expect(() => openPackages({ key, streamNonce: nonce, firstPackage: 2, last: false }, second, into)).toThrow(EncryptedStreamError)
    expect(() => openPackages({ key, streamNonce: nonce, firstPackage: 1, last: true }, second, into)).toThrow(EncryptedStreamError)
  })

  it('the end of a stream without its last package', () => {
    expect(() => openPackages({ key, streamNonce: nonce, firstPackage: 4, last: true }, new Uint8Array(0), new Uint8Array(0))).toThrow(EncryptedStreamError)
  })

  it('to write plain bytes of a package whose tag is wrong', () => {
    const damaged = sealed.slice(0, packageSealedBytes)
    damaged[30] = (damaged[30] ?? 0) ^ 1
    const into = new Uint8Array(packagePlainBytes)
    expect(() => openPackages({ key, streamNonce: nonce, firstPackage: 0, last: false }, damaged, into)).toThrow(EncryptedStreamError)
    expect(into.every((byte) => byte === 0)).toBe(true)
  })
})

describe('the encrypted stream agrees with known answers', () => {
  it('for an object of five bytes', () => {
    const sealed = hex('20000400800102030405060708090a0bffd68b6244648618c2efcc7c92e9d9066218ab23bf')
    expect(sealStream(GcmKey.copyOf(objectKey), nonce, text('hello'))).toEqual(sealed)
    expect(openStream(GcmKey.copyOf(objectKey), sealed)).toEqual(text('hello'))
  })

  it('for a sealed digest made elsewhere', () => {
    const etagKey = GcmKey.copyOf(createHmac('sha256', new Uint8Array(32)).update('SSE-etag').digest())
    const sealed = '20000f00f27834c9a2654927546df57f9e998187496394d4ee80f3d9978f85f3c7d81f72600cdbe03d80dc5a13d69354'
    expect(Buffer.from(openStream(etagKey, hex(sealed))).toString('hex')).toBe('8ad3fe6b84bf38489e95c701c84355b6')
    expect(() => openStream(etagKey, hex(`00${sealed.slice(2)}`))).toThrow(EncryptedStreamError)
    expect(() => openStream(etagKey, hex(sealed.slice(0, -2)))).toThrow(EncryptedStreamError)
  })

  it.each([
    ['SSE-S3', '823835b0c99239663a77ccb3afb7539a8bfbe67e75a95c1d8310510cd9f3c7cf', 'IAAfAIABAgMEBQYHCAkKC7e6F0e80BboFr7DxEbDpLMuoQ0eP70f6Llks0NHdW3LPQ/k0/wD6VgrVwpDaJUo2w=='],
    ['SSE-KMS', '853e62269787718092edd8e435443e0045719c7fa9e8bc1b7a1b43320af4755a', 'IAAfAIABAgMEBQYHCAkKCy9kfonx1UXCremYDiRZQX/Jq4GIhTs70j6b4PfS6w79OShiAxj/eKT/LH9ehgE0cg=='],
    ['SSE-C', '0036c1f34c477dd1e4af84c296809fae8bd5952c4373ae478a6ad285c6d87e6c', 'IAAfAIABAgMEBQYHCAkKC4hLQ9upFdTlWm1MTkUYCyTtuLsnzDjsqHJlfcQmb27USqH2gtzs3Qww1F6fKqRvEw=='],
  ])('for an object key wrapped for %s', (_domain, wrappingKey, sealed) => {
    expect(Buffer.from(sealStream(GcmKey.copyOf(hex(wrappingKey)), nonce, objectKey)).toString('base64')).toBe(sealed)
  })

  it('for one byte more than a package, and for exactly one package', () => {
    const sealed = sealStream(GcmKey.copyOf(objectKey), nonce, new Uint8Array(65_537).fill(0x61))
    expect(sealed.byteLength).toBe(65_601)
    expect(createHash('sha256').update(sealed).digest('hex')).toBe('ac2f52c822e72d218c596fb28cece37d76ec1a0b86cd4cd9271f98fa4897e0ac')
    expect(Buffer.from(sealed.subarray(0, 16)).toString('hex')).toBe('2000ffff000102030405060708090a0b')
    expect(Buffer.from(sealed.subarray(65_568, 65_584)).toString('hex')).toBe('20000000800102030405060708090a0b')
    const whole = sealStream(GcmKey.copyOf(objectKey), nonce, new Uint8Array(65_536).fill(0x61))
    expect(whole.byteLength).toBe(65_568)
    expect(Buffer.from(whole.subarray(0, 16)).toString('hex')).toBe('2000ffff800102030405060708090a0b')
  })
})

describe('the encrypted stream', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])('gives back %d bytes', (size) => {
    const key = GcmKey.copyOf(randomBytes(32))
    const plain = new Uint8Array(randomBytes(size))
    const sealed = sealStream(key, new Uint8Array(randomBytes(12)), plain)
    expect(sealed.byteLength).toBe(sealedSize(size))
    expect(openedSize(sealed.byteLength)).toBe(size)
    expect(openStream(key, sealed)).toEqual(plain)
  })

  it('is the same whether it is sealed in one go or run by run, in shared memory too', () => {
    const key = GcmKey.copyOf(randomBytes(32))
    const memory = new Uint8Array(new SharedArrayBuffer(600_000))
    const plain = memory.subarray(0, 2 * packagePlainBytes + 1000)
    plain.set(randomBytes(plain.byteLength))
    const sealed = memory.subarray(200_000, 200_000 + sealedSize(plain.byteLength))
    sealPackages({ key, streamNonce: nonce, firstPackage: 0, last: false }, plain.subarray(0, packagePlainBytes), sealed)
    sealPackages({ key, streamNonce: nonce, firstPackage: 1, last: true }, plain.subarray(packagePlainBytes), sealed.subarray(packageSealedBytes))
    expect(Buffer.from(sealed).equals(sealStream(key, nonce, plain))).toBe(true)
    const opened = memory.subarray(400_000, 400_000 + packagePlainBytes + 1000)
    openPackages({ key, streamNonce: nonce, firstPackage: 1, last: true }, sealed.subarray(packageSealedBytes), opened)
    expect(Buffer.from(opened).equals(plain.subarray(packagePlainBytes))).toBe(true)
  })

  it('opens any range from the packages that hold it', () => {
    const key = GcmKey.copyOf(randomBytes(32))
    const plain = new Uint8Array(randomBytes(300_000))
    const sealed = sealStream(key, nonce, plain)
    fc.assert(
      fc.property(fc.nat(299_999), fc.nat(299_999), (a, b) => {
        const offset = Math.min(a, b)
        const length = Math.abs(a - b) + 1 > 300_000 - offset ? 300_000 - offset : Math.abs(a - b) + 1
        const packages = packageRange(offset, length)
        const place = sealedRange(packages, sealed.byteLength)
        const last = place.offset + place.length === sealed.byteLength
        const opened = new Uint8Array((packages.to - packages.from) * packagePlainBytes)
        openPackages({ key, streamNonce: nonce, firstPackage: packages.from, last }, sealed.subarray(place.offset, place.offset + place.length), opened)
        return Buffer.from(opened.buffer, packages.skip, length).equals(plain.subarray(offset, offset + length))
      }),
      { numRuns: 60 },
    )
  })

  it('knows the sizes that no stream has', () => {
    for (const size of [1, 16, 32, 65_569, 65_600]) expect(openedSize(size)).toBeUndefined()
    expect([0, 33, 65_568, 65_601].map(openedSize)).toEqual([0, 1, 65_536, 65_537])
  })

  it('numbers packages beyond 2^31', () => {
    const key = GcmKey.copyOf(randomBytes(32))
    const sealed = new Uint8Array(packageSealedBytes)
    const run = { key, streamNonce: hex('ffffffffffffffffffffffff'), firstPackage: 0xfffffffe, last: true }
    sealPackages(run, text('end'), sealed)
    const opened = new Uint8Array(3)
    openPackages(run, sealed.subarray(0, sealedSize(3)), opened)
    expect(opened).toEqual(text('end'))
  })
})
