// Every digest of a body recipe over whole bytes, in plain JavaScript or by node:crypto: for models and tests, independent of the codec.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { DigestAlgorithm, Digests } from '../../src-main/crypto/body-recipe.ts'

const crc32cTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value >>> 0
})

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (crc32cTable[(crc ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

/** High and low halves of the 256 remainders. */
const crc64Table = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n
  return [Number(value >> 32n), Number(value & 0xffffffffn)] as const
})
const crc64High = Uint32Array.from(crc64Table, ([high]) => high)
const crc64Low = Uint32Array.from(crc64Table, ([, low]) => low)

function crc64nvme(bytes: Uint8Array): Uint8Array {
  let high = 0xffffffff
  let low = 0xffffffff
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ (crc64Low[index] ?? 0)
    high = (high >>> 8) ^ (crc64High[index] ?? 0)
  }
  const digest = Buffer.alloc(8)
  digest.writeUInt32BE(~high >>> 0, 0)
  digest.writeUInt32BE(~low >>> 0, 4)
  return new Uint8Array(digest)
}

export function plainDigest(algorithm: DigestAlgorithm, bytes: Uint8Array): Uint8Array {
  const word = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
  switch (algorithm) {
    case 'crc32': return word(crc32(bytes))
    case 'crc32c': return word(crc32c(bytes))
    case 'crc64nvme': return crc64nvme(bytes)
    default: return new Uint8Array(createHash(algorithm).update(bytes).digest())
  }
}

export function plainDigests(algorithms: readonly DigestAlgorithm[], bytes: Uint8Array): Digests {
  return Object.fromEntries(algorithms.map((algorithm) => [algorithm, plainDigest(algorithm, bytes)]))
}
