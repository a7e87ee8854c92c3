// One suite for the codec inline and on threads: what it writes is compared with slow twins and node:crypto, what it reads with what was written.
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { blake3 } from '../../../src-main/base/blake3.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { encodeCrc32, encodeCrc64 } from '../../../src-main/base/checksum.ts'
import { digestAlgorithms, type DigestAlgorithm, type PartEncryption } from '../../../src-main/crypto/body-recipe.ts'
import { packageHeaderBytes, packagePlainBytes, sealedSize, sealStream } from '../../../src-main/crypto/encrypted-stream.ts'
import type { Codec } from '../../../src-main/payload/codec.ts'
import type { DecodeStripe, EncodeStripe, ShardLayout } from '../../../src-main/payload/codec-protocol.ts'
import { openCodecPool } from '../../../src-main/payload/codec-pool.ts'
import { openInlineCodec } from '../../../src-main/payload/inline-codec.ts'
import { plainPieces } from '../../../src-main/payload/plain-pieces.ts'
import { ReedSolomon } from '../../../src-main/payload/reed-solomon.ts'
import { createSharedSlab, kernelAreaBytes, SlotPool } from '../../../src-main/payload/shared-memory.ts'
import { slowCrc32c, slowCrc64Nvme, slowParity } from './slow-twins.ts'
import { GcmKey } from '../../../src-main/crypto/gcm.ts'

const slab = createSharedSlab(32 * 1024 * 1024)
const slots = new SlotPool(slab, 0)
const stripePackages = 2
const stripePlain = stripePackages * packagePlainBytes

const codecs: Record<string, () => Promise<Codec>> = {
  inline: async () => openInlineCodec(slab),
  'on two threads': () => openCodecPool({ slab, threads: 2 }),
}

interface WrittenStripe {
  readonly shards: ShardLayout
  readonly storedLength: number
  readonly firstPackage: number
  readonly last: boolean
  readonly hashes: Uint8Array
}

let nextBodyId = 1
const encryptionOf = (encrypted: boolean): { readonly encryption?: PartEncryption } =>
  encrypted ? { encryption: { partKey: new Uint8Array(randomBytes(32)), streamNonce: new Uint8Array(randomBytes(12)) } } : {}

function take(length: number): number {
  const range = slots.tryTake(length)
  if (range === undefined) throw new Error('the test needs a larger slab')
  return range.offset
}

/** A part key is wiped where it arrives: each call gets its own copy. */
function fresh(options: { readonly encryption?: PartEncryption }): { readonly encryption?: PartEncryption } {
  return options.encryption === undefined ? {} : { encryption: { ...options.encryption, partKey: options.encryption.partKey.slice() } }
}

async function encodeBody(codec: Codec, plain: Uint8Array, k: number, m: number, options: { readonly encryption?: PartEncryption }, digests: readonly DigestAlgorithm[], inPlace = false) {
  const bodyId = nextBodyId++
  const stripes: WrittenStripe[] = []
  let result: Awaited<ReturnType<Codec['encodeStripe']>> = { digests: {} }
  for (let from = 0; from < plain.byteLength; from += stripePlain) {
    const part = plain.subarray(from, from + stripePlain)
    const last = from + part.byteLength === plain.byteLength
    const storedLength = options.encryption === undefined ? part.byteLength : sealedSize(part.byteLength)
    const shardLength = Math.ceil(storedLength / k / 64) * 64
    const shards = { dataShards: k, parityShards: m, shardLength, offset: take((k + m) * shardLength) }
    const taken = take(part.byteLength)
    const plainRange = { offset: inPlace ? shards.offset + packageHeaderBytes : taken, length: part.byteLength }
    const hashesOffset = take(32 * (k + m))
    slab.bytes.fill(0xcc, shards.offset, shards.offset + (k + m) * shardLength)
    let copied = 0
    for (const piece of plainPieces(plainRange, inPlace)) {
      slab.bytes.set(part.subarray(copied, copied + piece.length), piece.offset)
      copied += piece.length
    }
    const firstPackage = from / packagePlainBytes
    result = await codec.encodeStripe({ bodyId, first: from === 0, last, digests, ...fresh(options), firstPackage, plain: plainRange, inPlace, shards, hashesOffset })
    if (!last) expect(result.digests).toEqual({})
    stripes.push({ shards, storedLength, firstPackage, last, hashes: slab.bytes.slice(hashesOffset, hashesOffset + 32 * (k + m)) })
    slots.give({ offset: taken, length: part.byteLength })
    slots.give({ offset: hashesOffset, length: 32 * (k + m) })
  }
  return { stripes, digests: result.digests }
}

