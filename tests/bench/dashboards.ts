// npm run bench -- --dashboards N: what N open dashboards cost S3 clients. Rounds with and without them alternate in one run, so that a
// machine that slows down or speeds up does so for both.
import { readFileSync } from 'node:fs'
import { ConsoleBrowser, type LiveView } from '../support/console-browser.ts'
import type { TestAppliance } from '../support/test-appliance.ts'

const password = 'correct horse battery staple'

export interface Round {
  readonly put: number
  readonly get: number
}

async function openDashboards(store: TestAppliance, count: number): Promise<LiveView[]> {
  const views: LiveView[] = []
  for (let number = 0; number < count; number++) {
    const viewer = new ConsoleBrowser({ port: store.consolePort, authority: readFileSync(store.authorityFile), userAgent: `dashboard ${number}` })
    const signedIn = await viewer.call('operator.signIn', { password })
    if (signedIn.status !== 200) throw new Error(`a dashboard could not sign in: ${JSON.stringify(signedIn.value)}`)
    const view = await viewer.watch()
    if (typeof view === 'number') throw new Error(`a dashboard was refused with ${view}`)
    views.push(view)
  }
  return views
}

/** Requests per second without and with the dashboards, as medians of `rounds` pairs, and how much the dashboards were told. */
export async function measureDashboards(store: TestAppliance, count: number, rounds: number, round: () => Promise<Round>): Promise<void> {
  const finished = await store.call('setup.finish', { operatorPassword: password })
  if (finished.status !== 200) throw new Error(`set-up could not be finished: ${JSON.stringify(finished.value)}`)
  await round()
  const without: Round[] = []
  const among: Round[] = []
  let told = 0
  for (let pair = 0; pair < rounds; pair++) {
    without.push(await round())
    const views = await openDashboards(store, count)
    try {
      among.push(await round())
    } finally {
      told += views.reduce((sum, view) => sum + view.told.length, 0)
      for (const view of views) view.close()
    }
    const [plain, watched] = [without.at(-1), among.at(-1)]
    process.stdout.write(`pair ${pair + 1}: PUT ${plain?.put.toFixed(0) ?? ''} without, ${watched?.put.toFixed(0) ?? ''} with; GET ${plain?.get.toFixed(0) ?? ''} without, ${watched?.get.toFixed(0) ?? ''} with\n`)
  }
  for (const what of ['put', 'get'] as const) {
    const [plain, watched] = [without, among].map((list) => median(list.map((entry) => entry[what])))
    process.stdout.write(`${what.toUpperCase()} 100 KiB with ${count} dashboards: ${(((watched ?? 0) / (plain ?? 1)) * 100).toFixed(1)} % of without (medians of ${rounds})\n`)
  }
  process.stdout.write(`the dashboards were told ${told} times\n`)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
