// A RandomSource from a seed: the same bytes every time (mulberry32). For tests and simulations only.
import type { RandomSource } from '../../src-main/base/random.ts'

export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) & 0xff
  }
  return { bytes: (length) => Uint8Array.from({ length }, next) }
}
