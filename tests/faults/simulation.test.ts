// The engine under everything that can befall it, from printed seeds. COFFER_SEEDS=n runs n of them, COFFER_SEED=x only that one.
// Seven of eight histories run over plain drives (quick), one over the product's own drives on virtual files.
import { describe, expect, it } from 'vitest'
import { simulate, type SimulationOptions } from '../support/simulated-store.ts'

const only = process.env['COFFER_SEED']
const count = Number(process.env['COFFER_SEEDS'] ?? 2000)
const failuresMax = 3

/** What went wrong in which seeds, with the story of each. */
async function runSeeds(seeds: Iterable<number>, options: SimulationOptions): Promise<string> {
  const failures: string[] = []
  for (const seed of seeds) {
    try {
      await simulate(seed, options)
    } catch (error) {
      failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
      if (failures.length >= failuresMax) break
    }
  }
  return failures.join('\n\n')
}

const range = (from: number, length: number): Iterable<number> => (only === undefined ? Array.from({ length }, (_, index) => from + index) : [Number(only)])

const kinds: readonly (readonly [string, number, number, SimulationOptions])[] = [
  ['on plain drives', 1, Math.ceil(count / 2), {}],
  ['with more drives lost than parity allows, all of which come back', 100_001, Math.ceil((count * 3) / 8), { beyondParity: 0.5 }],
  ['on the product\'s own drives, with rotten bits and old copies', 200_001, Math.floor(count / 8), { files: true }],
]

describe('a store under kills, failing drives and lost catalogues', () => {
  for (const [title, from, length, options] of kinds) {
    it(`keeps every promise ${title} (${only === undefined ? `seeds ${from} to ${from + length - 1}` : `seed ${only}`})`, async () => {
      expect(await runSeeds(range(from, length), options)).toBe('')
    })
  }
})
