// A store that is measured: as people run it, with a load generator beside it and its processor time with every measurement.
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'
import { LoadGenerator } from './load-generator.ts'
import type { LoadJob } from './load-process.ts'
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

const warmRoundsMax = 12
/** Objects of 100 KiB. */
export const warmNames = 4000
export const hundredKib = ['100 KiB', 102_400] as const

export class BenchStore {
  readonly appliance: TestAppliance
  readonly encryption: boolean
  readonly #load = new LoadGenerator()

  private constructor(appliance: TestAppliance, encryption: boolean) {
    this.appliance = appliance
    this.encryption = encryption
  }

  /** Serving, with an empty bucket `bench`. */
  static async open(drives: number, encryption: boolean): Promise<BenchStore> {
    const appliance = await startTestAppliance({ drives, tls: false, encryptByDefault: encryption, production: true })
    await appliance.client().createBucket('bench')
    return new BenchStore(appliance, encryption)
  }

  async measure(operation: LoadJob['operation'], [size, sizeBytes]: readonly [string, number], connections: number, job: Partial<LoadJob>): Promise<BenchRow> {
    const { pid, endpoint, accessKeyId, secretAccessKey } = this.appliance
    const before = cpuOf(pid)
    const threadsBefore = cpuByThread(pid)
    const url = new URL(endpoint)
    const result = await this.#load.run({
      host: url.hostname, port: Number(url.port), credentials: { accessKeyId, secretAccessKey },
      bucket: 'bench', operation, sizeBytes, connections, prefix: '', names: 1, durationMs: 0, ...job,
    })
    const cpu = cpuOf(pid) - before
    const threads = Object.fromEntries([...cpuByThread(pid)].map(([name, ms]) => [name, ((ms - (threadsBefore.get(name) ?? 0)) * 1000) / Math.max(1, result.requests)]))
    if (result.errors > 0) process.stderr.write(`${result.errors} errors, first: ${result.firstError.slice(0, 400)}\n`)
    return {
      threads, operation, size: operation === 'LIST' ? 'page of 1000' : size, connections, encryption: this.encryption, errors: result.errors,
      perSecond: (result.requests / result.elapsedMs) * 1000,
      mibPerSecond: (result.bytes / result.elapsedMs) * 1000 / 1_048_576,
      p50Ms: result.p50Ms, p99Ms: result.p99Ms,
      cpuMicrosPerOperation: (cpu * 1000) / Math.max(1, result.requests),
      clientCpuMicrosPerOperation: (result.clientCpuMs * 1000) / Math.max(1, result.requests),
    }
  }

  /**
   * What runs for days is measured as it runs then: code compiled, segments in use, connections learned. Rounds of writing, reading and deleting
   * until a round costs no less than the cheapest two before it. Gives the requests that took.
   */
  async warmUp(): Promise<number> {
    const costs: number[] = []
    for (let round = 1; ; round++) {
      let cost = 0
      for (const operation of ['PUT', 'GET', 'GET', 'DELETE'] as const) {
        cost += (await this.measure(operation, hundredKib, 32, { prefix: 'warm/', names: warmNames })).cpuMicrosPerOperation
      }
      const isSteady = costs.filter((before) => before <= cost * 1.02).length >= 2
      if (isSteady || round === warmRoundsMax) return round * 4 * warmNames
      costs.push(cost)
    }
  }

  async stop(): Promise<void> {
    this.#load.close()
    await this.appliance.stop()
  }
}
