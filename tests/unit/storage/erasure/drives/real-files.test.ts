// The same drive on the system's files, in its thread, and against other processes.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSharedSlab } from '../../../../../src-main/payload/shared-memory.ts'
import { connectDrive } from '../../../../../src-main/storage/erasure/drives/drive-client.ts'
import type { DriveConnection } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import { SystemDriveFiles } from '../../../../../src-main/storage/erasure/drives/system-drive-files.ts'
import { identity, pattern, place, testRecord, TestDrive, type TestRecord } from './drive-kit.ts'

const slab = createSharedSlab(8 * 1024 * 1024)
const at = 6 * 1024 * 1024
const real = { ...identity, segmentSizeBytes: 1024 * 1024 }
let root: string
let connections: DriveConnection[]
let children: ChildProcess[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coffer-drive-'))
  connections = []
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const connection of connections) await connection.abandon()
  rmSync(root, { recursive: true, force: true })
})

function connect(path = root): DriveConnection {
  const connection = connectDrive(path, slab)
  connections.push(connection)
  return connection
}

async function newDrive(segmentSizeBytes = real.segmentSizeBytes): Promise<DriveConnection> {
  const drive = connect()
  await drive.format({ identity: { ...real, segmentSizeBytes } })
  await drive.open({})
  await drive.startLog({})
  return drive
}

async function problemWith(drive: DriveConnection, { head, metadata, shard }: TestRecord): Promise<string | undefined> {
  const { records } = await drive.readHeads({ sequences: [head.sequence] })
  if (Buffer.compare(records[0]?.metadata ?? new Uint8Array(0), metadata) !== 0) return 'metadata'
  const results = await drive.readShards({ reads: [{ sequence: head.sequence, into: { offset: at, length: shard.byteLength } }] })
  if (results[0] !== 'ok') return results[0]
  return Buffer.compare(slab.bytes.subarray(at, at + shard.byteLength), shard) === 0 ? undefined : 'other bytes'
}

/** Starts drive-child.ts; `lines` are what it says. */
function startChild(what: 'hold' | 'append'): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'drive-child.ts'), root, what], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

describe('a drive in its thread', () => {
  it('says what a path is that is no drive', async () => {
    await expect(connect(join(root, 'nowhere')).open({})).rejects.toMatchObject({ fault: 'gone' })
    await expect(connect().open({})).rejects.toMatchObject({ fault: 'not-formatted' })
    mkdirSync(join(root, 'photos'))
    await expect(connect().format({ identity: real })).rejects.toMatchObject({ fault: 'refused' })
  })

  it('has one opener at a time, in this process and among all', async () => {
    const drive = await newDrive()
    await expect(connect().open({})).rejects.toMatchObject({ fault: 'in-use' })
    expect((await startChild('hold').lines.next()).value).toBe('in-use')
    await drive.close({})
    const holder = startChild('hold')
    expect((await holder.lines.next()).value).toBe('open')
    await expect(connect().open({})).rejects.toMatchObject({ fault: 'in-use' })
    holder.child.kill('SIGKILL')
    await new Promise((resolve) => holder.child.once('exit', resolve))
    expect(await connect().open({})).toEqual({ identity: real })
  })

  it('frees its lock when its thread is ended', async () => {
    const drive = await newDrive()
    await drive.abandon()
    await expect(drive.probe({})).rejects.toMatchObject({ fault: 'gone' })
    expect(await connect().open({})).toEqual({ identity: real })
  })

  it('is gone when its folder is moved away, and nothing is made where it was', async () => {
    const drive = await newDrive()
    await drive.append({ records: place(slab.bytes, [testRecord(1)], at) })
    renameSync(root, `${root}-elsewhere`)
    mkdirSync(root)
    await expect(drive.probe({})).rejects.toMatchObject({ fault: 'gone' })
    await expect(drive.append({ records: place(slab.bytes, [testRecord(2)], at) })).rejects.toMatchObject({ fault: 'gone' })
    await expect(drive.writeSealRecord({ generation: 1, bytes: new Uint8Array(1) })).rejects.toMatchObject({ fault: 'gone' })
    expect(readdirSync(root)).toEqual([])
    await drive.abandon()
    const moved = connect(`${root}-elsewhere`)
    await moved.open({})
    expect([...(await moved.startLog({})).sequences]).toEqual([1])
    await moved.abandon()
    rmSync(`${root}-elsewhere`, { recursive: true })
  })

  it.each([['in whole blocks', 16_896, 512], ['of any length, anywhere', 16_800, 1]])('takes a write of more parts than the system takes at once, with shards %s', async (_, shardLength, alignment) => {
    const drive = await newDrive(16 * 1024 * 1024)
    // 17,408 bytes each in the segment, and two parts of the write: what stands before the shard, and the shard.
    const records = Array.from({ length: 600 }, (_record, index) => testRecord(index + 1, shardLength, index % 50))
    await drive.append({ records: place(slab.bytes, records, 0, alignment) })
    await drive.close({})
    await drive.abandon()
    const again = connect()
    await again.open({})
    const summary = await again.startLog({})
    expect(summary.damagedRecords).toBe(0)
    expect([...summary.sequences]).toEqual(records.map(({ head }) => head.sequence))
    expect(readdirSync(join(root, '.coffer/segments')).filter((name) => name === '00000002.seg')).toEqual([])
    for (const each of records) expect(await problemWith(again, each), `record ${each.head.sequence}`).toBeUndefined()
  })

  it('keeps records and shard files over a restart', async () => {
    const drive = await newDrive()
    const many = Array.from({ length: 700 }, (_, index) => testRecord(index + 1, 300 + index, index % 50))
    await drive.append({ records: place(slab.bytes, many, 4 * 1024 * 1024) })
    const large = Array.from({ length: 30 }, (_, index) => testRecord(1001 + index, 50_000, index === 7 ? 100_000 : 700))
    for (let from = 0; from < 30; from += 5) await drive.append({ records: place(slab.bytes, large.slice(from, from + 5), at) })
    const payloadId = 'c0'.repeat(16)
    slab.bytes.set(many[5]?.shard ?? new Uint8Array(0), at)
    const [record] = place(slab.bytes, [many[5] as TestRecord], at)
    const from = record?.shard ?? { offset: 0, length: 0 }
    await drive.writeChunks({ chunks: [0, 1].map((chunkIndex) => ({ payloadId, chunkIndex, chunkLength: from.length, from, hashOffset: record?.shardHashOffset ?? 0 })) })
    await drive.syncShardFiles({ payloadIds: [payloadId] })
    await drive.writeSealRecord({ generation: 3, bytes: Buffer.from('sealed') })
    await drive.release({ sequences: large.slice(0, 20).map(({ head }) => head.sequence) })
    while ((await drive.compact({ deadShareMin: 0.3 })).moved > 0) continue
    await drive.close({})
    await drive.abandon()

    const again = connect()
    const opened = await again.open({})
    expect(Buffer.from(opened.sealRecord?.bytes ?? []).toString()).toBe('sealed')
    const summary = await again.startLog({})
    expect(summary.damagedRecords).toBe(0)
    const kept = [...many, ...large.slice(20)]
    expect(kept.filter(({ head }) => !summary.sequences.includes(head.sequence))).toEqual([])
    for (const each of [...many.slice(-20), ...large.slice(20)]) expect(await problemWith(again, each)).toBeUndefined()
    expect(await again.readChunks({ reads: [{ payloadId, chunkIndex: 1, chunkLength: from.length, into: { offset: at, length: from.length } }] })).toEqual(['ok'])
    expect(await again.listShardFiles({})).toEqual({ payloadIds: [payloadId] })
    const { liveBytes, freeBytes, totalBytes } = await again.space({})
    expect(liveBytes).toBeGreaterThan(10 * 50_000)
    expect(freeBytes).toBeLessThan(totalBytes)
  })

  it('makes the next segment ahead of need, of its full length', async () => {
    await newDrive()
    const folder = join(root, '.coffer/segments')
    const made = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.seg'))
    for (let wait = 0; wait < 200 && made().length === 0; wait++) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(made()).toEqual(['00000001.seg'])
    expect(statSync(join(folder, '00000001.seg')).size).toBe(real.segmentSizeBytes)
  })
})

