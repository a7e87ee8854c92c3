// One measurement: a load on a running store from a process of its own, with the store's processor time beside it.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { TestAppliance } from '../support/test-appliance.ts'
import type { LoadJob, LoadResult } from './load-process.ts'
import { cpuByThread, cpuOf } from './process-cpu.ts'

export interface BenchRow {
  readonly operation: string
  readonly size: string
  readonly connections: number
  readonly encryption: boolean
  readonly perSecond: number
  readonly mibPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the server's whole process, threads included. */
  readonly cpuMicrosPerOperation: number
  readonly clientCpuMicrosPerOperation: number
  readonly errors: number
  /** µs per operation by kind of thread. */
  readonly threads: Readonly<Record<string, number>>
}

function runLoad(job: LoadJob): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'load-process.ts'), { stdio: 'inherit' })
    child.once('message', (message) => { resolve(message as LoadResult) })
    child.once('error', reject)
    child.once('exit', (code) => { if (code !== 0) reject(new Error(`load generator ended with ${code ?? 'a signal'}`)) })
    child.send(job)
  })
}

export async function measure(store: TestAppliance, encryption: boolean, operation: LoadJob['operation'], size: readonly [string, number], connections: number, job: Partial<LoadJob>): Promise<BenchRow> {
  const before = cpuOf(store.pid)
  const threadsBefore = cpuByThread(store.pid)
  const url = new URL(store.endpoint)
  const result = await runLoad({
    host: url.hostname, port: Number(url.port), credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
    bucket: 'bench', operation, sizeBytes: size[1], connections, prefix: '', names: 1, durationMs: 0, ...job,
  })
  const cpu = cpuOf(store.pid) - before
  const threads = Object.fromEntries([...cpuByThread(store.pid)].map(([name, ms]) => [name, ((ms - (threadsBefore.get(name) ?? 0)) * 1000) / Math.max(1, result.requests)]))
  if (result.errors > 0) process.stderr.write(`${result.errors} errors, first: ${result.firstError.slice(0, 400)}\n`)
  return {
    threads, operation, size: operation === 'LIST' ? 'page of 1000' : size[0], connections, encryption, errors: result.errors,
    perSecond: (result.requests / result.elapsedMs) * 1000,
    mibPerSecond: (result.bytes / result.elapsedMs) * 1000 / 1_048_576,
    p50Ms: result.p50Ms, p99Ms: result.p99Ms,
    cpuMicrosPerOperation: (cpu * 1000) / Math.max(1, result.requests),
    clientCpuMicrosPerOperation: (result.clientCpuMs * 1000) / Math.max(1, result.requests),
  }
}

const warmRoundsMax = 12
/** Objects of 100 KiB. */
export const warmNames = 4000

/**
 * What runs for days is measured as it runs then: code compiled, segments in use, connections learned. Rounds of writing, reading and deleting
 * until a round costs no less than the cheapest two before it. Gives the requests that took.
 */
export async function warmUp(store: TestAppliance, encryption: boolean): Promise<number> {
  const costs: number[] = []
  for (let round = 1; ; round++) {
    let cost = 0
    for (const operation of ['PUT', 'GET', 'GET', 'DELETE'] as const) {
      cost += (await measure(store, encryption, operation, ['100 KiB', 102_400], 32, { prefix: 'warm/', names: warmNames })).cpuMicrosPerOperation
    }
    const isSteady = costs.filter((before) => before <= cost * 1.02).length >= 2
    if (isSteady || round === warmRoundsMax) return round * 4 * warmNames
    costs.push(cost)
  }
}
