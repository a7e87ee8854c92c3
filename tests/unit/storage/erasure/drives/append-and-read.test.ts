import { describe, expect, it } from 'vitest'
import { recordKindCode } from '../../../../../src-main/storage/erasure/format/record.ts'
import type { FileHandle } from '../../../../../src-main/storage/erasure/drives/drive-files.ts'
import { hashOf } from '../../../../../src-main/storage/erasure/format/fields.ts'
import { VirtualDriveFiles } from '../../../../support/virtual-drive-files.ts'
import { formattedDrive, identity, pattern, place, segmentSizeBytes, testRecord, uuid, TestDrive, type TestRecord } from './drive-kit.ts'

interface WrittenPart {
  readonly bytes: Uint8Array
  /** In its file. */
  readonly position: number
}

/** Keeps what was written, as it was handed over. */
class WatchedFiles extends VirtualDriveFiles {
  readonly parts: WrittenPart[] = []

  override write(file: FileHandle, parts: readonly Uint8Array[], position: number): void {
    super.write(file, parts, position)
    for (const bytes of parts) {
      this.parts.push({ bytes, position })
      position += bytes.byteLength
    }
  }
}

async function newDrive(options: { capacityBytes?: number } = {}): Promise<{ files: VirtualDriveFiles; test: TestDrive }> {
  const files = new VirtualDriveFiles({ seed: 1, ...options })
  const test = await formattedDrive(files)
  await test.start()
  return { files, test }
}

/** Sequences from `first` on, nine kilobytes each: six fill a segment. */
function large(first: number, count: number): TestRecord[] {
  return Array.from({ length: count }, (_, index) => testRecord(first + index, 8600 + index))
}

describe('opening a drive', () => {
  it('refuses a path with nothing on it, a drive that others have, and a folder that is not empty', async () => {
    const files = new VirtualDriveFiles({ seed: 1 })
    const test = new TestDrive(files)
    await expect(test.drive.open({})).rejects.toMatchObject({ fault: 'not-formatted' })
    files.makeFolder('photos')
    await expect(test.drive.format({ identity })).rejects.toMatchObject({ fault: 'refused' })
    const formatted = await formattedDrive(new VirtualDriveFiles({ seed: 1 }))
    await formatted.drive.open({})
    await expect(new TestDrive(formatted.files).drive.open({})).rejects.toMatchObject({ fault: 'in-use' })
    await expect(new TestDrive(formatted.files).drive.format({ identity })).rejects.toMatchObject({ fault: 'refused' })
  })

  it('refuses a damaged identity and one of a later version', async () => {
    const files = new VirtualDriveFiles({ seed: 1 })
    const test = await formattedDrive(files)
    files.flipBit('.coffer/drive-identity', 40, 1)
    await expect(test.drive.open({})).rejects.toMatchObject({ fault: 'damaged' })
  })

  it('refuses a log with a record of another version, and leaves it as it is', async () => {
    for (const version of [1, 3]) {
      const { files, test } = await newDrive()
      await test.append(testRecord(1), testRecord(2))
      const segment = '.coffer/segments/00000001.seg'
      const header = (files.contentOf(segment) ?? new Uint8Array(0)).slice(4096, 4096 + 224)
      header[8] = version
      header.set(hashOf(header, 0, 192), 192)
      files.overwrite(segment, 4096, header)
      const before = files.contentOf(segment)
      await test.drive.close({})
      await expect(test.start()).rejects.toMatchObject({ fault: 'foreign', cause: { fault: 'unsupported-version', details: { found: version } } })
      expect(files.contentOf(segment)).toEqual(before)
    }
  })

  it('gives back the identity it was formatted with, and lets go of the lock when closed', async () => {
    const test = await formattedDrive(new VirtualDriveFiles({ seed: 1 }))
    expect(await test.drive.open({})).toEqual({ identity })
    await test.drive.close({})
    expect(await new TestDrive(test.files).drive.open({})).toEqual({ identity })
  })

  it('takes a newer layout of the same drive, and no other identity', async () => {
    const { test } = await newDrive()
    const newer = { ...identity, layoutGeneration: 2, setDrives: [uuid(10), uuid(11), uuid(99), uuid(13)] }
    await expect(test.drive.format({ identity: { ...identity, driveId: uuid(11), slot: 1, layoutGeneration: 2 } })).rejects.toMatchObject({ fault: 'refused' })
    await expect(test.drive.format({ identity })).rejects.toMatchObject({ fault: 'refused' })
    await test.drive.format({ identity: newer })
    await test.append(testRecord(1))
    await test.drive.close({})
    expect(await new TestDrive(test.files).drive.open({})).toEqual({ identity: newer })
  })
})