function release(stripes: readonly WrittenStripe[]): void {
  for (const { shards } of stripes) slots.give({ offset: shards.offset, length: (shards.dataShards + shards.parityShards) * shards.shardLength })
}

const shardOf = ({ shards }: WrittenStripe, shard: number): Uint8Array =>
  slab.bytes.subarray(shards.offset + shard * shards.shardLength, shards.offset + (shard + 1) * shards.shardLength)

describe.each(Object.keys(codecs))('the codec %s', (name) => {
  let codec: Codec
  beforeAll(async () => { codec = await (codecs[name] ?? codecs['inline'])!() })
  afterAll(async () => { await codec.close() })

  async function decode(stripe: WrittenStripe, options: { readonly encryption?: PartEncryption }, change: Partial<DecodeStripe> = {}): Promise<Uint8Array> {
    const count = stripe.shards.dataShards + stripe.shards.parityShards
    const packageBytes = options.encryption === undefined ? packagePlainBytes : packagePlainBytes + 32
    const packages = change.packages ?? { from: 0, to: Math.ceil(stripe.storedLength / packageBytes) }
    const plainOffset = take(stripePlain)
    try {
      const input = { shards: stripe.shards, present: Array.from({ length: count }, (_, i) => i), storedLength: stripe.storedLength, firstPackage: stripe.firstPackage, last: stripe.last }
      const { plainLength } = await codec.decodeStripe({ ...input, ...fresh(options), plainOffset, packages, ...change })
      return slab.bytes.slice(plainOffset, plainOffset + plainLength)
    } finally {
      slots.give({ offset: plainOffset, length: stripePlain })
    }
  }

  it('seals in place what it seals elsewhere: the same shards, hashes and digests', async () => {
    for (const size of [1, 63, 1000, packagePlainBytes, packagePlainBytes + 1, packagePlainBytes + 4000, stripePlain]) {
      const plain = new Uint8Array(randomBytes(size))
      const options = encryptionOf(true)
      const [there, here] = [await encodeBody(codec, plain, 2, 2, options, digestAlgorithms), await encodeBody(codec, plain, 2, 2, options, digestAlgorithms, true)]
      expect(here.digests).toEqual(there.digests)
      const [elsewhere, inPlace] = [there.stripes[0], here.stripes[0]]
      if (elsewhere === undefined || inPlace === undefined) return expect.fail('a stripe each')
      expect(inPlace.hashes).toEqual(elsewhere.hashes)
      for (let shard = 0; shard < 4; shard++) expect(Buffer.compare(shardOf(inPlace, shard), shardOf(elsewhere, shard))).toBe(0)
      expect(Buffer.compare(await decode(inPlace, options), plain)).toBe(0)
      release([elsewhere, inPlace])
    }
  })

  describe('refuses', () => {
    it('stored bytes that were changed, another key, another place in the body', async () => {
      const options = encryptionOf(true)
      const { stripes } = await encodeBody(codec, new Uint8Array(randomBytes(stripePlain + 5000)), 2, 2, options, [])
      const [first, second] = stripes
      if (first === undefined || second === undefined) return expect.fail('two stripes')
      const notAuthentic = expect.objectContaining({ fault: 'not-authentic' }) as Error
      await expect(decode(first, encryptionOf(true))).rejects.toThrow(notAuthentic)
      await expect(decode(first, options, { firstPackage: 1 })).rejects.toThrow(notAuthentic)
      await expect(decode(first, options, { last: true })).rejects.toThrow(notAuthentic)
      await expect(decode(second, options, { last: false })).rejects.toThrow(notAuthentic)
      const shard = shardOf(first, 0)
      shard[100] = (shard[100] ?? 0) ^ 1
      await expect(decode(first, options)).rejects.toThrow(notAuthentic)
      release(stripes)
    })

    it('places outside the slab or in the kernels, shards that overlap the plain bytes or are too short', async () => {
      const base: EncodeStripe = {
        bodyId: 0, first: true, last: true, digests: [], firstPackage: 0, inPlace: false, hashesOffset: kernelAreaBytes + 8192,
        plain: { offset: kernelAreaBytes, length: 1000 }, shards: { dataShards: 2, parityShards: 2, shardLength: 512, offset: kernelAreaBytes + 4096 },
      }
      const wrong: EncodeStripe[] = [
        { ...base, plain: { offset: kernelAreaBytes - 64, length: 1000 } },
        { ...base, plain: { offset: slab.bytes.byteLength - 10, length: 1000 } },
        { ...base, plain: { offset: kernelAreaBytes + 4000, length: 1000 } },
        { ...base, hashesOffset: 100 },
        { ...base, inPlace: true },
        { ...base, inPlace: true, last: false, encryption: { partKey: new Uint8Array(32), streamNonce: new Uint8Array(12) } },
        { ...base, shards: { ...base.shards, offset: slab.bytes.byteLength - 1024 } },
        { ...base, shards: { ...base.shards, shardLength: 448 } },
        { ...base, shards: { ...base.shards, shardLength: 500 } },
        { ...base, shards: { ...base.shards, dataShards: 0 } },
        { ...base, shards: { ...base.shards, parityShards: 15 } },
        { ...base, first: false, bodyId: 999_999 },
      ]
      for (const input of wrong) await expect(codec.encodeStripe(input)).rejects.toThrow()
      if (name === 'inline') await expect(codec.encodeStripe(wrong[0] ?? base)).rejects.toThrow(AssertionError)
      await expect(codec.encodeStripe(base)).resolves.toEqual({ digests: {} })
    })

    it('to decode from fewer than k shards', async () => {
      const { stripes } = await encodeBody(codec, new Uint8Array(1000), 3, 2, {}, [])
      if (stripes[0] !== undefined) await expect(decode(stripes[0], {}, { present: [0, 4] })).rejects.toThrow()
      release(stripes)
    })
  })

  it('gives all digests of a body over several stripes', async () => {
    const plain = new Uint8Array(randomBytes(2 * stripePlain + 4321))
    const { stripes, digests } = await encodeBody(codec, plain, 2, 2, encryptionOf(true), digestAlgorithms)
    for (const algorithm of ['md5', 'sha256', 'sha1'] as const) {
      expect(Buffer.from(digests[algorithm] ?? []).toString('hex')).toBe(createHash(algorithm).update(plain).digest('hex'))
    }
    expect(digests.crc32).toEqual(encodeCrc32(crc32(plain)))
    expect(digests.crc32c).toEqual(encodeCrc32(slowCrc32c(plain)))
    expect(digests.crc64nvme).toEqual(encodeCrc64(slowCrc64Nvme(plain)))
    release(stripes)
  })

  it('writes the sealed stream into the data shards, zeros after it, parity and the hash of every shard', async () => {
    const options = encryptionOf(true)
    const plain = new Uint8Array(randomBytes(stripePlain + 777))
    const { stripes } = await encodeBody(codec, plain, 3, 2, options, ['md5'])
    const { encryption } = options
    const sealed = encryption === undefined ? plain : sealStream(GcmKey.copyOf(encryption.partKey), encryption.streamNonce, plain)
    let at = 0
    for (const stripe of stripes) {
      const data = [0, 1, 2].map((shard) => shardOf(stripe, shard).slice())
      const stored = Buffer.concat(data)
      expect(stored.subarray(0, stripe.storedLength).equals(sealed.subarray(at, at + stripe.storedLength))).toBe(true)
      expect(stored.subarray(stripe.storedLength).every((byte) => byte === 0)).toBe(true)
      at += stripe.storedLength
      slowParity(data, new ReedSolomon(3, 2).matrix.subarray(9), 2).forEach((parity, i) => { expect(Buffer.from(parity).equals(shardOf(stripe, 3 + i))).toBe(true) })
      for (let shard = 0; shard < 5; shard++) expect(blake3(shardOf(stripe, shard).slice()).equals(stripe.hashes.subarray(shard * 32, shard * 32 + 32))).toBe(true)
    }
    expect(at).toBe(sealed.byteLength)
    release(stripes)
  })

  it('reads any packages back while any m shards are lost', async () => {
    const geometry = fc.constantFrom([1, 1], [2, 2], [3, 2], [4, 2], [12, 4], [1, 0], [4, 0])
    const size = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 2 * stripePlain + 10 }), fc.constantFrom(packagePlainBytes, stripePlain))
    await fc.assert(
      fc.asyncProperty(geometry, size, fc.boolean(), fc.nat(), fc.nat(), async ([k = 1, m = 0], bytes, encrypted, pick, range) => {
        const options = encryptionOf(encrypted)
        const plain = new Uint8Array(randomBytes(bytes))
        const { stripes } = await encodeBody(codec, plain, k, m, options, [])
        for (const [i, stripe] of stripes.entries()) {
          const all = Array.from({ length: k + m }, (_, shard) => shard)
          const lost = all.map((_, n) => (pick + n * 7) % (k + m)).filter((shard, n, list) => list.indexOf(shard) === n).slice(0, m)
          for (const shard of lost) shardOf(stripe, shard).fill(0x99)
          const part = plain.subarray(i * stripePlain, (i + 1) * stripePlain)
          const packageCount = Math.ceil(part.byteLength / packagePlainBytes)
          const from = range % packageCount
          const to = from + 1 + (range % (packageCount - from))
          const opened = await decode(stripe, options, { present: all.filter((shard) => !lost.includes(shard)), packages: { from, to } })
          expect(Buffer.from(part.subarray(from * packagePlainBytes, to * packagePlainBytes)).equals(opened)).toBe(true)
        }
        release(stripes)
      }),
      { numRuns: 60 },
    )
  })

  it('rebuilds lost shards, data and parity, with their hashes', async () => {
    const { stripes } = await encodeBody(codec, new Uint8Array(randomBytes(100_000)), 4, 2, encryptionOf(true), [])
    const [stripe] = stripes
    if (stripe === undefined) return expect.fail('one stripe')
    const hashesOffset = take(64)
    for (const wanted of [[1], [5], [4, 0], [5, 4], [2, 3]]) {
      const right = wanted.map((shard) => shardOf(stripe, shard).slice())
      for (const shard of wanted) shardOf(stripe, shard).fill(0)
      await codec.rebuildShards({ shards: stripe.shards, present: [0, 1, 2, 3, 4, 5].filter((shard) => !wanted.includes(shard)), wanted, hashesOffset })
      wanted.forEach((shard, i) => {
        expect(Buffer.from(right[i] ?? []).equals(shardOf(stripe, shard))).toBe(true)
        expect(slab.bytes.slice(hashesOffset + i * 32, hashesOffset + i * 32 + 32)).toEqual(stripe.hashes.slice(shard * 32, shard * 32 + 32))
      })
    }
    slots.give({ offset: hashesOffset, length: 64 })
    release(stripes)
  })

  it('leaves bytes that already stand in the shards where they are', async () => {
    const plain = randomBytes(1000)
    const shards = { dataShards: 2, parityShards: 1, shardLength: 512, offset: take(4096) }
    const hashesOffset = take(96)
    slab.bytes.set(plain, shards.offset)
    await codec.encodeStripe({ bodyId: nextBodyId++, first: true, last: true, digests: ['crc32'], firstPackage: 0, inPlace: false, plain: { offset: shards.offset, length: 1000 }, shards, hashesOffset })
    expect(plain.equals(slab.bytes.subarray(shards.offset, shards.offset + 1000))).toBe(true)
    const decoded = await codec.decodeStripe({ shards, present: [1, 2], storedLength: 1000, firstPackage: 0, last: true, packages: { from: 0, to: 1 }, plainOffset: shards.offset })
    expect(decoded).toEqual({ plainLength: 1000 })
    expect(plain.equals(slab.bytes.subarray(shards.offset, shards.offset + 1000))).toBe(true)
    slots.give({ offset: shards.offset, length: 4096 })
    slots.give({ offset: hashesOffset, length: 96 })
  })

  it('keeps the digests of many bodies apart that are under way at once', async () => {
    const bodies = Array.from({ length: 40 }, (_, i) => new Uint8Array(randomBytes(1 + ((i * 7919) % (stripePlain + 20_000)))))
    const results = await Promise.all(bodies.map((plain) => encodeBody(codec, plain, 2, 1, encryptionOf(true), ['md5', 'sha256'])))
    results.forEach(({ stripes, digests }, i) => {
      expect(Buffer.from(digests.md5 ?? []).toString('hex')).toBe(createHash('md5').update(bodies[i] ?? '').digest('hex'))
      release(stripes)
    })
    expect(slots.bytesInUse).toBe(0)
  })

  it('forgets a body that is not finished', async () => {
    const bodyId = nextBodyId++
    const shards = { dataShards: 1, parityShards: 0, shardLength: 64, offset: take(64) }
    const hashesOffset = take(32)
    const plain = { offset: take(64), length: 64 }
    const stripe = { bodyId, digests: ['md5'] as const, firstPackage: 0, inPlace: false, plain, shards, hashesOffset }
    await codec.encodeStripe({ ...stripe, first: true, last: false })
    codec.forgetBody(bodyId)
    await expect(codec.encodeStripe({ ...stripe, first: false, last: true })).rejects.toThrow()
    for (const [offset, length] of [[shards.offset, 64], [hashesOffset, 32], [plain.offset, 64]] as const) slots.give({ offset, length })
  })
})
