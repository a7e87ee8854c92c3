// What encryption costs: two stores, one with and one without, by short turns in one run, since the host gives more or less from minute to
// minute. Who begins a pair alternates, so that what one store still has to do after its turn falls on both alike; and half of the pairs are
// measured on stores started in the other order, since of two equal stores the one started second was 2 % faster.
import { BenchStore, hundredKib, warmNames, type BenchRow } from './bench-store.ts'

const roundsPerOrder = 41
/** Ranks in a sorted list of 82 that enclose its true median 19 times of 20 (binomial distribution, p = 1/2). */
const [lowRank, highRank] = [31, 50]

interface Pair {
  readonly on: BenchRow
  readonly off: BenchRow
}

export interface Price {
  /** Rate with encryption as a share of the rate without: the median of the pairs of neighbouring turns. */
  readonly share: number
  /** Where that median is, 19 times of 20. */
  readonly from: number
  readonly to: number
  readonly onPerSecond: number
  readonly offPerSecond: number
  /** Of the server's processor time. */
  readonly onMicros: number
  readonly offMicros: number
}

type Pairs = Record<'PUT' | 'GET', Pair[]>

/** `seconds` per turn. The two turns of a pair stand next to each other in time, so what the host gives changes both alike. */
export async function priceOfEncryption(drives: number, seconds: number): Promise<Record<'PUT' | 'GET', Price>> {
  const pairs: Pairs = { PUT: [], GET: [] }
  for (const order of [[true, false], [false, true]]) await measurePairs(drives, order, seconds, pairs)
  return { PUT: summarise('PUT', pairs.PUT), GET: summarise('GET', pairs.GET) }
}

async function measurePairs(drives: number, order: readonly boolean[], seconds: number, pairs: Pairs): Promise<void> {
  const stores: BenchStore[] = []
  const again = { prefix: 'price/', names: warmNames }
  try {
    for (const encryption of order) {
      const store = await BenchStore.open(drives, encryption)
      stores.push(store)
      await store.warmUp()
      await store.measure('PUT', hundredKib, 32, again)
    }
    for (let round = 0; round < roundsPerOrder; round++) {
      for (const operation of ['PUT', 'GET'] as const) {
        const rows = new Map<boolean, BenchRow>()
        for (const store of round % 2 === 0 ? stores : [...stores].reverse()) {
          // Warm: what was written past the system's cache is in it after one pass.
          if (operation === 'GET') await store.measure('GET', hundredKib, 32, again)
          rows.set(store.encryption, await store.measure(operation, hundredKib, 32, { ...again, durationMs: seconds * 1000 }))
        }
        const [on, off] = [rows.get(true), rows.get(false)]
        if (on !== undefined && off !== undefined) pairs[operation].push({ on, off })
      }
    }
  } finally {
    for (const store of stores) await store.stop()
  }
}

function summarise(operation: string, pairs: readonly Pair[]): Price {
  const sorted = (pick: (pair: Pair) => number): number[] => pairs.map(pick).sort((x, y) => x - y)
  const medianOf = (pick: (pair: Pair) => number): number => sorted(pick)[pairs.length >> 1] ?? 0
  const shares = sorted(({ on, off }) => on.perSecond / off.perSecond)
  const price: Price = {
    share: shares[pairs.length >> 1] ?? 0, from: shares[lowRank] ?? 0, to: shares[highRank] ?? 0,
    onPerSecond: medianOf(({ on }) => on.perSecond), offPerSecond: medianOf(({ off }) => off.perSecond),
    onMicros: medianOf(({ on }) => on.cpuMicrosPerOperation), offMicros: medianOf(({ off }) => off.cpuMicrosPerOperation),
  }
  const percent = (share: number): string => (share * 100).toFixed(0)
  process.stdout.write(
    `${operation} 100 KiB, 32 connections, with encryption as a share of without, ${pairs.length} pairs of turns: ${percent(price.share)} % (the median is in ${percent(price.from)} to ${percent(price.to)}, 19 times of 20); ` +
      `${price.onPerSecond.toFixed(0)}/s and ${price.onMicros.toFixed(0)} µs with, ${price.offPerSecond.toFixed(0)}/s and ${price.offMicros.toFixed(0)} µs without\n`,
  )
  return price
}
