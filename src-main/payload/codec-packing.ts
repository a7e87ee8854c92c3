// The two calls that every stripe makes, packed into plain numbers: cloning small objects and typed arrays cost more than the hop itself.
// Part keys cross as numbers and are overwritten on both sides once the call is over.
import { assert } from '../base/assert.ts'
import { asBuffer } from '../base/bytes.ts'
import { digestAlgorithms, type DigestAlgorithm, type Digests, type PartEncryption } from '../crypto/body-recipe.ts'
import type { CodecCalls, DecodeStripe, EncodeStripe, ShardLayout } from './codec-protocol.ts'

/** CodecCalls as they cross the thread. Digests come back as text, one byte per character. */
export type PackedCodecCalls = Omit<CodecCalls, 'encodeStripe' | 'decodeStripe'> & {
  encodeStripe(input: number[]): string
  decodeStripe(input: number[]): number
}

const digestBytes: Readonly<Record<DigestAlgorithm, number>> = { md5: 16, sha256: 32, sha1: 20, crc32: 4, crc32c: 4, crc64nvme: 8 }
/** Of 16 bits: small whole numbers cross at the least cost. */
const keyWords = 16
const nonceWords = 6
/** Where the part key and nonce begin. */
const encryptionAt = 2

function packEncryption(packed: number[], encryption: PartEncryption | undefined): void {
  packed.push(encryption === undefined ? 0 : 1)
  if (encryption === undefined) return
  pushWords(packed, encryption.partKey, keyWords)
  pushWords(packed, encryption.streamNonce, nonceWords)
}

function pushWords(packed: number[], bytes: Uint8Array, words: number): void {
  for (let word = 0; word < words; word++) packed.push((bytes[2 * word] as number) | ((bytes[2 * word + 1] as number) << 8))
}

function unpackEncryption(packed: readonly number[]): PartEncryption | undefined {
  if (packed[1] !== 1) return undefined
  const bytes = new Uint8Array((keyWords + nonceWords) * 2)
  for (let at = 0; at < bytes.byteLength; at += 2) {
    const word = packed[encryptionAt + at / 2] as number
    bytes[at] = word
    bytes[at + 1] = word >>> 8
  }
  return { partKey: bytes.subarray(0, keyWords * 2), streamNonce: bytes.subarray(keyWords * 2) }
}

/** Overwrites the part key in a packed call. */
export function wipePacked(packed: number[]): void {
  if (packed[1] === 1) packed.fill(0, encryptionAt, encryptionAt + keyWords)
}

/** Where the fields after the encryption begin. */
function fieldsAt(packed: readonly number[]): number {
  return packed[1] === 1 ? encryptionAt + keyWords + nonceWords : encryptionAt
}

function pushLayout(packed: number[], { dataShards, parityShards, shardLength, offset }: ShardLayout): void {
  packed.push(dataShards, parityShards, shardLength, offset)
}

export function packEncode(input: EncodeStripe): number[] {
  const packed = [input.bodyId]
  packEncryption(packed, input.encryption)
  packed.push((input.first ? 1 : 0) | (input.last ? 2 : 0) | (input.inPlace ? 4 : 0), input.firstPackage, input.plain.offset, input.plain.length)
  pushLayout(packed, input.shards)
  packed.push(input.hashesOffset)
  for (const algorithm of input.digests) packed.push(digestAlgorithms.indexOf(algorithm))
  return packed
}

export function unpackEncode(packed: readonly number[]): EncodeStripe {
  const at = fieldsAt(packed)
  const field = (index: number): number => packed[at + index] as number
  const encryption = unpackEncryption(packed)
  return {
    bodyId: packed[0] as number,
    ...(encryption === undefined ? {} : { encryption }),
    first: (field(0) & 1) !== 0, last: (field(0) & 2) !== 0, inPlace: (field(0) & 4) !== 0,
    firstPackage: field(1), plain: { offset: field(2), length: field(3) },
    shards: { dataShards: field(4), parityShards: field(5), shardLength: field(6), offset: field(7) },
    hashesOffset: field(8),
    digests: packed.slice(at + 9).map(toAlgorithm),
  }
}

export function packDecode(input: DecodeStripe): number[] {
  const packed = [0]
  packEncryption(packed, input.encryption)
  packed.push(input.last ? 1 : 0, input.firstPackage, input.storedLength, input.packages.from, input.packages.to, input.plainOffset)
  pushLayout(packed, input.shards)
  packed.push(...input.present)
  return packed
}

export function unpackDecode(packed: readonly number[]): DecodeStripe {
  const at = fieldsAt(packed)
  const field = (index: number): number => packed[at + index] as number
  const encryption = unpackEncryption(packed)
  return {
    ...(encryption === undefined ? {} : { encryption }),
    last: field(0) === 1, firstPackage: field(1), storedLength: field(2), packages: { from: field(3), to: field(4) }, plainOffset: field(5),
    shards: { dataShards: field(6), parityShards: field(7), shardLength: field(8), offset: field(9) },
    present: packed.slice(at + 10),
  }
}

/** Per digest its place in `digestAlgorithms`, then its bytes. Empty when there are none (not the last stripe). */
export function packDigests(digests: Digests): string {
  let packed = ''
  digestAlgorithms.forEach((algorithm, index) => {
    const digest = digests[algorithm]
    if (digest !== undefined) packed += String.fromCharCode(index) + asBuffer(digest).toString('latin1')
  })
  return packed
}

export function unpackDigests(packed: string): Digests {
  const digests: { [Algorithm in DigestAlgorithm]?: Uint8Array } = {}
  const bytes = Buffer.from(packed, 'latin1')
  for (let at = 0; at < bytes.byteLength; ) {
    const algorithm = toAlgorithm(bytes[at] as number)
    const end = at + 1 + digestBytes[algorithm]
    assert(end <= bytes.byteLength, 'a packed digest is whole')
    digests[algorithm] = new Uint8Array(bytes.buffer, bytes.byteOffset + at + 1, digestBytes[algorithm])
    at = end
  }
  return digests
}

function toAlgorithm(index: number): DigestAlgorithm {
  const algorithm = digestAlgorithms[index]
  assert(algorithm !== undefined, 'a packed digest is a known one')
  return algorithm
}
