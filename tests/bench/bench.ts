// npm run bench: what this machine can do through S3 with every drive synced before the reply, with encryption on and off, beside what
// the drives alone can do. Prints a table and writes JSON. Flags: --quick (shorter), --only PUT:100KiB:32, --out FILE, --seconds N.
// --soak MINUTES: mixed load with the resident memory beside it. --dashboards N: what N open dashboards cost S3 clients.
// --price: only what encryption costs.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { BenchStore, hundredKib, type BenchRow } from './bench-store.ts'
import { measureCeiling, type Ceiling } from './ceiling.ts'
import { measureDashboards } from './dashboards.ts'
import { priceOfEncryption } from './encryption-price.ts'
import { memoryOf } from './process-cpu.ts'
import { measureStages } from './stages.ts'

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, out: { type: 'string' }, seconds: { type: 'string' }, drives: { type: 'string', default: '4' }, soak: { type: 'string' }, dashboards: { type: 'string' }, price: { type: 'boolean', default: false } },
})

const sizes: readonly (readonly [string, number])[] = [['4 KiB', 4096], ['100 KiB', 102_400], ['1 MiB', 1_048_576], ['64 MiB', 67_108_864]]
const concurrencies = [1, 10, 32]

function printRow(row: BenchRow): void {
  const cells = [
    row.operation.padEnd(7), row.size.padEnd(13), String(row.connections).padStart(4), (row.encryption ? 'on' : 'off').padStart(5),
    row.perSecond.toFixed(row.perSecond < 100 ? 1 : 0).padStart(9), row.mibPerSecond.toFixed(0).padStart(8), row.p50Ms.toFixed(2).padStart(9), row.p99Ms.toFixed(2).padStart(9),
    row.cpuMicrosPerOperation.toFixed(0).padStart(11), row.clientCpuMicrosPerOperation.toFixed(0).padStart(11),
  ]
  process.stdout.write(`${cells.join(' ')}\n`)
}

/** Objects that are read again and again. */
const readNamesMax = 5000
async function benchStore(encryption: boolean, seconds: number): Promise<BenchRow[]> {
  const store = await BenchStore.open(Number(flags.drives), encryption)
  const rows: BenchRow[] = []
  try {
    const requests = await store.warmUp()
    process.stdout.write(`warm after ${requests} requests (encryption ${encryption ? 'on' : 'off'})\n`)
    const wanted = flags.only?.split(':')
    for (const size of sizes) {
      for (const connections of concurrencies) {
        if (wanted !== undefined && (wanted[1] !== size[0].replace(' ', '') || Number(wanted[2]) !== connections)) continue
        const large = size[1] >= 67_108_864
        if (large && connections === 32 && flags.quick) continue
        const prefix = `${size[1]}-${connections}/`
        const names = large ? Math.max(8, connections) : Math.ceil(seconds * (size[1] > 500_000 ? 800 : 8000))
        const durationMs = large ? 0 : seconds * 1000
        const put = await store.measure('PUT', size, connections, { prefix, names, durationMs })
        rows.push(put)
        printRow(put)
        const stored = Math.max(1, Math.min(names, Math.floor((put.perSecond * seconds * 1000) / 1000) - connections))
        const kept = large ? names : stored
        const read = Math.min(kept, readNamesMax)
        // Warm: what was written past the system's cache is in it after one pass.
        if (!large) await store.measure('GET', size, connections, { prefix, names: read })
        const get = await store.measure('GET', size, connections, { prefix, names: read, durationMs: large ? 0 : durationMs })
        rows.push(get)
        printRow(get)
        if (wanted === undefined) {
          const list = await store.measure('LIST', size, connections, { names: 1, durationMs: Math.min(durationMs || 2000, 2000) })
          rows.push(list)
          printRow(list)
        }
        const remove = await store.measure('DELETE', size, connections, { prefix, names: kept })
        rows.push(remove)
        printRow(remove)
      }
    }
    process.stdout.write(`resident memory at the end: ${memoryOf(store.appliance.pid).toFixed(0)} MiB\n`)
  } finally {
    await store.stop()
  }
  return rows
}

