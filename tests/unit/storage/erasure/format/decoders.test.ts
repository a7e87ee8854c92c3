import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDriveIdentity, encodeDriveIdentity } from '../../../../../src-main/storage/erasure/format/drive-identity.ts'
import { hashOf, viewOf } from '../../../../../src-main/storage/erasure/format/fields.ts'
import { FormatError } from '../../../../../src-main/storage/erasure/format/format-error.ts'
import { decodeRecordHeader, encodeRecordHeader, headProblem, placeRecordHeader } from '../../../../../src-main/storage/erasure/format/record.ts'
import { decodeSealRecordFile, encodeSealRecordFile } from '../../../../../src-main/storage/erasure/format/seal-record-file.ts'
import { checkSummary, decodeSegmentFooter, decodeSegmentHeader, encodeSegmentFooter, encodeSegmentHeader } from '../../../../../src-main/storage/erasure/format/segment.ts'
import { decodeShardFileHeader, encodeShardFileHeader } from '../../../../../src-main/storage/erasure/format/shard-file.ts'
import { identity, testRecord, uuid } from '../drives/drive-kit.ts'

const owner = { deploymentId: Buffer.alloc(16, 1), driveId: Buffer.alloc(16, 2) }
const header = { segmentNumber: 3, sizeBytes: 65_536, incarnation: 9 }
const place = { driveId: owner.driveId, incarnation: 9, segmentNumber: 3, offset: 4096, writeOffset: 4096 }

function recordBytes(): Buffer {
  const { head, metadata } = testRecord(5, 100)
  const bytes = Buffer.alloc(224)
  encodeRecordHeader(bytes, viewOf(bytes), 0, head, place, metadata, 100, Buffer.alloc(32, 3))
  return bytes
}

interface Format {
  readonly bytes: Uint8Array
  decode(bytes: Uint8Array): unknown
  /** Where the hash stands, over [0, hashAt). */
  readonly hashAt: number
}

const identityBytes = encodeDriveIdentity(identity)
const sealBytes = encodeSealRecordFile({ generation: 4, bytes: Buffer.from('sealed') })
const footer = { incarnation: 9, segmentNumber: 3, entryCount: 0, recordsEnd: 4096, summaryHash: hashOf(new Uint8Array(0)) }
const formats: Record<string, Format> = {
  'drive-identity': { bytes: identityBytes, decode: decodeDriveIdentity, hashAt: identityBytes.byteLength - 32 },
  'seal-record-file': { bytes: sealBytes, decode: decodeSealRecordFile, hashAt: sealBytes.byteLength - 32 },
  'segment header': { bytes: encodeSegmentHeader(header, owner), decode: (bytes) => decodeSegmentHeader(bytes, owner), hashAt: 64 },
  'segment footer': { bytes: encodeSegmentFooter(footer, owner), decode: (bytes) => decodeSegmentFooter(bytes, header, owner), hashAt: 80 },
  'record header': { bytes: recordBytes(), decode: (bytes) => decodeRecordHeader(bytes, place), hashAt: 192 },
  'shard-file header': { bytes: encodeShardFileHeader({ payloadId: 'ab'.repeat(16), driveId: owner.driveId, chunkLength: 1000 }), decode: decodeShardFileHeader, hashAt: 48 },
}

function faultOf(work: () => unknown): unknown {
  try {
    work()
    return 'accepted'
  } catch (error) {
    return error instanceof FormatError ? error.fault : error
  }
}

function sealedAgain({ bytes, hashAt }: Format, change: (bytes: Uint8Array) => void): Uint8Array {
  const changed = Uint8Array.from(bytes)
  change(changed)
  changed.set(hashOf(changed, 0, hashAt), hashAt)
  return changed
}

for (const [name, format] of Object.entries(formats)) {
  describe(`the decoder of a ${name}`, () => {
    it('refuses every single flipped bit', () => {
      for (let bit = 0; bit < format.bytes.byteLength * 8; bit++) {
        const changed = Uint8Array.from(format.bytes)
        changed[bit >>> 3] = (changed[bit >>> 3] as number) ^ (1 << (bit & 7))
        expect(faultOf(() => format.decode(changed)), `bit ${bit}`).toBe('damaged')
      }
    })

    it('refuses every cut and every byte too many', () => {
      for (let length = 0; length < format.bytes.byteLength; length++) expect(faultOf(() => format.decode(format.bytes.subarray(0, length)))).toBe('damaged')
      if (name !== 'record header') expect(faultOf(() => format.decode(Buffer.concat([format.bytes, Buffer.alloc(1)])))).toBe('damaged')
    })

    it('throws nothing but its own refusal, whatever the bytes and even with a right hash', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(format.bytes.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
          const changed = sealedAgain(format, (bytes) => {
            for (const [at, value] of changes) bytes[at] = value
          })
          const first = faultOf(() => format.decode(changed))
          expect(['accepted', 'damaged', 'unsupported-version']).toContain(first)
        }),
        { numRuns: 2000 },
      )
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          expect(faultOf(() => format.decode(bytes))).toBe('damaged')
        }),
        { numRuns: 300 },
      )
    })

    it('tells a later version from damage', () => {
      expect(faultOf(() => format.decode(sealedAgain(format, (bytes) => { bytes[8] = (format.bytes[8] as number) + 1 })))).toBe('unsupported-version')
      expect(faultOf(() => format.decode(format.bytes))).toBe('accepted')
    })
  })
}