describe('an append', () => {
  it('is refused whole when one of its records is wrong', async () => {
    const { test } = await newDrive()
    const wrong: TestRecord[] = [
      testRecord(2, 100, 50, { metadataLength: 51 }), testRecord(2, 100, 50, { shardLength: 99 }), testRecord(2, 100, 50, { shardIndex: 4 }), testRecord(2, 0, 50, { shardIndex: 0 }),
      testRecord(2, 100, 50, { batchFirst: 3 }), testRecord(0), testRecord(2, 100, 50, { payloadId: 'x' }), testRecord(2, 0, 50, { form: 'inline', payloadId: '0'.repeat(32) }),
      testRecord(2, segmentSizeBytes),
    ]
    for (const record of wrong) await expect(test.append(testRecord(1), record)).rejects.toMatchObject({ fault: 'refused' })
    await expect(test.drive.readHeads({ sequences: [1] })).rejects.toMatchObject({ fault: 'not-found' })
    await test.append(testRecord(1))
  })

  it('says full before anything is written, keeps room for deletions, and later for compaction', async () => {
    const { test } = await newDrive({ capacityBytes: 6 * segmentSizeBytes + 8192 })
    const written: TestRecord[] = []
    for (let sequence = 1; ; sequence++) {
      const record = testRecord(sequence, 8700)
      const failure = await test.append(record).catch((error: unknown) => error)
      if (failure !== undefined) {
        expect(failure).toMatchObject({ fault: 'full' })
        break
      }
      written.push(record)
    }
    // Each write has blocks of its own: four of these records fill a segment.
    expect(written.length).toBe(4 * 4)
    for (const record of written) expect(await test.problemWith(record)).toBeUndefined()
    for (let sequence = 1001; sequence < 1013; sequence++) await test.append(testRecord(sequence, 0))
    await test.drive.release({ sequences: written.filter((_, index) => index % 4 !== 0).map(({ head }) => head.sequence) })
    for (let step = await test.drive.compact({ deadShareMin: 0.2 }); step.moved + step.recycled > 0; ) step = await test.drive.compact({ deadShareMin: 0.2 })
    await test.append(testRecord(2000, 8700))
    for (const record of written.filter((_, index) => index % 4 === 0)) expect(await test.problemWith(record)).toBeUndefined()
  })

  it('that failed stops the log until the drive is opened anew, whatever reached it', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(1))
    files.failOn('sync', 1, 'EIO')
    await expect(test.append(testRecord(2))).rejects.toMatchObject({ fault: 'io-error' })
    await expect(test.append(testRecord(3))).rejects.toMatchObject({ fault: 'io-error' })
    expect(await test.problemWith(testRecord(1))).toBeUndefined()
    await test.drive.abandon()
    await test.start()
    await test.append(testRecord(3))
    expect(await test.problemWith(testRecord(3))).toBeUndefined()
  })

  it('on a drive that became read-only says so, and reading goes on, also after a restart', async () => {
    const { files, test } = await newDrive()
    await test.append(...large(1, 8))
    files.setReadOnly(true)
    await expect(test.append(testRecord(20))).rejects.toMatchObject({ fault: 'read-only' })
    expect(await test.problemWith(large(1, 8)[7] as TestRecord)).toBeUndefined()
    await test.drive.abandon()
    expect([...(await test.start()).sequences]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await expect(test.append(testRecord(20))).rejects.toMatchObject({ fault: 'read-only' })
    expect(await test.problemWith(large(1, 8)[7] as TestRecord)).toBeUndefined()
  })

  it('never goes into a bare mount point', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(1))
    files.unplug()
    test.clock.ms += 200
    await expect(test.append(testRecord(2))).rejects.toMatchObject({ fault: 'gone' })
    await expect(test.drive.writeChunks({ chunks: [{ payloadId: 'a'.repeat(32), chunkIndex: 0, chunkLength: 64, from: { offset: 0, length: 64 }, hashOffset: 64 }] })).rejects.toMatchObject({ fault: 'gone' })
    await expect(test.drive.writeSealRecord({ generation: 1, bytes: new Uint8Array(3) })).rejects.toMatchObject({ fault: 'gone' })
    await expect(test.drive.probe({})).rejects.toMatchObject({ fault: 'gone' })
    expect(files.strayWrites).toBe(0)
    files.replug()
    await test.drive.abandon()
    await test.start()
    expect(await test.problemWith(testRecord(1))).toBeUndefined()
  })

  it('between two looks at the mount meets the pulled drive as an error, which is then known as gone', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(1))
    files.unplug()
    await expect(test.append(testRecord(2))).rejects.toMatchObject({ fault: 'gone' })
    await expect(test.drive.readHeads({ sequences: [1] })).rejects.toMatchObject({ fault: 'gone' })
    await expect(test.drive.readShards({ reads: [{ sequence: 1, into: { offset: 0, length: 1000 } }] })).rejects.toMatchObject({ fault: 'gone' })
  })

  it('is one write and one sync, and can be read at once and after a restart', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(1))
    const records = [testRecord(2, 3000, 700), testRecord(3, 0), testRecord(4, 1, 9000), testRecord(5, 100, 0), testRecord(6, 0, 10, { form: 'file', payloadId: 'b'.repeat(32), shardLength: 9_000_000_000, storedLength: 18_000_000_000 })]
    const before = { changes: files.changes, syncs: files.syncs }
    await test.append(...records)
    expect({ changes: files.changes - before.changes, syncs: files.syncs - before.syncs }).toEqual({ changes: 2, syncs: 1 })
    for (const record of records) expect(await test.problemWith(record)).toBeUndefined()
    await test.drive.close({})
    const summary = await test.start()
    expect([...summary.sequences]).toEqual([1, 2, 3, 4, 5, 6])
    expect([...summary.kinds]).toEqual([testRecord(1), ...records].map(({ head }) => recordKindCode(head.kind)))
    expect(summary.damagedRecords).toBe(0)
    for (const record of records) expect(await test.problemWith(record)).toBeUndefined()
  })

  it('puts records and their shards at multiples of 512, with zeros between', async () => {
    const { files, test } = await newDrive()
    // Fills 16,896 bytes; what was there in memory must not get between the next ones.
    await test.append(testRecord(1, 8000, 8000))
    test.memory.fill(0xee)
    const writeAt = 24_576
    const layout = [
      // metadata, shard: where in the write the record and its shard begin
      [200, 1000, 0, 512],
      [288, 512, 1536, 2048],
      [289, 513, 2560, 3584],
      [10, 0, 4608, 5120],
      [9000, 9000, 5120, 14_848],
      [0, 1, 24_064, 24_576],
    ] as const
    const length = 28_672
    const records = layout.map(([metadata, shard], index) => testRecord(index + 2, shard, metadata))
    await test.append(...records)
    await test.append(testRecord(8))
    const content = Buffer.from(files.contentOf('.coffer/segments/00000001.seg') ?? [])
    const expected = Buffer.alloc(length)
    for (const [index, [, , at, shardAt]] of layout.entries()) {
      const { metadata, shard } = records[index] as TestRecord
      const header = content.subarray(writeAt + at, writeAt + at + 224)
      expect([header.toString('latin1', 0, 8), header.readUInt32LE(140), header.readUInt32LE(144)]).toEqual(['COFFRECD', writeAt + at, writeAt])
      expected.set(header, at)
      expected.set(metadata, at + 224)
      expected.set(shard, shardAt)
    }
    expect(Buffer.compare(content.subarray(writeAt, writeAt + length), expected)).toBe(0)
    expect(content.readUInt32LE(writeAt + length + 140)).toBe(writeAt + length)
    await test.drive.close({})
    expect([...(await test.start()).sequences]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const record of records) expect(await test.problemWith(record)).toBeUndefined()
  })

  it('hands large shards over from where they are, each part of the write in whole blocks of 512', async () => {
    const files = new WatchedFiles({ seed: 1 })
    const test = await formattedDrive(files)
    await test.start()
    const records = [testRecord(1, 16_384), testRecord(2, 0), testRecord(3, 16_896, 800), testRecord(4, 1000)]
    await test.append(testRecord(9))
    const placed = place(test.memory, records, 512, 512)
    files.parts.length = 0
    await test.drive.append({ records: placed })
    expect(files.parts[0]?.position).toBe(8192)
    for (const { bytes, position } of files.parts) {
      expect(position % 512).toBe(0)
      expect(bytes.byteLength % 512).toBe(0)
      expect(bytes.byteOffset % 512).toBe(0)
    }
    const fromMemory = files.parts.filter(({ bytes }) => bytes.buffer === test.memory.buffer)
    // Behind the first: record 2 of 512 bytes, then header and 800 bytes of metadata, 1024 in whole blocks.
    expect(fromMemory.map(({ bytes, position }) => [bytes.byteOffset, bytes.byteLength, position])).toEqual([
      [placed[0]?.shard?.offset, 16_384, 8704], [placed[2]?.shard?.offset, 16_896, 8704 + 16_384 + 512 + 1024],
    ])
    for (const record of records) expect(await test.problemWith(record)).toBeUndefined()
  })

  it('goes on in the next segment when one is full, and a start reads the summaries of full ones', async () => {
    const { files, test } = await newDrive()
    const records = large(1, 40)
    await test.append(...records.slice(0, 20))
    for (const record of records.slice(20)) await test.append(record)
    await test.drive.close({})
    const before = files.changes
    const summary = await test.start()
    // A summary that is not that of its segment would be written anew.
    expect(files.changes - before).toBeLessThan(6)
    expect([...summary.sequences]).toEqual(records.map(({ head }) => head.sequence))
    expect([...summary.epochs]).toEqual(records.map(() => 7))
    for (const record of records) expect(await test.problemWith(record)).toBeUndefined()
  })

  it('names the same head alike on every drive, and another one differently', async () => {
    const one = await newDrive()
    const two = await formattedDrive(new VirtualDriveFiles({ seed: 9 }), { driveId: uuid(11), slot: 1 })
    await two.start()
    const base = testRecord(1, 1000)
    await one.test.append(base, testRecord(2))
    await two.append({ ...base, head: { ...base.head, shardIndex: 3 }, shard: pattern(5, 1000) }, testRecord(2, 1000, 200, { epoch: 8 }))
    await one.test.drive.close({})
    await two.drive.close({})
    const [first, second] = [await one.test.start(), await two.start()]
    expect(first.headHashes[0]).toBe(second.headHashes[0])
    expect(first.headHashes[1]).not.toBe(second.headHashes[1])
  })
})