/** Ten minutes of mixed load with the resident memory beside it. */
async function soak(minutes: number): Promise<void> {
  const store = await BenchStore.open(Number(flags.drives), true)
  try {
    for (let minute = 0; minute < minutes; minute++) {
      const put = await store.measure('PUT', hundredKib, 32, { prefix: 'soak/', names: 5000, durationMs: 30_000 })
      const get = await store.measure('GET', hundredKib, 32, { prefix: 'soak/', names: 5000, durationMs: 30_000 })
      process.stdout.write(`minute ${minute + 1}: ${put.perSecond.toFixed(0)} PUT/s, ${get.perSecond.toFixed(0)} GET/s, p99 ${put.p99Ms.toFixed(1)} / ${get.p99Ms.toFixed(1)} ms, errors ${put.errors + get.errors}, resident ${memoryOf(store.appliance.pid).toFixed(0)} MiB\n`)
    }
  } finally {
    await store.stop()
  }
}

async function benchDashboards(count: number, seconds: number): Promise<void> {
  const store = await BenchStore.open(Number(flags.drives), true)
  try {
    const rate = async (operation: 'PUT' | 'GET', names: number): Promise<number> => (await store.measure(operation, hundredKib, 32, { prefix: 'seen/', names, durationMs: seconds * 1000 })).perSecond
    await measureDashboards(store.appliance, count, 7, async () => ({ put: await rate('PUT', 2000), get: await rate('GET', 2000) }))
  } finally {
    await store.stop()
  }
}

async function main(): Promise<void> {
  if (flags.soak !== undefined) return soak(Number(flags.soak))
  if (flags.dashboards !== undefined) return benchDashboards(Number(flags.dashboards), Number(flags.seconds ?? 4))
  const priceSeconds = flags.quick ? 0.3 : 0.6
  if (flags.price) {
    await priceOfEncryption(Number(flags.drives), priceSeconds)
    return
  }
  const seconds = flags.seconds !== undefined ? Number(flags.seconds) : flags.quick ? 3 : 8
  process.stdout.write(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}; load generator on the same processors; every drive synced before the reply\n\n`)
  const ceiling: Ceiling = await measureCeiling(Number(flags.drives), flags.quick ? 2000 : 4000)
  process.stdout.write(`The drives alone (same records through the drive threads, no HTTP, no codec): ${ceiling.putPerSecond.toFixed(0)} PUT/s of 100 KiB, ${ceiling.getPerSecond.toFixed(0)} GET/s, ${ceiling.putCpuMicros.toFixed(0)} / ${ceiling.getCpuMicros.toFixed(0)} µs CPU\n\n`)
  process.stdout.write('what    size          conn   enc     per s    MiB/s    p50 ms    p99 ms  server µs  client µs\n')
  const rows = [...(await benchStore(true, seconds)), ...(await benchStore(false, seconds))]
  const prices = await priceOfEncryption(Number(flags.drives), priceSeconds)
  for (const row of rows.filter((entry) => entry.encryption && entry.size === '100 KiB' && entry.connections === 32 && (entry.operation === 'PUT' || entry.operation === 'GET'))) {
    process.stdout.write(`\nwhere the server's time goes, ${row.operation} 100 KiB at 32 connections, µs of CPU per operation (${row.cpuMicrosPerOperation.toFixed(0)} in all)\n`)
    for (const [name, micros] of Object.entries(row.threads).sort((a, b) => b[1] - a[1])) process.stdout.write(`  ${micros.toFixed(0).padStart(5)}  ${name}\n`)
  }
  const stages = measureStages()
  process.stdout.write('\nstages of the codec alone, µs per 100 KiB body\n')
  for (const [name, micros] of Object.entries(stages)) process.stdout.write(`  ${micros.toFixed(1).padStart(6)}  ${name}\n`)
  if (flags.out !== undefined) writeFileSync(flags.out, JSON.stringify({ node: process.version, ceiling, rows, prices, stages }, null, 2))
}

await main()
