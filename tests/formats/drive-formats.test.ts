// Golden bytes of everything a drive holds. The expected bytes are laid out by hand here, field by field, from docs/FORMAT.md; the hash is
// another implementation's (see the known answers at the end).
import { blake3 } from '../../src-main/base/blake3.ts'
import { describe, expect, it } from 'vitest'
import { decodeDriveIdentity, encodeDriveIdentity } from '../../src-main/storage/erasure/format/drive-identity.ts'
import { hashOf, readSafeU64, readU64, viewOf, writeU64 } from '../../src-main/storage/erasure/format/fields.ts'
import { FormatError } from '../../src-main/storage/erasure/format/format-error.ts'
import { decodeRecordHeader, encodeRecordHeader, inlineOffset, recordKindCode, recordKinds, recordLength, type RecordHead } from '../../src-main/storage/erasure/format/record.ts'
import { decodeSealRecordFile, encodeSealRecordFile } from '../../src-main/storage/erasure/format/seal-record-file.ts'
import {
  checkSummary, decodeSegmentFooter, decodeSegmentHeader, encodeSegmentFooter, encodeSegmentHeader, summaryOffset, tailOffset,
} from '../../src-main/storage/erasure/format/segment.ts'
import { chunkTag, decodeShardFileHeader, encodeShardFileHeader, shardSlotOffset } from '../../src-main/storage/erasure/format/shard-file.ts'
import { SummaryBuilder } from '../../src-main/storage/erasure/drives/summary-builder.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (...parts: string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')
const withHash = (bytes: Buffer): Buffer => Buffer.concat([bytes, blake3(bytes)])

