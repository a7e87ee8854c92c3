// What one drive costs: processor time and rate of appends, reads, starts and compactions on real files, without threads or messages between.
// Run: node tests/bench/drive-bench.ts [folder]. Every append is synced; figures are per record.
import { blake3 } from '../../src-main/base/blake3.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src-main/base/clock.ts'
import { createSharedSlab } from '../../src-main/payload/shared-memory.ts'
import { openDriveOn, type OpenableDrive } from '../../src-main/storage/erasure/drives/drive.ts'
import type { AppendRecord, DriveIdentity, LogSummary } from '../../src-main/storage/erasure/drives/drive-protocol.ts'
import { Locations } from '../../src-main/storage/erasure/drives/locations.ts'
import { SystemDriveFiles } from '../../src-main/storage/erasure/drives/system-drive-files.ts'

const shardLength = 50 * 1024
const metadataLength = 700
const slab = createSharedSlab(64 * 1024 * 1024)
const memoryFrom = 8 * 1024 * 1024
const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'coffer-drive-bench-'))
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
const identity: DriveIdentity = {
  deploymentId: id(1), driveId: id(2), setId: id(3), slot: 0, layoutGeneration: 1, setDrives: [id(2)], dataShards: 1, parityShards: 0, segmentSizeBytes: 64 * 1024 * 1024, isFolder: true,
}

interface Measure {
  readonly wallUs: number
  readonly cpuUs: number
  readonly userUs: number
}

function measure(count: number, work: () => void): Measure {
  const cpu = process.cpuUsage()
  const start = performance.now()
  work()
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return { wallUs: (wallMs * 1000) / count, cpuUs: (user + system) / count, userUs: user / count }
}

function report(name: string, { wallUs, cpuUs, userUs }: Measure, bytes: number): void {
  const rate = 1e6 / wallUs
  const bandwidth = bytes > 0 ? `${((rate * bytes) / 1e6).toFixed(0)} MB/s` : ''
  process.stdout.write(`${name.padEnd(44)} ${cpuUs.toFixed(1).padStart(8)} µs CPU (${userUs.toFixed(1)} user) ${rate.toFixed(0).padStart(9)}/s ${bandwidth.padStart(11)}\n`)
}

let sequence = 0
function records(count: number, shard: number): AppendRecord[] {
  const slot = metadataLength + shardLength + 32
  return Array.from({ length: count }, (_, index) => {
    const at = memoryFrom + index * slot
    const hasShard = shard > 0
    sequence++
    return {
      head: {
        sequence, epoch: 1, batchFirst: sequence - index, batchLength: count, kind: hasShard ? 'object' : 'delete', form: hasShard ? 'inline' : 'none',
        payloadId: hasShard ? sequence.toString(16).padStart(32, '1') : '0'.repeat(32), dataShards: 1, parityShards: 0, shardIndex: hasShard ? 0 : 255, shardLength: shard,
        storedLength: shard, metadataLength,
      },
      metadata: { offset: at, length: metadataLength },
      ...(hasShard && { shard: { offset: at + metadataLength, length: shard }, shardHashOffset: at + metadataLength + shardLength }),
    }
  })
}

function fillMemory(): void {
  const slot = metadataLength + shardLength + 32
  for (let index = 0; index < 32; index++) {
    const at = memoryFrom + index * slot
    for (let byte = 0; byte < slot - 32; byte++) slab.bytes[at + byte] = (byte * 31 + index * 17 + (byte >>> 8)) & 255
    slab.bytes.set(blake3(slab.bytes.subarray(at + metadataLength, at + metadataLength + shardLength)), at + metadataLength + shardLength)
  }
}

function open(isTended = true): { drive: OpenableDrive; summary: LogSummary } {
  const drive = openDriveOn(new SystemDriveFiles(root), slab.bytes, systemClock)
  void drive.calls.open({})
  const summary = drive.calls.startLog({}) as LogSummary
  if (isTended) tend(drive)
  return { drive, summary }
}

function tend(drive: OpenableDrive): void {
  while (drive.tend(false)) continue
}

function benchAppends(drive: OpenableDrive): void {
  for (const [batch, shard] of [[1, shardLength], [8, shardLength], [32, shardLength], [1, 0], [32, 0]] as const) {
    const total = 1024
    let best: Measure | undefined
    for (let round = 0; round < 4; round++) {
      const batches = Array.from({ length: total / batch }, () => records(batch, shard))
      // Segments that are needed are made before, as while idle.
      tend(drive)
      const result = measure(total, () => {
        for (const each of batches) {
          void drive.calls.append({ records: each })
        }
      })
      if (best === undefined || result.cpuUs < best.cpuUs) best = result
    }
    if (best !== undefined) report(`append, batch ${batch}, shard ${shard / 1024} KiB`, best, shard + metadataLength)
  }
}

function benchReads(drive: OpenableDrive, sequences: readonly number[]): void {
  const reads = sequences.slice(0, 1024).map((each, index) => ({ sequence: each, into: { offset: memoryFrom + (index % 32) * shardLength, length: shardLength } }))
  let best: Measure | undefined
  for (let round = 0; round < 5; round++) {
    const result = measure(reads.length, () => {
      for (let from = 0; from < reads.length; from += 16) void drive.calls.readShards({ reads: reads.slice(from, from + 16) })
    })
    if (best === undefined || result.cpuUs < best.cpuUs) best = result
  }
  if (best !== undefined) report('readShards, 50 KiB, verified, warm', best, shardLength)
  report('readHeads, 700 bytes, verified, warm', measure(reads.length, () => { void drive.calls.readHeads({ sequences: reads.map((each) => each.sequence) }) }), metadataLength)
}

function benchLocations(): void {
  const locations = new Locations()
  const count = 1_000_000
  report('locations: insert ascending, 1,000,000', measure(count, () => { for (let each = 1; each <= count; each++) locations.put(each, each >>> 10, each & 1023, 64) }), 0)
  report('locations: find at random', measure(count, () => { for (let each = 1; each <= count; each++) locations.find(((each * 7919) % count) + 1) }), 0)
  process.stdout.write(`locations hold ${(locations.memoryBytes / 1e6).toFixed(1)} MB per 1,000,000 records\n`)
}

try {
  fillMemory()
  const fresh = openDriveOn(new SystemDriveFiles(root), slab.bytes, systemClock)
  void fresh.calls.format({ identity })
  const { drive } = open()
  benchAppends(drive)
  const all = Array.from({ length: sequence }, (_, index) => index + 1)
  const withShard = all.slice(0, 3 * 4 * 1024)
  benchReads(drive, withShard.slice(-1024))
  void drive.calls.release({ sequences: withShard.filter((each) => each % 4 !== 0) })
  let moved = 0
  const compaction = measure(1, () => {
    for (;;) {
      const step = drive.calls.compact({ deadShareMin: 0.3 }) as { moved: number; recycled: number }
      moved += step.moved
      if (step.moved + step.recycled === 0) break
    }
  })
  if (moved > 0) report(`compaction of ${moved} records`, { wallUs: compaction.wallUs / moved, cpuUs: compaction.cpuUs / moved, userUs: compaction.userUs / moved }, shardLength)
  void drive.calls.close({})
  let found = 0
  const start = measure(1, () => {
    const again = open(false)
    found = again.summary.sequences.length
    void again.drive.calls.close({})
  })
  process.stdout.write(`start with ${found} records: ${(start.wallUs / 1000).toFixed(0)} ms\n`)
  benchLocations()
} finally {
  rmSync(root, { recursive: true, force: true })
}
