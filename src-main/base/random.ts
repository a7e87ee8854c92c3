// Randomness as a seam: production uses the system's, simulation a seed.
import { randomBytes, randomFillSync } from 'node:crypto'
import { formatHex } from './bytes.ts'

export interface RandomSource {
  /** `length` fresh unpredictable bytes. */
  bytes(length: number): Uint8Array
}

const poolSizeBytes = 8192
let pool = new Uint8Array(0)
let poolAt = 0

/** The system's generator, drawn in blocks: a call of the system for every twelve bytes would cost 2 µs. Bytes are wiped from the block as they are given out. */
export const systemRandom: RandomSource = {
  bytes(length) {
    if (length > 256) return new Uint8Array(randomBytes(length))
    if (poolAt + length > pool.length) {
      pool = randomFillSync(new Uint8Array(poolSizeBytes))
      poolAt = 0
    }
    const bytes = pool.slice(poolAt, poolAt + length)
    pool.fill(0, poolAt, poolAt + length)
    poolAt += length
    return bytes
  },
}

/** Random UUID, version 4 (RFC 9562 §5.4), lower-case. */
export function randomUuid(random: RandomSource): string {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = formatHex(bytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
