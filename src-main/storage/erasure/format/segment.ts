// A segment of the log: header, records, and once it is full a summary of every record, so that a start need not read the records.
// The header stands twice (first and last block); of two valid copies the larger incarnation counts. FORMAT.md, "segment".
// block 0: header | records from 4096 | … | summary entries | last block: header copy, at +512 the footer
import { allZero, asciiBytes, copyOf, endsInHash, hashBytes, hashOf, isAt, readSafeU64, viewOf, writeU64 } from './fields.ts'
import { FormatError, requireFormat, requireVersion } from './format-error.ts'
import { isRecordForm, isRecordKindCode, recordAlignment, recordHeaderBytes, writeAlignment } from './record.ts'

export const segmentBlockBytes = writeAlignment
export const recordsStart = segmentBlockBytes
export const segmentHeaderBytes = 96
export const segmentFooterBytes = 112
/** Of the footer within the last block: a sector of its own. */
export const footerInTail = 512
export const summaryEntryBytes = 48

const headerMagic = asciiBytes('COFFSEGM')
const footerMagic = asciiBytes('COFFSUMM')
const version = 1

/** Whose segment it is. The ids are 16 bytes. */
export interface SegmentOwner {
  readonly deploymentId: Uint8Array
  readonly driveId: Uint8Array
}

export interface SegmentHeader {
  readonly segmentNumber: number
  readonly sizeBytes: number
  /** Larger than that of every other segment of the drive each time the segment begins anew. */
  readonly incarnation: number
}

export interface SegmentFooter {
  readonly incarnation: number
  readonly segmentNumber: number
  readonly entryCount: number
  /** Where the records end. */
  readonly recordsEnd: number
  /** BLAKE3-256 of the entries. */
  readonly summaryHash: Uint8Array
}

/** magic 8 | formatVersion u16 | 0 u16 | segmentNumber u32 | sizeBytes u32 | 0 u32 | incarnation u64 | deploymentId 16 | driveId 16 | blake3 32 */
export function encodeSegmentHeader(header: SegmentHeader, owner: SegmentOwner): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderBytes)
  const view = viewOf(bytes)
  bytes.set(headerMagic, 0)
  view.setUint16(8, version, true)
  view.setUint32(12, header.segmentNumber, true)
  view.setUint32(16, header.sizeBytes, true)
  writeU64(view, 24, header.incarnation)
  bytes.set(owner.deploymentId, 32)
  bytes.set(owner.driveId, 48)
  bytes.set(hashOf(bytes, 0, 64), 64)
  return bytes
}

/** Faults: damaged (also when it is another drive's), unsupported-version. */
export function decodeSegmentHeader(bytes: Uint8Array, owner: SegmentOwner): SegmentHeader {
  requireFormat(bytes.byteLength === segmentHeaderBytes, 'length of segment header')
  requireFormat(isAt(bytes, 0, headerMagic), 'magic of segment header')
  requireFormat(endsInHash(bytes, 0, 64), 'hash of segment header')
  const view = viewOf(bytes)
  requireVersion(view.getUint16(8, true), version, 'segment header')
  requireFormat(view.getUint16(10, true) === 0 && view.getUint32(20, true) === 0, 'reserved field of segment header')
  requireFormat(isAt(bytes, 32, owner.deploymentId) && isAt(bytes, 48, owner.driveId), 'owner of segment')
  return { segmentNumber: view.getUint32(12, true), sizeBytes: view.getUint32(16, true), incarnation: readSafeU64(view, 24) }
}

/** magic 8 | formatVersion u16 | entryBytes u16 | entryCount u32 | incarnation u64 | segmentNumber u32 | recordsEnd u32 | driveId 16 | summaryHash 32 | blake3 32 */
export function encodeSegmentFooter(footer: SegmentFooter, owner: SegmentOwner): Uint8Array {
  const bytes = new Uint8Array(segmentFooterBytes)
  const view = viewOf(bytes)
  bytes.set(footerMagic, 0)
  view.setUint16(8, version, true)
  view.setUint16(10, summaryEntryBytes, true)
  view.setUint32(12, footer.entryCount, true)
  writeU64(view, 16, footer.incarnation)
  view.setUint32(24, footer.segmentNumber, true)
  view.setUint32(28, footer.recordsEnd, true)
  bytes.set(owner.driveId, 32)
  bytes.set(footer.summaryHash, 48)
  bytes.set(hashOf(bytes, 0, 80), 80)
  return bytes
}