const deploymentHex = '11111111222233334444555555555555'
const driveHex = 'aaaaaaaabbbb4ccc8ddd000000000001'
const setHex = '99999999888877776666000000000000'
const otherHex = 'aaaaaaaabbbb4ccc8ddd000000000002'
const uuid = (text: string): string => `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
const owner = { deploymentId: bytesOf(deploymentHex), driveId: bytesOf(driveHex) }

describe('drive-identity', () => {
  const golden = withHash(bytesOf(
    '434f464645524944', '0100', '0100', '0100', '0200', '01', '01', '0000', '05000000', '00000004', '00000000',
    deploymentHex, driveHex, setHex, otherHex, driveHex,
  ))
  const identity = {
    deploymentId: uuid(deploymentHex), driveId: uuid(driveHex), setId: uuid(setHex), slot: 1, layoutGeneration: 5, setDrives: [uuid(otherHex), uuid(driveHex)],
    dataShards: 1, parityShards: 1, segmentSizeBytes: 64 * 1024 * 1024, isFolder: true,
  }

  it('is these bytes', () => {
    expect(hex(encodeDriveIdentity(identity))).toBe(hex(golden))
    expect(decodeDriveIdentity(golden)).toEqual(identity)
  })

})

describe('seal-record-file', () => {
  const golden = withHash(bytesOf('434f46465345414c', '0100', '0000', '03000000', '0700000001000000', 'abcdef'))

  it('is these bytes', () => {
    const record = { generation: 0x1_0000_0007, bytes: bytesOf('abcdef') }
    expect(hex(encodeSealRecordFile(record))).toBe(hex(golden))
    expect(decodeSealRecordFile(golden)).toEqual({ generation: record.generation, bytes: new Uint8Array(record.bytes) })
  })
})

describe('segment', () => {
  const header = { segmentNumber: 3, sizeBytes: 65_536, incarnation: 0x2_0000_0001 }
  const goldenHeader = withHash(bytesOf('434f46465345474d', '0100', '0000', '03000000', '00000100', '00000000', '0100000002000000', deploymentHex, driveHex))
  const goldenEntry = bytesOf(
    '0900000001000000', '0800000001000000', '0102030405060708', '07000000', '02000000', '00100000', '00040000', '01', '01', '03', '0000000000',
  )
  const goldenFooter = withHash(bytesOf(
    '434f464653554d4d', '0100', '3000', '01000000', '0100000002000000', '03000000', '00140000', driveHex, hex(blake3(goldenEntry)),
  ))

  it('begins with these bytes', () => {
    expect(hex(encodeSegmentHeader(header, owner))).toBe(hex(goldenHeader))
    expect(goldenHeader.byteLength).toBe(96)
    expect(decodeSegmentHeader(goldenHeader, owner)).toEqual(header)
  })

  it('has its summary entries and footer in these bytes, at these places', () => {
    const summary = new SummaryBuilder()
    summary.add({ sequence: 0x1_0000_0009, batchFirst: 0x1_0000_0008, epoch: 7, batchLength: 2, kind: 'object', form: 'inline', shardIndex: 3 }, bytesOf('0102030405060708ff'), 4096, 1024)
    expect(hex(summary.entries)).toBe(hex(goldenEntry))
    const footer = { incarnation: header.incarnation, segmentNumber: 3, entryCount: 1, recordsEnd: 5120, summaryHash: blake3(goldenEntry) }
    expect(hex(encodeSegmentFooter(footer, owner))).toBe(hex(goldenFooter))
    const decoded = decodeSegmentFooter(goldenFooter, header, owner)
    expect({ ...decoded, summaryHash: hex(decoded.summaryHash) }).toEqual({ ...footer, summaryHash: hex(footer.summaryHash) })
    expect(() => { checkSummary(goldenEntry, decoded) }).not.toThrow()
    expect([tailOffset(65_536), summaryOffset(65_536, 1)]).toEqual([61_440, 61_392])
  })

  it('is not another drive\'s, nor of another incarnation', () => {
    expect(() => decodeSegmentHeader(goldenHeader, { ...owner, driveId: bytesOf(otherHex) })).toThrow(FormatError)
    expect(() => decodeSegmentFooter(goldenFooter, { ...header, incarnation: header.incarnation + 1 }, owner)).toThrow(FormatError)
    expect(() => decodeSegmentFooter(goldenFooter, { ...header, segmentNumber: 4 }, owner)).toThrow(FormatError)
  })
})

describe('record', () => {
  const metadata = bytesOf('c0ffee')
  const shard = Buffer.alloc(70, 0x5a)
  const head: RecordHead = {
    sequence: 0x1_0000_0009, epoch: 7, batchFirst: 0x1_0000_0008, batchLength: 2, kind: 'part', form: 'inline', payloadId: '0123456789abcdef0123456789abcdef', dataShards: 4, parityShards: 2,
    shardIndex: 5, shardLength: 70, storedLength: 280, metadataLength: 3,
  }
  const common = bytesOf(
    '434f464652454344', '0200', '04', '01', '04', '02', '0000', '0900000001000000', '0800000001000000', '07000000', '02000000', '0123456789abcdef0123456789abcdef',
    '1801000000000000', '4600000000000000', '03000000', '00000000', hex(blake3(metadata)),
  )
  const own = bytesOf(driveHex, '0100000002000000', '03000000', '00120000', '00100000', '05', '000000', '46000000', '00000000', hex(blake3(shard)))
  const golden = withHash(Buffer.concat([common, own]))
  const place = { driveId: owner.driveId, incarnation: 0x2_0000_0001, segmentNumber: 3, offset: 0x1200, writeOffset: 0x1000 }

  it('has this header', () => {
    const bytes = Buffer.alloc(230, 0xff)
    const commonHash = encodeRecordHeader(bytes, viewOf(bytes), 6, head, place, metadata, 70, blake3(shard))
    expect(hex(bytes.subarray(6))).toBe(hex(golden))
    expect(hex(commonHash)).toBe(hex(blake3(common)))
    expect(common.byteLength).toBe(112)
    expect(golden.byteLength).toBe(224)
    expect(decodeRecordHeader(golden, place)).toEqual(head)
  })

  it('has its shard and its end at multiples of 512', () => {
    // 224 + 3 of metadata: the shard begins at 512 and, of 70 bytes, fills one more block.
    expect([inlineOffset(3), recordLength(3, 70)]).toEqual([512, 1024])
    expect([inlineOffset(0), recordLength(0, 0)]).toEqual([512, 512])
    expect([inlineOffset(288), recordLength(288, 512)]).toEqual([512, 1024])
    expect([inlineOffset(289), recordLength(289, 513)]).toEqual([1024, 2048])
    expect([inlineOffset(2_097_152), recordLength(2_097_152, 2_097_152)]).toEqual([2_097_664, 4_194_816])
  })

  it('of version 1 is refused as unsupported', () => {
    const former = withHash(Buffer.concat([common.subarray(0, 8), bytesOf('0100'), common.subarray(10), own]))
    expect(() => decodeRecordHeader(former, place)).toThrow(expect.objectContaining({ fault: 'unsupported-version', details: { found: 1, known: 2 } }))
  })

  it('is none at another place, in another segment, incarnation or drive', () => {
    for (const other of [{ offset: 0x1400 }, { segmentNumber: 4 }, { incarnation: 5 }, { driveId: bytesOf(otherHex) }]) {
      expect(() => decodeRecordHeader(golden, { ...place, ...other })).toThrow(FormatError)
    }
  })

  it('has kinds with these codes, for ever', () => {
    expect(recordKinds.map((kind) => `${recordKindCode(kind)} ${kind}`)).toEqual([
      '1 object', '2 delete', '3 upload', '4 part', '5 complete', '6 abort', '7 bucket', '8 bucket-delete', '9 secret', '10 secret-delete', '11 attributes', '12 roster', '13 epoch',
    ])
  })
})

describe('shard-file', () => {
  const payloadId = '7f23456789abcdef0123456789abcdef'
  const golden = Buffer.concat([withHash(bytesOf('434f464653485244', '0100', '0000', '00000400', payloadId, driveHex)), Buffer.alloc(16)])

  it('begins with these bytes', () => {
    expect(hex(encodeShardFileHeader({ payloadId, driveId: owner.driveId, chunkLength: 262_144 }))).toBe(hex(golden))
    const decoded = decodeShardFileHeader(golden)
    expect({ ...decoded, driveId: hex(decoded.driveId) }).toEqual({ payloadId, driveId: driveHex, chunkLength: 262_144 })
  })

  it('has its slots and tags like this', () => {
    const chunk = Buffer.alloc(1000, 7)
    const tag = blake3(bytesOf(driveHex, payloadId, '0200000000000000', 'e803000000000000', hex(blake3(chunk))))
    expect(hex(chunkTag(owner.driveId, payloadId, 2, 1000, blake3(chunk)))).toBe(hex(tag))
    expect(shardSlotOffset(2, 262_144)).toBe(96 + 2 * (32 + 262_144))
  })
})

describe('fields', () => {
  it('are little-endian up to 2^53 - 1, and beyond are refused', () => {
    const bytes = new Uint8Array(8)
    writeU64(viewOf(bytes), 0, Number.MAX_SAFE_INTEGER)
    expect(hex(bytes)).toBe('ffffffffffff1f00')
    expect(readU64(viewOf(bytes), 0)).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => readSafeU64(viewOf(bytesOf('0000000000002000')), 0)).toThrow(FormatError)
  })

  it('are hashed with BLAKE3-256 (known answers of the reference implementation)', () => {
    expect(hex(hashOf(new Uint8Array(0)))).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
    expect(hex(hashOf(Buffer.from('abc')))).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85')
  })
})
