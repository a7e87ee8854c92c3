// Digests of request documents (at most 4 MiB of XML), which the edge verifies itself. Object bodies are hashed by the codec, never here.
import { createChecksum } from '../../base/checksum.ts'
import type { ChecksumAlgorithm } from '../../objects/index.ts'

/** Raw digest, CRCs big-endian. */
export function digestDocument(algorithm: ChecksumAlgorithm | 'md5', bytes: Uint8Array): Uint8Array {
  if (algorithm === 'crc64nvme') return crc64nvme(bytes)
  const checksum = createChecksum(algorithm)
  checksum.update(bytes)
  return checksum.digest()
}

// CRC-64/NVME: polynomial 0xad93d23594c93659 reflected, all ones in and out. As two 32-bit halves, so that no BigInt is made per byte.
const polynomialHigh = 0x9a6c9329
const polynomialLow = 0xac4bc9b5
const tableHigh = new Int32Array(256)
const tableLow = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let high = 0
  let low = byte
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (carry === 1) {
      high ^= polynomialHigh
      low ^= polynomialLow
    }
  }
  tableHigh[byte] = high
  tableLow[byte] = low
}

function crc64nvme(bytes: Uint8Array): Uint8Array {
  let high = -1
  let low = -1
  for (let at = 0; at < bytes.byteLength; at++) {
    const index = (low ^ (bytes[at] ?? 0)) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ (tableLow[index] ?? 0)
    high = (high >>> 8) ^ (tableHigh[index] ?? 0)
  }
  const digest = new Uint8Array(8)
  const view = new DataView(digest.buffer)
  view.setUint32(0, ~high >>> 0)
  view.setUint32(4, ~low >>> 0)
  return digest
}
