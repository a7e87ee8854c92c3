import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { systemRandom } from '../../../src-main/base/random.ts'
import { CryptoError } from '../../../src-main/crypto/crypto-error.ts'
import { combineShares, invertInField, multiplyInField, splitSecret } from '../../../src-main/crypto/shamir.ts'

/** Slow twin: polynomial multiplication, then long division by 0x11B. */
function slowProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit
  for (let bit = 15; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
  return product
}

const secret = Uint8Array.from({ length: 32 }, (_, index) => index)
const vector = [
  'sbiHjv2Uk7qpUH9GVUzL0uHo9z4tBANqGQAvNgX8+8IB',
  'HyzpkmjL7hVcgqd8fT47YJmq73kY+95lt8QhejvVkEsC',
  'R5Z8UKHz5Vkva9nUdx8vsvUkXtaMxdN0qTBr9iyZdnt/',
  'Bk+eNvebRjQzJ7tNEM312ZDZ0lntbrMuXHgtAU+ilmDD',
  'j6TDFkFk5mVY4WuBbk99wdP4yXfaxEb+OTk3i7Yu7gT/',
].map((share) => new Uint8Array(Buffer.from(share, 'base64')))

const pick = (shares: readonly Uint8Array[], indexes: readonly number[]): Uint8Array[] => indexes.map((index) => shares[index] ?? new Uint8Array(0))

describe('combining shares', () => {
  it('refuses shares of different lengths, single shares and none', () => {
    const [first = secret, second = secret] = vector
    for (const shares of [[], [first], [first, second.subarray(0, 32)], [Uint8Array.of(1), Uint8Array.of(2)]]) {
      expect(() => combineShares(shares)).toThrow(CryptoError)
    }
  })

  it('refuses the same x twice, and x = 0', () => {
    const [first = secret, second = secret] = vector
    const zero = Uint8Array.from(second)
    zero[32] = 0
    expect(() => combineShares([first, second, first])).toThrow('duplicate part')
    expect(() => combineShares([first, zero])).toThrow(CryptoError)
  })

  it('gives another value with too few shares or one changed bit', () => {
    const changed = pick(vector, [0, 2, 4])
    if (changed[1] !== undefined) changed[1] = Uint8Array.from(changed[1], (byte, at) => (at === 5 ? byte ^ 1 : byte))
    expect(combineShares(changed)).not.toEqual(secret)
    expect(combineShares(pick(vector, [0, 1]))).not.toEqual(secret)
  })

  it('rebuilds the published vector from any three shares in any order, and from all five', () => {
    for (let a = 0; a < 5; a++) {
      for (let b = 0; b < 5; b++) {
        for (let c = 0; c < 5; c++) if (a !== b && b !== c && a !== c) expect(combineShares(pick(vector, [a, b, c]))).toEqual(secret)
      }
    }
    expect(combineShares(vector)).toEqual(secret)
  })
})

describe('the field', () => {
  it('has the products and the inverse of the standard', () => {
    expect(multiplyInField(0x57, 0x83)).toBe(0xc1)
    expect(multiplyInField(0x53, 0xca)).toBe(0x01)
    expect(multiplyInField(0x02, 0x80)).toBe(0x1b)
    expect(invertInField(0x02)).toBe(0x8d)
    expect(invertInField(0)).toBe(0)
  })

  it('agrees with long division for every pair, and every inverse is one', () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) if (multiplyInField(a, b) !== slowProduct(a, b)) expect.fail(`${a} times ${b}`)
      if (a > 0 && slowProduct(a, invertInField(a)) !== 1) expect.fail(`inverse of ${a}`)
    }
  })
})

describe('splitting a secret', () => {
  it('refuses a threshold of one, above the shares, and more than 255 shares', () => {
    for (const [shares, threshold] of [[5, 1], [2, 3], [256, 3], [3.5, 2]] as const) {
      expect(() => splitSecret(secret, shares, threshold, systemRandom)).toThrow(AssertionError)
    }
  })

  it('gives shares that any t of n rebuild, in any order', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 2, max: 12 }).chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 2, max: n }))),
        fc.infiniteStream(fc.nat()),
        (bytes, [n, t], choices) => {
          const pool = splitSecret(bytes, n, t, systemRandom)
          const chosen: Uint8Array[] = []
          while (chosen.length < t) chosen.push(...pool.splice((choices.next().value ?? 0) % pool.length, 1))
          expect(combineShares(chosen)).toEqual(bytes)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('makes 255 shares with distinct non-zero x last, and leaves the secret alone', () => {
    const given = Uint8Array.from(secret)
    const shares = splitSecret(given, 255, 255, systemRandom)
    const xs = new Set(shares.map((share) => share[32]))
    expect([xs.size, xs.has(0), shares.every((share) => share.length === 33)]).toEqual([255, false, true])
    expect(given).toEqual(secret)
    expect(combineShares(shares)).toEqual(secret)
  })

  it('throws away random bytes that would prefer some x', () => {
    const drawn = [255, 7, 254, 9]
    const random = { bytes: (length: number) => Uint8Array.from({ length }, () => drawn.shift() ?? 0) }
    // 255 places: 255 would be place 0 a second time. 254 places: so would 254.
    expect(splitSecret(Uint8Array.of(1), 2, 2, random).map((share) => share[1])).toEqual([8, 11])
  })

  it('draws the x of a first share evenly from 1 to 255', () => {
    const counts = new Array<number>(256).fill(0)
    for (let run = 0; run < 25_500; run++) {
      const x = splitSecret(Uint8Array.of(1), 2, 2, systemRandom)[0]?.[1] ?? 0
      counts[x] = (counts[x] ?? 0) + 1
    }
    // Chi-squared with 254 degrees of freedom: mean 254, deviation 22.5; 400 is six deviations out.
    const chiSquared = counts.slice(1).reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)
    expect(counts[0]).toBe(0)
    expect(chiSquared).toBeLessThan(400)
  })

  it('says nothing about the secret with one share too few: for every secret the shares are spread evenly', () => {
    for (const value of [0, 0xff]) {
      const counts = new Array<number>(256).fill(0)
      for (let run = 0; run < 600; run++) {
        const share = splitSecret(new Uint8Array(64).fill(value), 3, 3, systemRandom)[0] ?? new Uint8Array(0)
        for (const y of share.subarray(0, 64)) counts[y] = (counts[y] ?? 0) + 1
      }
      const expected = (600 * 64) / 256
      const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      expect(chiSquared).toBeLessThan(400)
    }
  })

  it('leaves every secret possible for a holder of t − 1 shares', () => {
    const [share = secret] = splitSecret(Uint8Array.of(0x42), 2, 2, systemRandom)
    const x = share[1] ?? 1
    const other = x === 1 ? 2 : 1
    const possible = new Set(Array.from({ length: 256 }, (_, y) => combineShares([share, Uint8Array.of(y, other)])[0]))
    expect(possible.size).toBe(256)
  })
})
