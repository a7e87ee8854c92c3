import { blake3 } from '../../../../../src-main/base/blake3.ts'
import { describe, expect, it } from 'vitest'
import { VirtualDriveFiles } from '../../../../support/virtual-drive-files.ts'
import { TestDrive, formattedDrive, place, segmentSizeBytes, testRecord, type TestRecord } from './drive-kit.ts'

const firstSegment = '.coffer/segments/00000001.seg'

async function newDrive(options: { readonly capacityBytes?: number } = {}): Promise<{ files: VirtualDriveFiles; test: TestDrive }> {
  const files = new VirtualDriveFiles({ seed: 5, ...options })
  const test = await formattedDrive(files)
  await test.start()
  return { files, test }
}

async function restart(test: TestDrive): Promise<{ sequences: number[]; damaged: number }> {
  await test.drive.close({})
  const { sequences, damagedRecords } = await test.start()
  return { sequences: [...sequences], damaged: damagedRecords }
}

function placeOf(files: VirtualDriveFiles, path: string, record: TestRecord): number {
  return Buffer.from(files.contentOf(path) ?? []).indexOf(Buffer.from(record.metadata)) - 224
}

const ten = Array.from({ length: 10 }, (_, index) => testRecord(index + 1, 3000))

describe('a log with damage in its newest segment', () => {
  it('counts a record that was synced before others as damaged, keeps the others, and does not count it twice', async () => {
    const { files, test } = await newDrive()
    for (const record of ten) await test.append(record)
    files.flipBit(firstSegment, placeOf(files, firstSegment, ten[3] as TestRecord) + 600, 2)
    expect(await restart(test)).toEqual({ sequences: [1, 2, 3, 5, 6, 7, 8, 9, 10], damaged: 1 })
    await test.append(testRecord(11))
    expect(await restart(test)).toEqual({ sequences: [1, 2, 3, 5, 6, 7, 8, 9, 10, 11], damaged: 0 })
  })

  it('finds the records behind one whose header is unreadable', async () => {
    const { files, test } = await newDrive()
    for (const record of ten) await test.append(record)
    files.overwrite(firstSegment, placeOf(files, firstSegment, ten[3] as TestRecord), new Uint8Array(600))
    files.overwrite(firstSegment, placeOf(files, firstSegment, ten[6] as TestRecord), new Uint8Array(1))
    expect(await restart(test)).toEqual({ sequences: [1, 2, 3, 5, 6, 8, 9, 10], damaged: 2 })
    for (const index of [0, 4, 9]) expect(await test.problemWith(ten[index] as TestRecord)).toBeUndefined()
  })

  it('takes a hole in the last write for torn, not for damage, and keeps what is whole behind it', async () => {
    const { files, test } = await newDrive()
    await test.append(ten[0] as TestRecord)
    await test.append(...ten.slice(1, 5))
    files.flipBit(firstSegment, placeOf(files, firstSegment, ten[2] as TestRecord) + 600, 2)
    expect(await restart(test)).toEqual({ sequences: [1, 2, 4, 5], damaged: 0 })
    await test.append(ten[7] as TestRecord)
    expect(await restart(test)).toEqual({ sequences: [1, 2, 4, 5, 8], damaged: 0 })
  })

  it('cuts a torn tail and writes over it', async () => {
    const { files, test } = await newDrive()
    await test.append(ten[0] as TestRecord)
    await test.append(ten[1] as TestRecord)
    files.flipBit(firstSegment, placeOf(files, firstSegment, ten[1] as TestRecord) + 600, 2)
    expect(await restart(test)).toEqual({ sequences: [1], damaged: 0 })
    await test.append(ten[4] as TestRecord)
    expect(await restart(test)).toEqual({ sequences: [1, 5], damaged: 0 })
    expect(await test.problemWith(ten[4] as TestRecord)).toBeUndefined()
  })

  it('reads around places that cannot be read, and never writes into or removes that segment', async () => {
    const { files, test } = await newDrive()
    for (const record of ten) await test.append(record)
    await test.drive.close({})
    const before = files.contentOf(firstSegment)
    const all = ten.map(({ head }) => head.sequence)
    // In the space behind the records, in a record, at the header: none of them may cost what is beside it.
    for (const [from, lost] of [[50_000, 0], [placeOf(files, firstSegment, ten[6] as TestRecord), 7], [0, 0]] as const) {
      files.makeUnreadable(firstSegment, from, from + 100)
      const summary = await test.start()
      expect([...summary.sequences].filter((sequence) => sequence <= 10), `at ${from}`).toEqual(all.filter((sequence) => sequence !== lost))
      expect(summary.damagedRecords > 0, `at ${from}`).toBe(from > 0)
      await test.drive.release({ sequences: all })
      await test.append(testRecord(20 + from))
      expect(Buffer.compare(files.contentOf(firstSegment) ?? new Uint8Array(0), before ?? new Uint8Array(0)), `at ${from}`).toBe(0)
      files.clearFaults()
      await test.drive.close({})
    }
    expect([...(await test.start()).sequences]).toEqual(expect.arrayContaining(all))
  })

  it('is not read at all from a drive of which nothing can be read', async () => {
    const { files, test } = await newDrive()
    for (const record of ten) await test.append(record)
    await test.drive.close({})
    files.failOn('read', 2, 'EIO', true)
    const summary = await test.start().catch((error: unknown) => error)
    if (summary instanceof Error) expect(summary).toMatchObject({ fault: 'io-error' })
    else expect(summary).toMatchObject({ sequences: new Float64Array(0) })
    files.clearFaults()
    await test.drive.abandon()
    expect([...(await test.start()).sequences]).toHaveLength(10)
  })
})

