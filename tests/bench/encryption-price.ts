// What encryption costs: two stores, one with and one without, by turns in one run, since the host gives more or less from minute to minute.
// Each turn begins when both stores have nothing left to do: upkeep after writing would be counted against the other one.
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'
import { measure, warmNames, warmUp, type BenchRow } from './measure.ts'
import { cpuOf } from './process-cpu.ts'

const priceRounds = 41
/** Ranks in a sorted list of 41 that enclose its true median 19 times of 20 (binomial distribution, p = 1/2). */
const [lowRank, highRank] = [13, 27]
const settledMs = 500
const settleMaxMs = 30_000

/** Until none of them uses more than a twentieth of a processor. */
async function settle(stores: readonly TestAppliance[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < settleMaxMs; waitedMs += settledMs) {
    const before = stores.map(({ pid }) => cpuOf(pid))
    await sleep(settledMs)
    if (stores.every(({ pid }, index) => cpuOf(pid) - (before[index] ?? 0) < settledMs / 20)) return
  }
}

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

/** `seconds` per turn. A pair of turns stands next to each other in time, so what the host gives changes both alike; who begins alternates. */
export async function priceOfEncryption(drives: number, seconds: number): Promise<Record<'PUT' | 'GET', Price>> {
  const stores = [true, false].map((encryption) => ({ encryption, starting: startTestAppliance({ drives, tls: false, encryptByDefault: encryption, production: true }) }))
  const pairs: Record<'PUT' | 'GET', Pair[]> = { PUT: [], GET: [] }
  try {
    for (const { encryption, starting } of stores) {
      const store = await starting
      await store.client().createBucket('bench')
      await warmUp(store, encryption)
      await measure(store, encryption, 'PUT', ['100 KiB', 102_400], 32, { prefix: 'price/', names: warmNames })
    }
    for (let round = 0; round < priceRounds; round++) {
      for (const operation of ['PUT', 'GET'] as const) {
        const rows = new Map<boolean, BenchRow>()
        for (const { encryption, starting } of round % 2 === 0 ? stores : [...stores].reverse()) {
          // Warm: what was written past the system's cache is in it after one pass.
          if (operation === 'GET') await measure(await starting, encryption, 'GET', ['100 KiB', 102_400], 32, { prefix: 'price/', names: warmNames })
          await settle(await Promise.all(stores.map((store) => store.starting)))
          rows.set(encryption, await measure(await starting, encryption, operation, ['100 KiB', 102_400], 32, { prefix: 'price/', names: warmNames, durationMs: seconds * 1000 }))
        }
        const [on, off] = [rows.get(true), rows.get(false)]
        if (on !== undefined && off !== undefined) pairs[operation].push({ on, off })
      }
    }
  } finally {
    for (const { starting } of stores) await starting.then((store) => store.stop(), () => undefined)
  }
  return { PUT: summarise('PUT', pairs.PUT), GET: summarise('GET', pairs.GET) }
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
