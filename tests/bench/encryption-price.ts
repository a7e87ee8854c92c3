// What encryption costs: two stores, one with and one without, by turns in one run, since the host gives more or less from minute to minute.
// Each turn begins when both stores have nothing left to do: upkeep after writing would be counted against the other one.
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'
import { measure, warmNames, warmUp } from './measure.ts'
import { cpuOf } from './process-cpu.ts'

const priceRounds = 7
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

/** Rate with encryption as a share of the rate without, medians of the rounds of `seconds`. */
export async function priceOfEncryption(drives: number, seconds: number): Promise<Record<'PUT' | 'GET', number>> {
  const stores = [true, false].map((encryption) => ({ encryption, starting: startTestAppliance({ drives, tls: false, encryptByDefault: encryption, production: true }) }))
  const rates = { PUT: new Map<boolean, number[]>(), GET: new Map<boolean, number[]>() }
  try {
    for (const { encryption, starting } of stores) {
      const store = await starting
      await store.client().createBucket('bench')
      await warmUp(store, encryption)
      await measure(store, encryption, 'PUT', ['100 KiB', 102_400], 32, { prefix: 'price/', names: warmNames })
    }
    for (let round = 0; round < priceRounds; round++) {
      for (const operation of ['PUT', 'GET'] as const) {
        for (const { encryption, starting } of round % 2 === 0 ? stores : [...stores].reverse()) {
          // Warm: what was written past the system's cache is in it after one pass.
          if (operation === 'GET') await measure(await starting, encryption, 'GET', ['100 KiB', 102_400], 32, { prefix: 'price/', names: warmNames })
          await settle(await Promise.all(stores.map((store) => store.starting)))
          const row = await measure(await starting, encryption, operation, ['100 KiB', 102_400], 32, { prefix: 'price/', names: warmNames, durationMs: seconds * 1000 })
          rates[operation].set(encryption, [...(rates[operation].get(encryption) ?? []), row.perSecond])
        }
      }
    }
  } finally {
    for (const { starting } of stores) await starting.then((store) => store.stop(), () => undefined)
  }
  const shareOf = (operation: 'PUT' | 'GET'): number => {
    const [on, off] = [true, false].map((encryption) => [...(rates[operation].get(encryption) ?? [])].sort((x, y) => x - y)[priceRounds >> 1] ?? 0) as [number, number]
    process.stdout.write(`${operation} 100 KiB, 32 connections, by turns, medians of ${priceRounds}: ${on.toFixed(0)}/s with encryption, ${off.toFixed(0)}/s without: ${((on / off) * 100).toFixed(0)} %\n`)
    return on / off
  }
  return { PUT: shareOf('PUT'), GET: shareOf('GET') }
}
