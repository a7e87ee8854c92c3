// Checksums as S3 knows them: running ones, their text, and CRCs of whole objects put together from those of their parts.
// CRC64NVME of bytes is the codec's (SIMD kernel); here it is only combined.
import { createHash, type Hash } from 'node:crypto'
import { crc32, crc32c } from '@node-rs/crc32'
import { assert } from './assert.ts'
import { formatBase64, parseBase64 } from './bytes.ts'

export type ChecksumAlgorithm = 'md5' | 'sha256' | 'sha1' | 'crc32' | 'crc32c' | 'crc64nvme'
export type CrcAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme'

export const checksumSizeBytes: { readonly [Algorithm in ChecksumAlgorithm]: number } = { md5: 16, sha256: 32, sha1: 20, crc32: 4, crc32c: 4, crc64nvme: 8 }

/** Goes on from `crc` (0 at the start); the result is the CRC-32 (ISO-HDLC) so far. Takes views of shared memory. */
export function updateCrc32(crc: number, bytes: Uint8Array): number {
  return crc32(bytes, crc)
}

/** The same for CRC-32C (Castagnoli, RFC 3720 §12.1). */
export function updateCrc32c(crc: number, bytes: Uint8Array): number {
  return crc32c(bytes, crc)
}

/** A CRC as S3 writes it: big-endian. */
export function encodeCrc32(crc: number): Uint8Array {
  return Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc)
}

export function encodeCrc64(crc: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, crc))
  return bytes
}

export interface Checksum {
  update(bytes: Uint8Array): void
  /** Once. */
  digest(): Uint8Array
}

/** A running checksum outside the codec. */
export function createChecksum(algorithm: Exclude<ChecksumAlgorithm, 'crc64nvme'>): Checksum {
  if (algorithm === 'crc32' || algorithm === 'crc32c') {
    const update = algorithm === 'crc32' ? updateCrc32 : updateCrc32c
    let crc = 0
    return {
      update: (bytes) => { crc = update(crc, bytes) },
      digest: () => encodeCrc32(crc),
    }
  }
  const hash: Hash = createHash(algorithm)
  return {
    update: (bytes) => { hash.update(bytes) },
    digest: () => new Uint8Array(hash.digest()),
  }
}

/** Of no bytes: an empty object never reaches the codec. */
export function checksumOfNothing(algorithm: ChecksumAlgorithm): Uint8Array {
  return algorithm === 'crc64nvme' ? new Uint8Array(8) : createChecksum(algorithm).digest()
}

/** Standard base64, as in the x-amz-checksum headers. */
export function formatChecksum(digest: Uint8Array): string {
  return formatBase64(digest)
}

/** Undefined when it is not canonical base64 of just that algorithm's length. */
export function parseChecksum(algorithm: ChecksumAlgorithm, text: string): Uint8Array | undefined {
  if (text.length > 64) return undefined
  const digest = parseBase64(text)
  return digest?.byteLength === checksumSizeBytes[algorithm] ? digest : undefined
}

/** A polynomial over GF(2), reflected: bit width−1 is x^0. CRCs of 32 bits use only `low`. */
interface Polynomial {
  readonly high: number
  readonly low: number
}

const generators: { readonly [Algorithm in CrcAlgorithm]: Polynomial & { readonly width: number } } = {
  crc32: { width: 32, high: 0, low: 0xedb88320 },
  crc32c: { width: 32, high: 0, low: 0x82f63b78 },
  crc64nvme: { width: 64, high: 0x9a6c9329, low: 0xac4bc9b5 },
}

/**
 * The CRC of parts put end to end, from each one's CRC and length in bytes, without reading them: crc(A‖B) = crc(A)·x^(8|B|) + crc(B).
 * The factor of a length is kept for the next part, since parts are mostly equally long.
 */
export function combineCrcs(algorithm: CrcAlgorithm, parts: readonly { readonly digest: Uint8Array; readonly length: number }[]): Uint8Array {
  const generator = generators[algorithm]
  let sum: Polynomial = { high: 0, low: 0 }
  let factor: Polynomial = sum
  let factorLength = -1
  for (const { digest, length } of parts) {
    assert(digest.byteLength === checksumSizeBytes[algorithm] && Number.isSafeInteger(length) && length >= 0, 'not a CRC and a length')
    if (length !== factorLength) {
      factor = powerOfX(generator, length)
      factorLength = length
    }
    const next = decodePolynomial(digest)
    const shifted = multiply(generator, sum, factor)
    sum = { high: (shifted.high ^ next.high) >>> 0, low: (shifted.low ^ next.low) >>> 0 }
  }
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, sum.high)
  view.setUint32(4, sum.low)
  return bytes.subarray(8 - checksumSizeBytes[algorithm])
}

function decodePolynomial(digest: Uint8Array): Polynomial {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  return digest.byteLength === 8 ? { high: view.getUint32(0), low: view.getUint32(4) } : { high: 0, low: view.getUint32(0) }
}

/** x^(8·byteCount) modulo the generator, by squaring. */
function powerOfX(generator: Polynomial & { readonly width: number }, byteCount: number): Polynomial {
  const one: Polynomial = generator.width === 64 ? { high: 0x80000000, low: 0 } : { high: 0, low: 0x80000000 }
  // x^8: the unit, eight places down.
  let square: Polynomial = { high: one.high >>> 8, low: one.low >>> 8 }
  let power = one
  for (let left = byteCount; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(generator, power, square)
    square = multiply(generator, square, square)
  }
  return power
}

/** a·b modulo the generator: b is multiplied by x once per bit of a, from x^0 on. */
function multiply(generator: Polynomial & { readonly width: number }, a: Polynomial, b: Polynomial): Polynomial {
  let { high, low } = b
  let sumHigh = 0
  let sumLow = 0
  for (let bit = generator.width - 1; bit >= 0; bit--) {
    if (((bit >= 32 ? a.high >>> (bit - 32) : a.low >>> bit) & 1) === 1) {
      sumHigh ^= high
      sumLow ^= low
    }
    const overflow = low & 1
    low = ((low >>> 1) | (high << 31)) >>> 0
    high >>>= 1
    if (overflow === 1) {
      high = (high ^ generator.high) >>> 0
      low = (low ^ generator.low) >>> 0
    }
  }
  return { high: sumHigh >>> 0, low: sumLow >>> 0 }
}
