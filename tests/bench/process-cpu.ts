// What a process and each of its threads have used, from /proc (Linux; steps of 10 ms).
import { readFileSync, readdirSync } from 'node:fs'

/** User and system time in ms, as one figure. */
function timesOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

export function cpuOf(pid: number): number {
  return timesOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

export function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

const threadNames: Readonly<Record<string, string>> = {
  MainThread: 'main loop: HTTP, signatures, object layer, sequencer, catalogue',
  'codec-worker': 'codec: digests, encryption, erasure code, shard hashes',
  'drive-worker': 'drives: log writes, syncs, reads, verification',
  V8Worker: 'V8 helpers: garbage collection, compilation',
}

/** ms per kind of thread so far. */
export function cpuByThread(pid: number): Map<string, number> {
  const sums = new Map<string, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const comm = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim()
      const name = threadNames[comm] ?? (comm === 'node' ? threadNames['MainThread'] : undefined) ?? 'other threads'
      sums.set(name, (sums.get(name) ?? 0) + timesOf(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')))
    } catch {
      // A thread that ended between listing and reading.
    }
  }
  return sums
}