/** Three segments of records, six in each of the first two; the third is still open. */
async function filledDrive(): Promise<{ files: VirtualDriveFiles; test: TestDrive; records: TestRecord[] }> {
  const { files, test } = await newDrive()
  const records = Array.from({ length: 14 }, (_, index) => testRecord(index + 1, 8700))
  for (const from of [0, 6, 12]) await test.append(...records.slice(from, from + 6))
  return { files, test, records }
}

describe('a full segment', () => {
  it('whose summary is damaged is read record by record and gets a new one', async () => {
    const { files, test } = await filledDrive()
    files.flipBit(firstSegment, segmentSizeBytes - 4096 - 40, 3)
    expect((await restart(test)).sequences).toHaveLength(14)
    const before = files.changes
    expect((await restart(test)).sequences).toHaveLength(14)
    expect(files.changes - before).toBeLessThan(12)
  })

  it('lives with either copy of its header, and is set aside, not overwritten, without both', async () => {
    const { files, test } = await filledDrive()
    files.flipBit(firstSegment, 30, 3)
    expect((await restart(test)).sequences).toHaveLength(14)
    files.flipBit(firstSegment, segmentSizeBytes - 4096 + 70, 3)
    expect(await restart(test)).toEqual({ sequences: [7, 8, 9, 10, 11, 12, 13, 14], damaged: 1 })
    expect(files.files().map(({ path }) => path)).toContain('.coffer/segments/00000001.damaged')
    await test.append(testRecord(50))
    expect(await restart(test)).toEqual({ sequences: [7, 8, 9, 10, 11, 12, 13, 14, 50], damaged: 0 })
  })

  it('that was cut short gives what is left of it, and goes when that is dead', async () => {
    const { files, test, records } = await filledDrive()
    const handle = files.open(firstSegment, 'read-write')
    files.truncate(handle, segmentSizeBytes / 2)
    files.close(handle)
    expect((await restart(test)).sequences).toEqual([1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14])
    expect(await test.problemWith(records[2] as TestRecord)).toBeUndefined()
    await test.drive.release({ sequences: [1, 2, 3] })
    expect(files.files().map(({ path }) => path)).not.toContain(firstSegment)
  })

  it('that somebody removed is missing from the answer, and nothing else is', async () => {
    const { files, test } = await filledDrive()
    files.removeFile('.coffer/segments/00000002.seg')
    expect((await restart(test)).sequences).toEqual([1, 2, 3, 4, 5, 6, 13, 14])
    await test.append(testRecord(15, 8700))
    expect((await restart(test)).sequences).toEqual([1, 2, 3, 4, 5, 6, 13, 14, 15])
  })

  it('of another drive is not read', async () => {
    const { test } = await filledDrive()
    const other = new VirtualDriveFiles({ seed: 8 })
    const foreign = await formattedDrive(other, { driveId: '00000000-0000-4000-8000-000000000011', slot: 1 })
    await foreign.start()
    await foreign.append(testRecord(77, 8700))
    const files = test.files as VirtualDriveFiles
    files.overwrite(firstSegment, 0, other.contentOf(firstSegment) ?? new Uint8Array(0))
    expect((await restart(test)).sequences).toEqual([7, 8, 9, 10, 11, 12, 13, 14])
  })
})