describe('a read', () => {
  it('tells absent, damaged and unreadable shards from good ones, each by itself', async () => {
    const { files, test } = await newDrive()
    await test.append(...[1, 2, 3, 4, 5].map((sequence) => testRecord(sequence, 5000)))
    const segment = files.files().find(({ path }) => path.endsWith('00000001.seg'))?.path ?? ''
    const content = Buffer.from(files.contentOf(segment) ?? [])
    files.flipBit(segment, content.indexOf(Buffer.from(testRecord(2, 5000).shard)) + 77, 3)
    // Of 3 nothing can be read; of 4 not all at once, but its header and its shard by themselves; of 5 the header only.
    for (const nth of [5, 6, 7, 10, 12]) files.failOn('read', nth, 'EIO')
    const reads = [1, 2, 3, 99, 4, 5].map((sequence, index) => ({ sequence, into: { offset: index * 5000, length: 5000 } }))
    const results = await test.drive.readShards({ reads })
    expect(results).toEqual(['ok', 'damaged', 'io-error', 'not-found', 'ok', 'io-error'])
    await expect(test.drive.readShards({ reads: [{ sequence: 1, into: { offset: 0, length: 4999 } }] })).rejects.toMatchObject({ fault: 'refused' })
  })

  it('of heads names the first that is damaged', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(1), testRecord(2))
    const segment = '.coffer/segments/00000001.seg'
    const at = Buffer.from(files.contentOf(segment) ?? []).indexOf(Buffer.from(testRecord(2).metadata))
    files.flipBit(segment, at + 5, 0)
    await expect(test.drive.readHeads({ sequences: [1, 2] })).rejects.toMatchObject({ fault: 'damaged', details: { sequence: 2 } })
    files.flipBit(segment, at + 5, 0)
    files.flipBit(segment, at - 224 + 20, 0)
    await expect(test.drive.readHeads({ sequences: [2] })).rejects.toMatchObject({ fault: 'damaged', details: { sequence: 2 } })
  })

  it('does not take a record from another place, drive or life of the segment for the one asked for', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(1), testRecord(2))
    const segment = '.coffer/segments/00000001.seg'
    const content = files.contentOf(segment) ?? new Uint8Array(0)
    const length = 1536
    // Another place of the same segment.
    files.overwrite(segment, 4096 + length, content.subarray(4096, 4096 + length))
    await expect(test.drive.readHeads({ sequences: [2] })).rejects.toMatchObject({ fault: 'damaged' })
    // The same place on another drive.
    const other = new VirtualDriveFiles({ seed: 1 })
    const twin = await formattedDrive(other, { driveId: uuid(11), slot: 1 })
    await twin.start()
    await twin.append(testRecord(1), testRecord(2))
    files.overwrite(segment, 4096, (other.contentOf(segment) ?? new Uint8Array(0)).subarray(4096, 4096 + 2 * length))
    await expect(test.drive.readHeads({ sequences: [1] })).rejects.toMatchObject({ fault: 'damaged' })
    await expect(test.drive.readHeads({ sequences: [2] })).rejects.toMatchObject({ fault: 'damaged' })
  })
})