describe('a file', () => {
  it('is written and read in parts, also in more than the system takes at once', () => {
    const files = new SystemDriveFiles(root)
    const file = files.open('parts', 'create')
    const parts = Array.from({ length: 2500 }, (_, index) => pattern(index, index % 7))
    files.write(file, parts, 3)
    const whole = Buffer.concat([Buffer.alloc(3), ...parts])
    expect(files.stat(file).sizeBytes).toBe(whole.byteLength)
    const read = Buffer.alloc(whole.byteLength)
    expect(files.read(file, read, 0)).toBe(whole.byteLength)
    expect(Buffer.compare(read, whole)).toBe(0)
    const [first, second, beyond] = [Buffer.alloc(10), Buffer.alloc(20), Buffer.alloc(30)]
    expect(files.readParts(file, [first, second], 100)).toBe(30)
    expect(Buffer.compare(Buffer.concat([first, second]), whole.subarray(100, 130))).toBe(0)
    expect(files.readParts(file, [first, second, beyond], whole.byteLength - 17)).toBe(17)
    expect(Buffer.compare(Buffer.concat([first, second]).subarray(0, 17), whole.subarray(-17))).toBe(0)
    files.close(file)
  })
})

describe('a process that is killed while it writes', () => {
  it('leaves every record that it answered, three times over', async () => {
    const formatted = connect()
    await formatted.format({ identity: real })
    await formatted.abandon()
    for (let round = 0; round < 3; round++) {
      const { child, lines } = startChild('append')
      let answered = 0
      expect((await lines.next()).value).toBe('open')
      const until = 25 + round * 40
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        answered = Number(line.value)
        if (answered > until) child.kill('SIGKILL')
      }
      const drive = new TestDrive(new SystemDriveFiles(root))
      const summary = await drive.start()
      const held = new Set(summary.sequences)
      expect(summary.damagedRecords).toBe(0)
      for (let sequence = 1; sequence <= answered; sequence++) expect(held.has(sequence), `record ${sequence} of ${answered}`).toBe(true)
      for (const sequence of held) expect(await drive.problemWith(testRecord(sequence, 20_000)), `record ${sequence}`).toBeUndefined()
      await drive.drive.close({})
    }
  })
})