describe('dead records', () => {
  it('free their segment at once when all of it is dead, but never the one that is written', async () => {
    const { files, test } = await filledDrive()
    const paths = files.files().map(({ path }) => path).sort()
    const before = await test.drive.space({})
    expect(before.deadFloor).toBe(Infinity)
    await test.drive.release({ sequences: [1, 2, 3, 4, 5, 999] })
    expect(await test.drive.space({})).toMatchObject({ deadFloor: 1 })
    await test.drive.release({ sequences: [6, 13, 14] })
    const after = await test.drive.space({})
    expect(after.deadFloor).toBe(13)
    expect(after.liveBytes).toBe(before.liveBytes - 8 * 9216)
    expect(files.files().map(({ path }) => path).sort()).toEqual(paths)
    await test.append(testRecord(15, 8700))
    expect((await restart(test)).sequences).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15])
  })

  it('are given back by compaction, which moves the living with all their bytes', async () => {
    const { test, records } = await filledDrive()
    const headHash = async (sequence: number): Promise<bigint | undefined> => {
      await test.drive.close({})
      const summary = await test.start()
      return summary.headHashes[summary.sequences.indexOf(sequence)]
    }
    const before = await headHash(2)
    await test.drive.release({ sequences: [1, 3, 4, 5, 6, 7, 8, 9] })
    expect(await test.drive.compact({ deadShareMin: 0.9 })).toEqual({ moved: 0, recycled: 0 })
    expect(await test.drive.compact({ deadShareMin: 0.5 })).toEqual({ moved: 1, recycled: 1 })
    expect(await test.drive.compact({ deadShareMin: 0.5 })).toEqual({ moved: 3, recycled: 1 })
    expect(await test.drive.compact({ deadShareMin: 0.5 })).toEqual({ moved: 0, recycled: 0 })
    expect(await test.drive.space({})).toMatchObject({ deadFloor: Infinity })
    expect(await headHash(2)).toBe(before)
    const kept = [2, 10, 11, 12, 13, 14]
    for (const sequence of kept) expect(await test.problemWith(records[sequence - 1] as TestRecord)).toBeUndefined()
    expect((await restart(test)).sequences).toEqual(kept)
  })

  it('stay where they are when the living among them are damaged, until those are healed', async () => {
    const { files, test, records } = await filledDrive()
    await test.drive.release({ sequences: [1, 3, 4, 5, 6] })
    files.flipBit(firstSegment, placeOf(files, firstSegment, records[1] as TestRecord) + 4000, 1)
    expect(await test.drive.compact({ deadShareMin: 0.5 })).toEqual({ moved: 0, recycled: 0 })
    expect(await test.drive.compact({ deadShareMin: 0.5 })).toEqual({ moved: 0, recycled: 0 })
    expect(await test.shardOf(2, 8700)).toBe('damaged')
    await test.append(records[1] as TestRecord)
    expect(await test.problemWith(records[1] as TestRecord)).toBeUndefined()
    expect((await test.drive.space({})).deadFloor).toBe(Infinity)
    expect((await restart(test)).sequences).toContain(2)
    expect(await test.problemWith(records[1] as TestRecord)).toBeUndefined()
  })

  it('do not come back in place of a healed record after a restart', async () => {
    const { files, test, records } = await filledDrive()
    files.flipBit(firstSegment, placeOf(files, firstSegment, records[1] as TestRecord) + 4000, 1)
    await test.append(records[1] as TestRecord)
    expect(await test.drive.space({})).toMatchObject({ deadFloor: 2 })
    expect((await restart(test)).sequences).toHaveLength(14)
    expect(await test.problemWith(records[1] as TestRecord)).toBeUndefined()
    expect(await test.drive.space({})).toMatchObject({ deadFloor: 2 })
    // Nor are they moved.
    expect(await test.drive.compact({ deadShareMin: 0.25 })).toEqual({ moved: 5, recycled: 1 })
    expect(await test.problemWith(records[1] as TestRecord)).toBeUndefined()
  })

  it('of many segments do not keep more than a few files', async () => {
    const { files, test } = await newDrive({ capacityBytes: 64 * 1024 * 1024 })
    const records = Array.from({ length: 80 }, (_, index) => testRecord(index + 1, 8700))
    await test.append(...records)
    await test.drive.release({ sequences: records.map(({ head }) => head.sequence) })
    for (let step = 0; step < 20; step++) await test.drive.probe({})
    expect(files.files().filter(({ path }) => path.endsWith('.seg')).length).toBeLessThanOrEqual(5)
  })
})

