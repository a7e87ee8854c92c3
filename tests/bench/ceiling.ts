// What the drives alone can do: the records of 100 KiB objects through the drive threads, synced, without HTTP, codec or catalogue.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../src-main/base/random.ts'
import { createSharedSlab, SlotPool } from '../../src-main/payload/shared-memory.ts'
import { connectDrive, findSet, formatSet } from '../../src-main/storage/erasure/index.ts'
import { blake3 } from '../../src-main/base/blake3.ts'

export interface Ceiling {
  readonly putPerSecond: number
  readonly getPerSecond: number
  readonly putCpuMicros: number
  readonly getCpuMicros: number
}

const metadataLength = 700
const batchLength = 32

export async function measureCeiling(driveCount: number, records: number): Promise<Ceiling> {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-ceiling-'))
  const slab = createSharedSlab(64 * 1024 * 1024)
  const slots = new SlotPool(slab, 16)
  const paths = Array.from({ length: driveCount }, (_, index) => join(folder, `drive${index}`))
  try {
    for (const path of paths) mkdirSync(path)
    const blank = paths.map((path) => connectDrive(path, slab))
    await formatSet(blank.map((connection) => ({ connection, isFolder: true })), systemRandom)
    for (const connection of blank) await connection.abandon()
    const { set } = await findSet(paths.map((path) => connectDrive(path, slab)))
    const drives = (set?.slots ?? []).flatMap((slot) => (slot === undefined ? [] : [slot.connection]))
    for (const drive of drives) await drive.startLog({})
    const dataShards = set?.identity.dataShards ?? 1
    const shardLength = Math.ceil(102_528 / dataShards / 64) * 64
    const slot = await slots.take(metadataLength + shardLength + 64)
    const shard = { offset: slot.offset + 1024, length: shardLength }
    slots.view({ offset: slot.offset, length: 32 }).set(blake3(slots.view(shard)))
    const metadata = { offset: slot.offset + 32, length: metadataLength }

    const measure = async (work: () => Promise<void>): Promise<{ perSecond: number; cpuMicros: number }> => {
      const cpuBefore = process.cpuUsage()
      const begin = performance.now()
      await work()
      const cpu = process.cpuUsage(cpuBefore)
      return { perSecond: (records / (performance.now() - begin)) * 1000, cpuMicros: (cpu.user + cpu.system) / records }
    }
    let sequence = 1
    const put = await measure(async () => {
      for (let done = 0; done < records; done += batchLength) {
        const first = sequence
        sequence += batchLength
        await Promise.all(drives.map((drive, shardIndex) => drive.append({
          records: Array.from({ length: batchLength }, (_, index) => ({
            head: {
              sequence: first + index, epoch: 1, batchFirst: first, batchLength, kind: 'object' as const, form: 'inline' as const,
              payloadId: (first + index).toString(16).padStart(32, '0'), dataShards, parityShards: driveCount - dataShards, shardIndex, shardLength,
              storedLength: 102_464, metadataLength,
            },
            metadata, shard, shardHashOffset: slot.offset,
          })),
        })))
      }
    })
    let next = 1
    const get = await measure(async () => {
      for (let done = 0; done < records; done += batchLength) {
        const from = next
        next += batchLength
        await Promise.all(drives.slice(0, dataShards).map((drive) => drive.readShards({ reads: Array.from({ length: batchLength }, (_, index) => ({ sequence: from + index, into: shard })) })))
      }
    })
    for (const drive of drives) {
      await drive.close({})
      await drive.abandon()
    }
    return { putPerSecond: put.perSecond, getPerSecond: get.perSecond, putCpuMicros: put.cpuMicros, getCpuMicros: get.cpuMicros }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
