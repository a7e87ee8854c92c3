// Shamir's secret sharing over GF(2^8) with the AES polynomial 0x11B, byte by byte (Shamir 1979; share layout of HashiCorp Vault:
// the y bytes, then one x byte). Multiplication and inversion neither branch on nor index by a secret.
import { assert } from '../base/assert.ts'
import type { RandomSource } from '../base/random.ts'
import { CryptoError } from './crypto-error.ts'

export const sharesMax = 255
const secretBytesMax = 1024

/** Product in GF(2^8), by masks only. */
export function multiplyInField(a: number, b: number): number {
  let product = 0
  let factor = a
  for (let bit = 0; bit < 8; bit++) {
    product ^= factor & -((b >>> bit) & 1)
    factor = ((factor << 1) ^ (0x1b & -(factor >>> 7))) & 0xff
  }
  return product
}

/** a^254, which is 1/a for a ≠ 0 and 0 for 0. */
export function invertInField(a: number): number {
  const a2 = multiplyInField(a, a)
  const a3 = multiplyInField(a2, a)
  const a6 = multiplyInField(a3, a3)
  const a12 = multiplyInField(a6, a6)
  const a15 = multiplyInField(a12, a3)
  const a30 = multiplyInField(a15, a15)
  const a60 = multiplyInField(a30, a30)
  const a120 = multiplyInField(a60, a60)
  const a126 = multiplyInField(a120, a6)
  const a127 = multiplyInField(a126, a)
  return multiplyInField(a127, a127)
}

/**
 * `shareCount` shares, `threshold` of which rebuild `secret`; fewer say nothing about it. Each is secret.length + 1 bytes, x last, the x
 * distinct, non-zero and drawn at random. 2 ≤ threshold ≤ shareCount ≤ 255. The caller wipes them.
 */
export function splitSecret(secret: Uint8Array, shareCount: number, threshold: number, random: RandomSource): Uint8Array[] {
  assert(secret.byteLength > 0 && secret.byteLength <= secretBytesMax, 'secret of unusable length')
  assert(Number.isInteger(shareCount) && Number.isInteger(threshold), 'counts are whole numbers')
  assert(threshold >= 2 && threshold <= shareCount && shareCount <= sharesMax, 'threshold or share count out of range')
  const xs = drawCoordinates(shareCount, random)
  // coefficients[d] holds the coefficient of x^d of every byte's polynomial; d = 0 is the secret itself.
  const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => random.bytes(secret.byteLength))]
  const shares = Array.from(xs, (x) => evaluateAt(x, coefficients, secret.byteLength))
  for (const drawn of coefficients.slice(1)) drawn.fill(0)
  return shares
}

function evaluateAt(x: number, coefficients: readonly Uint8Array[], length: number): Uint8Array {
  const share = new Uint8Array(length + 1)
  for (let index = 0; index < length; index++) {
    let y = 0
    for (let degree = coefficients.length - 1; degree >= 0; degree--) y = multiplyInField(y, x) ^ (coefficients[degree]?.[index] ?? 0)
    share[index] = y
  }
  share[length] = x
  return share
}

/** The first `count` of a random order of 1 … 255 (Fisher–Yates; rejection keeps every order equally likely). */
function drawCoordinates(count: number, random: RandomSource): Uint8Array {
  const order = Uint8Array.from({ length: 255 }, (_, index) => index + 1)
  for (let at = 0; at < count; at++) {
    const other = at + drawBelow(255 - at, random)
    const swapped = order[at] ?? 0
    order[at] = order[other] ?? 0
    order[other] = swapped
  }
  return order.slice(0, count)
}

function drawBelow(limit: number, random: RandomSource): number {
  const usable = 256 - (256 % limit)
  for (;;) {
    const drawn = random.bytes(1)[0] ?? 0
    if (drawn < usable) return drawn % limit
  }
}

/**
 * Lagrange interpolation at x = 0 over exactly the shares given. With too few, or wrong ones, the result is some other value: the caller
 * must check it. The caller wipes it. Faults: share-length, duplicate-share.
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const length = (shares[0]?.byteLength ?? 0) - 1
  if (shares.length < 2 || length < 1 || length > secretBytesMax || shares.some((share) => share.byteLength !== length + 1)) {
    throw new CryptoError('share-length', 'all parts must be the same length, and two at least')
  }
  const xs = shares.map((share) => share[length] ?? 0)
  if (new Set(xs).size !== xs.length || xs.includes(0)) throw new CryptoError('duplicate-share', 'duplicate part detected')
  const secret = new Uint8Array(length)
  for (const [index, share] of shares.entries()) {
    const weight = lagrangeWeight(xs, index)
    for (let at = 0; at < length; at++) secret[at] = (secret[at] ?? 0) ^ multiplyInField(share[at] ?? 0, weight)
  }
  return secret
}

/** Product of x_j / (x_j − x_i) over all j ≠ i; minus is XOR. */
function lagrangeWeight(xs: readonly number[], index: number): number {
  const own = xs[index] ?? 0
  let weight = 1
  for (const [other, x] of xs.entries()) {
    if (other !== index) weight = multiplyInField(weight, multiplyInField(x, invertInField(x ^ own)))
  }
  return weight
}