describe('a seal record', () => {
  it('older than the one on the drive, or too large, is refused', async () => {
    const { test } = await newDrive()
    await test.drive.writeSealRecord({ generation: 5, bytes: Uint8Array.of(5) })
    await expect(test.drive.writeSealRecord({ generation: 4, bytes: Uint8Array.of(4) })).rejects.toMatchObject({ fault: 'refused' })
    await expect(test.drive.writeSealRecord({ generation: 6, bytes: new Uint8Array(64 * 1024 + 1) })).rejects.toMatchObject({ fault: 'refused' })
    await test.drive.writeSealRecord({ generation: 5, bytes: Uint8Array.of(55) })
    await test.drive.close({})
    expect((await new TestDrive(test.files).drive.open({})).sealRecord).toEqual({ generation: 5, bytes: Uint8Array.of(55) })
  })

  it('that is damaged is as good as none', async () => {
    const { files, test } = await newDrive()
    await test.drive.writeSealRecord({ generation: 5, bytes: Uint8Array.of(5) })
    files.flipBit('.coffer/seal-record', 24, 0)
    await test.drive.close({})
    expect(await new TestDrive(files).drive.open({})).not.toHaveProperty('sealRecord')
  })
})

describe('a shard file', () => {
  const payloadId = `7f${'0'.repeat(30)}`
  const chunkLength = 2048

  async function written(): Promise<{ files: VirtualDriveFiles; test: TestDrive }> {
    const { files, test } = await newDrive()
    for (const [chunkIndex, length] of [chunkLength, chunkLength, 500].entries()) await write(test, chunkIndex, length)
    await test.drive.syncShardFiles({ payloadIds: [payloadId] })
    return { files, test }
  }

  async function write(test: TestDrive, chunkIndex: number, length: number): Promise<void> {
    test.memory.fill(chunkIndex + 1, 0, length)
    test.memory.set(blake3(test.memory.subarray(0, length)), chunkLength)
    await test.drive.writeChunks({ chunks: [{ payloadId, chunkIndex, chunkLength, from: { offset: 0, length }, hashOffset: chunkLength }] })
  }

  async function read(test: TestDrive, chunkIndex: number, length = chunkLength, id = payloadId, full = chunkLength): Promise<unknown> {
    const results = await test.drive.readChunks({ reads: [{ payloadId: id, chunkIndex, chunkLength: full, into: { offset: 8192, length } }] })
    return results[0]
  }

  it('gives no chunk that is damaged, absent, of another length, or from another place or drive', async () => {
    const { files, test } = await written()
    const path = `.coffer/shards/7f/${payloadId}`
    const slot = (index: number): number => 96 + index * (32 + chunkLength)
    expect(await read(test, 3)).toBe('damaged')
    expect(await read(test, 2)).toBe('damaged')
    expect(await read(test, 1, 100)).toBe('damaged')
    expect(await read(test, 0, 64, payloadId, 64)).toBe('damaged')
    expect(await read(test, 0, chunkLength, '7f'.padEnd(32, '1'))).toBe('not-found')
    const content = files.contentOf(path) ?? new Uint8Array(0)
    files.overwrite(path, slot(1), content.subarray(slot(0), slot(1)))
    expect(await read(test, 1)).toBe('damaged')
    files.flipBit(path, slot(0) + 40, 1)
    expect(await read(test, 0)).toBe('damaged')
    expect(await read(test, 2, 500)).toBe('ok')
    // The same file on another drive.
    const other = await formattedDrive(new VirtualDriveFiles({ seed: 6 }), { driveId: '00000000-0000-4000-8000-000000000011', slot: 1 })
    await other.start()
    await write(other, 0, chunkLength)
    ;(other.files as VirtualDriveFiles).overwrite(path, 0, content)
    await other.drive.close({})
    await other.start()
    expect(await read(other, 0)).toBe('damaged')
  })

  it('is refused chunks that cannot be', async () => {
    const { test } = await newDrive()
    const chunk = { payloadId, chunkIndex: 0, chunkLength, from: { offset: 0, length: 64 }, hashOffset: 64 }
    const wrong = [
      { ...chunk, payloadId: '../../etc/passwd' }, { ...chunk, chunkIndex: -1 }, { ...chunk, chunkIndex: 0.5 }, { ...chunk, chunkLength: 63 }, { ...chunk, from: { offset: 0, length: 0 } },
      { ...chunk, from: { offset: -1, length: 64 } }, { ...chunk, hashOffset: 4 * 1024 * 1024 - 31 }, { ...chunk, from: { offset: 4 * 1024 * 1024 - 63, length: 64 } },
    ]
    for (const each of wrong) await expect(test.drive.writeChunks({ chunks: [each] })).rejects.toMatchObject({ fault: 'refused' })
    await expect(test.drive.syncShardFiles({ payloadIds: [payloadId] })).rejects.toMatchObject({ fault: 'not-found' })
  })

  it('gives back what was written, is listed, and is gone when removed', async () => {
    const { test } = await written()
    expect([await read(test, 0), await read(test, 1), await read(test, 2, 500)]).toEqual(['ok', 'ok', 'ok'])
    expect([...test.memory.subarray(8192, 8192 + 500)].every((byte) => byte === 3)).toBe(true)
    expect(await test.drive.listShardFiles({})).toEqual({ payloadIds: [payloadId] })
    await test.drive.removeShardFiles({ payloadIds: [payloadId, 'ab'.repeat(16)] })
    expect(await read(test, 0)).toBe('not-found')
    expect(await test.drive.listShardFiles({})).toEqual({ payloadIds: [] })
  })

  it('whose header is damaged is made anew by the first chunk that is written again', async () => {
    const { files, test } = await written()
    files.flipBit(`.coffer/shards/7f/${payloadId}`, 20, 1)
    await restart(test)
    expect(await read(test, 0)).toBe('damaged')
    await write(test, 0, chunkLength)
    expect([await read(test, 0), await read(test, 1)]).toEqual(['ok', 'damaged'])
  })

  it('is refused when room is left only for deletions and compaction', async () => {
    const { files, test } = await newDrive()
    await test.append(testRecord(2))
    files.setCapacity(2 * segmentSizeBytes + 16_384)
    expect(files.files().filter(({ path }) => path.endsWith('.seg'))).toHaveLength(2)
    await expect(write(test, 0, chunkLength)).rejects.toMatchObject({ fault: 'full' })
    await test.drive.append({ records: place(test.memory, [testRecord(1, 0)]) })
  })
})
