import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestAlgorithms } from '../../../src-main/crypto/body-recipe.ts'
import { packDecode, packDigests, packEncode, unpackDecode, unpackDigests, unpackEncode, wipePacked } from '../../../src-main/payload/codec-packing.ts'

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const whole = fc.nat({ max: 2 ** 40 })
const encryption = fc.record({ partKey: bytesOf(32), streamNonce: bytesOf(12) })
const shards = fc.record({ dataShards: fc.nat({ max: 16 }), parityShards: fc.nat({ max: 8 }), shardLength: whole, offset: whole })
const range = fc.record({ offset: whole, length: whole })
const plain = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner))) as T

describe('stripes packed into numbers', () => {
  it('come out as they went in, encrypted or not', () => {
    const encode = fc.record({ bodyId: whole, first: fc.boolean(), last: fc.boolean(), digests: fc.subarray([...digestAlgorithms]), firstPackage: whole, plain: range, inPlace: fc.boolean(), shards, hashesOffset: whole })
    fc.assert(fc.property(encode, fc.option(encryption), (job, key) => {
      const input = key === null ? job : { ...job, encryption: key }
      expect(plain(unpackEncode(packEncode(input)))).toEqual(plain(input))
    }))
    const decode = fc.record({ shards, present: fc.array(fc.nat({ max: 23 })), storedLength: whole, firstPackage: whole, last: fc.boolean(), packages: fc.record({ from: fc.nat(), to: fc.nat() }), plainOffset: whole })
    fc.assert(fc.property(decode, fc.option(encryption), (job, key) => {
      const input = key === null ? job : { ...job, encryption: key }
      expect(plain(unpackDecode(packDecode(input)))).toEqual(plain(input))
    }))
  })

  it('hold no part key once they are wiped, and lose nothing else', () => {
    fc.assert(fc.property(encryption, (key) => {
      const input = { shards: { dataShards: 2, parityShards: 2, shardLength: 64, offset: 0 }, present: [0, 1], storedLength: 9, firstPackage: 3, last: true, packages: { from: 0, to: 1 }, plainOffset: 7, encryption: key }
      const packed = packDecode(input)
      wipePacked(packed)
      expect(plain(unpackDecode(packed))).toEqual(plain({ ...input, encryption: { ...key, partKey: new Uint8Array(32) } }))
    }))
  })

  it('give every digest back, and refuse half a one', () => {
    const digests = { md5: new Uint8Array(16).fill(250), sha256: new Uint8Array(32).fill(3), crc64nvme: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255) }
    expect(plain(unpackDigests(packDigests(digests)))).toEqual(plain(digests))
    expect(unpackDigests('')).toEqual({})
    expect(() => unpackDigests(packDigests(digests).slice(0, -1))).toThrow()
  })
})