describe('a record header with a right hash', () => {
  const format = formats['record header'] as Format
  const changes: Record<string, (view: DataView) => void> = {
    'reserved fields in use': (view) => { view.setUint8(14, 1) },
    'reserved bytes behind the shard index': (view) => { view.setUint8(150, 1) },
    'an unknown kind': (view) => { view.setUint8(10, 14) },
    'an unknown form': (view) => { view.setUint8(11, 3) },
    'sequence 0': (view) => { view.setUint32(16, 0, true) },
    'a sequence beyond 2^53': (view) => { view.setUint32(20, 0x20_0000, true) },
    'a batch that begins after it': (view) => { view.setUint32(24, 6, true) },
    'metadata beyond the limit': (view) => { view.setUint32(72, 2 * 1024 * 1024 + 1, true) },
    'a shard index beyond its shards': (view) => { view.setUint8(148, 4) },
    'an inline length other than the shard length': (view) => { view.setUint32(152, 99, true) },
    'a payload without an id': (view) => { for (let at = 40; at < 56; at++) view.setUint8(at, 0) },
    'a write that began behind it': (view) => { view.setUint32(144, 4160, true) },
    'a hash of no shard': (view) => { view.setUint8(11, 2); view.setUint32(152, 0, true) },
  }
  for (const [name, change] of Object.entries(changes)) {
    it(`is refused with ${name}`, () => {
      expect(faultOf(() => format.decode(sealedAgain(format, (bytes) => { change(viewOf(bytes)) })))).toBe('damaged')
    })
  }

  it('is what it was after it moved, and not at its old place', () => {
    const bytes = recordBytes()
    const moved = { ...place, segmentNumber: 8, offset: 8192, writeOffset: 4096, incarnation: 10 }
    placeRecordHeader(bytes, viewOf(bytes), 0, moved)
    expect(decodeRecordHeader(bytes, moved)).toEqual(testRecord(5, 100).head)
    expect(faultOf(() => decodeRecordHeader(bytes, place))).toBe('damaged')
    expect(Buffer.compare(bytes.subarray(0, 112), recordBytes().subarray(0, 112))).toBe(0)
  })
})

describe('an encoder', () => {
  it('refuses what its decoder would refuse', () => {
    const wrong = [
      { slot: 1 }, { setDrives: [] }, { setDrives: [uuid(10), uuid(10)] }, { dataShards: 0 }, { parityShards: 3 }, { segmentSizeBytes: 5000 }, { segmentSizeBytes: 4096 },
      { layoutGeneration: -1 }, { layoutGeneration: 2 ** 32 }, { deploymentId: 'drive' }, { dataShards: 1.5 },
    ]
    for (const each of wrong) expect(faultOf(() => encodeDriveIdentity({ ...identity, ...each })), JSON.stringify(each)).toBe('damaged')
    expect(faultOf(() => encodeSealRecordFile({ generation: -1, bytes: new Uint8Array(0) }))).toBe('damaged')
    expect(faultOf(() => encodeShardFileHeader({ payloadId: 'AB'.repeat(16), driveId: owner.driveId, chunkLength: 64 }))).toBe('damaged')
    expect(faultOf(() => encodeShardFileHeader({ payloadId: 'ab'.repeat(16), driveId: owner.driveId, chunkLength: 0 }))).toBe('damaged')
  })

  it('of heads finds nothing wrong exactly when the decoder accepts', () => {
    const kinds = fc.constantFrom('object', 'delete', 'part')
    const forms = fc.constantFrom('none', 'inline', 'file')
    fc.assert(
      fc.property(
        fc.record({
          sequence: fc.oneof(fc.nat(5), fc.maxSafeNat()), epoch: fc.nat(), batchFirst: fc.nat(6), batchLength: fc.nat(), kind: kinds, form: forms,
          payloadId: fc.constantFrom('0'.repeat(32), 'ab'.repeat(16)), dataShards: fc.nat(3), parityShards: fc.nat(2), shardIndex: fc.constantFrom(0, 2, 255),
          shardLength: fc.constantFrom(0, 10), storedLength: fc.nat(), metadataLength: fc.constant(3),
        }),
        fc.constantFrom(0, 10),
        (head, inlineLength) => {
          const bytes = Buffer.alloc(224)
          encodeRecordHeader(bytes, viewOf(bytes), 0, head, place, Buffer.alloc(3), inlineLength, inlineLength > 0 ? Buffer.alloc(32, 1) : undefined)
          const accepted = faultOf(() => decodeRecordHeader(bytes, place)) === 'accepted'
          expect(headProblem(head, inlineLength) === undefined).toBe(accepted)
        },
      ),
      { numRuns: 3000 },
    )
  })
})

describe('a summary', () => {
  const entry = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(48)
    const view = viewOf(bytes)
    view.setUint32(0, 1, true)
    view.setUint32(32, offset, true)
    view.setUint32(36, length, true)
    view.setUint8(40, 1)
    return bytes
  }
  const check = (entries: Uint8Array): unknown => faultOf(() => {
    checkSummary(entries, { ...footer, entryCount: entries.byteLength / 48, recordsEnd: 8192, summaryHash: hashOf(entries) })
  })

  it('is refused with overlapping, unaligned, too long or out of order entries, and with reserved bytes in use', () => {
    expect(check(Buffer.concat([entry(4096, 1024), entry(4608, 512)]))).toBe('damaged')
    expect(check(Buffer.concat([entry(4608, 512), entry(4096, 512)]))).toBe('damaged')
    expect(check(entry(4160, 512))).toBe('damaged')
    expect(check(entry(4096, 576))).toBe('damaged')
    expect(check(entry(4096, 4608))).toBe('damaged')
    const reserved = entry(4096, 512)
    reserved[47] = 1
    expect(check(reserved)).toBe('damaged')
    expect(check(Buffer.concat([entry(4096, 512), entry(4608, 512)]))).toBe('accepted')
  })
})