/** Faults: damaged (also when it belongs to another drive, segment or incarnation), unsupported-version. */
export function decodeSegmentFooter(bytes: Uint8Array, header: SegmentHeader, owner: SegmentOwner): SegmentFooter {
  requireFormat(bytes.byteLength === segmentFooterBytes, 'length of segment footer')
  requireFormat(isAt(bytes, 0, footerMagic), 'magic of segment footer')
  requireFormat(endsInHash(bytes, 0, 80), 'hash of segment footer')
  const view = viewOf(bytes)
  requireVersion(view.getUint16(8, true), version, 'segment footer')
  requireFormat(view.getUint16(10, true) === summaryEntryBytes, 'entry length of segment footer')
  requireFormat(isAt(bytes, 32, owner.driveId), 'owner of segment footer')
  const footer: SegmentFooter = {
    entryCount: view.getUint32(12, true),
    incarnation: readSafeU64(view, 16),
    segmentNumber: view.getUint32(24, true),
    recordsEnd: view.getUint32(28, true),
    summaryHash: copyOf(bytes, 48, 48 + hashBytes),
  }
  requireFormat(footer.incarnation === header.incarnation && footer.segmentNumber === header.segmentNumber, 'incarnation of segment footer')
  const summaryAt = summaryOffset(header.sizeBytes, footer.entryCount)
  requireFormat(footer.recordsEnd >= recordsStart && footer.recordsEnd <= summaryAt && footer.recordsEnd % recordAlignment === 0, 'end of records')
  return footer
}

/** Every write of records begins at a multiple of a block; the rest of its last block is zeros. */
export function alignToBlock(position: number): number {
  return Math.ceil(position / segmentBlockBytes) * segmentBlockBytes
}

/** The last block: header copy and footer. */
export function tailOffset(sizeBytes: number): number {
  return sizeBytes - segmentBlockBytes
}

/** Where the summary's entries begin: right before the last block. Negative when they cannot fit. */
export function summaryOffset(sizeBytes: number, entryCount: number): number {
  return tailOffset(sizeBytes) - entryCount * summaryEntryBytes
}

/** One entry per record, in order of place:
 * sequence u64 | batchFirst u64 | headHash 8 | epoch u32 | batchLength u32 | offset u32 | length u32 | kind u8 | form u8 | shardIndex u8 | 0 × 5 */
export const entryField = { sequence: 0, batchFirst: 8, headHash: 16, epoch: 24, batchLength: 28, offset: 32, length: 36, kind: 40, form: 41, shardIndex: 42 } as const

/** Checks entries against their footer. Faults: damaged. */
export function checkSummary(entries: Uint8Array, footer: SegmentFooter): void {
  requireFormat(entries.byteLength === footer.entryCount * summaryEntryBytes, 'length of summary')
  requireFormat(isAt(footer.summaryHash, 0, hashOf(entries)), 'hash of summary')
  const view = viewOf(entries)
  let end = recordsStart
  for (let at = 0; at < entries.byteLength; at += summaryEntryBytes) {
    const offset = view.getUint32(at + entryField.offset, true)
    const length = view.getUint32(at + entryField.length, true)
    requireFormat(offset >= end && offset % recordAlignment === 0, 'place of a summary entry')
    requireFormat(length >= recordHeaderBytes && length % recordAlignment === 0, 'length of a summary entry')
    requireFormat(isRecordKindCode(view.getUint8(at + entryField.kind)) && isRecordForm(view.getUint8(at + entryField.form)), 'kind of a summary entry')
    requireFormat(allZero(entries, at + 43, at + summaryEntryBytes), 'reserved field of a summary entry')
    readSafeU64(view, at + entryField.sequence)
    readSafeU64(view, at + entryField.batchFirst)
    end = offset + length
  }
  requireFormat(end <= footer.recordsEnd, 'end of the last summary entry')
}

/** The better of two header copies: the larger incarnation of the valid ones; undefined when neither is. Faults: unsupported-version. */
export function chooseSegmentHeader(first: Uint8Array, copy: Uint8Array, owner: SegmentOwner): SegmentHeader | undefined {
  let best: SegmentHeader | undefined
  for (const bytes of [first, copy]) {
    try {
      const header = decodeSegmentHeader(bytes, owner)
      if (best === undefined || header.incarnation > best.incarnation) best = header
    } catch (error) {
      if (!(error instanceof FormatError) || error.fault !== 'damaged') throw error
    }
  }
  return best
}
