// One record of the log: header in clear, metadata (encrypted), inline shard; the shard and the next record begin at multiples of 512, so
// that a drive takes shards from where the codec left them. FORMAT.md, "record".
// The first 112 bytes are the same on every drive; then comes this drive's own part, which names drive, segment, incarnation and place:
// a stale record of a recycled segment, or one copied from elsewhere, does not pass.
import { allZero, asciiBytes, briefHashOf, endsInHash, hashBytes, isAt, readSafeU64, readU64, viewOf, writeU64 } from './fields.ts'
import { requireFormat, requireVersion } from './format-error.ts'

/** What a record is; the engine gives it meaning, the drive only needs to know where its payload is. */
export type RecordKind =
  | 'object' | 'delete' | 'upload' | 'part' | 'complete' | 'abort' | 'bucket' | 'bucket-delete' | 'secret' | 'secret-delete' | 'attributes' | 'roster' | 'epoch'

/** none: metadata only. inline: one shard stands in the record. file: shards are in a shard file named after the payload id. */
export type PayloadForm = 'none' | 'inline' | 'file'

/** A record's header as the drive sees it, without the drive's own fields. */
export interface RecordHead {
  /** Global order, never used twice. */
  readonly sequence: number
  /** Which start of the appliance wrote it. */
  readonly epoch: number
  /** First sequence number of the batch it was written in, and how many records the batch has. */
  readonly batchFirst: number
  readonly batchLength: number
  readonly kind: RecordKind
  readonly form: PayloadForm
  /** 16 bytes as 32 hex digits; shard files are named after it. All zeros for form none. */
  readonly payloadId: string
  readonly dataShards: number
  readonly parityShards: number
  /** This drive's shard, 0…k+m−1; 255 for form none or where the drive holds none. */
  readonly shardIndex: number
  /** Inline: bytes of one shard. File: bytes of the shard file's content. */
  readonly shardLength: number
  /** Stored (encrypted) bytes of the whole payload. */
  readonly storedLength: number
  readonly metadataLength: number
}

/** Where a record stands on its drive. */
export interface RecordPlace {
  /** 16 bytes. */
  readonly driveId: Uint8Array
  readonly incarnation: number
  readonly segmentNumber: number
  /** Of the record in its segment. */
  readonly offset: number
  /** Where the write (one append, synced once) began that this record was part of: the beginning of a block. */
  readonly writeOffset: number
}

export const recordHeaderBytes = 224
/** The smallest block that drives are written in. */
export const recordAlignment = 512
/** Every write of records begins in a block of its own. */
export const writeAlignment = 4096
export const recordMetadataMax = 2 * 1024 * 1024
export const recordShardMax = 2 * 1024 * 1024
/** The part of the header that is the same on every drive. */
export const recordCommonBytes = 112
export const noShardIndex = 255
export const noPayloadId = '0'.repeat(32)

const magic = asciiBytes('COFFRECD')
const magicLow = viewOf(magic).getUint32(0, true)
const magicHigh = viewOf(magic).getUint32(4, true)
const version = 2
const noHash = new Uint8Array(hashBytes)

/** Codes of the kinds on the drive: the place in this list plus one. New kinds go at the end. */
export const recordKinds: readonly RecordKind[] = [
  'object', 'delete', 'upload', 'part', 'complete', 'abort', 'bucket', 'bucket-delete', 'secret', 'secret-delete', 'attributes', 'roster', 'epoch',
]
const recordForms: readonly PayloadForm[] = ['none', 'inline', 'file']
const kindCodes = new Map(recordKinds.map((kind, index) => [kind, index + 1]))

/** The code of a kind in headers, summaries and LogSummary.kinds. */
export function recordKindCode(kind: RecordKind): number {
  return kindCodes.get(kind) ?? 0
}

/** Undefined for a code that no kind has. */
export function recordKindOf(code: number): RecordKind | undefined {
  return recordKinds[code - 1]
}

export function isRecordKindCode(code: number): boolean {
  return code >= 1 && code <= recordKinds.length
}

export function isRecordForm(code: number): boolean {
  return code < recordForms.length
}

export function alignRecord(length: number): number {
  return Math.ceil(length / recordAlignment) * recordAlignment
}

/** Where the inline shard begins in its record; zeros from the end of the metadata. */
export function inlineOffset(metadataLength: number): number {
  return alignRecord(recordHeaderBytes + metadataLength)
}

/** Bytes a record takes in its segment. */
export function recordLength(metadataLength: number, inlineLength: number): number {
  return inlineOffset(metadataLength) + alignRecord(inlineLength)
}

/** What is wrong with a head that is to be written with `inlineLength` bytes of shard; undefined when nothing is. */
export function headProblem(head: RecordHead, inlineLength: number): string | undefined {
  if (!isWhole(head.sequence) || head.sequence < 1 || !isWhole(head.batchFirst) || head.batchFirst > head.sequence) return 'sequence'
  if (!isU32(head.epoch) || !isU32(head.batchLength)) return 'epoch or batch'
  if (recordKindCode(head.kind) === 0 || !recordForms.includes(head.form)) return 'kind or form'
  if (!isU8(head.dataShards) || !isU8(head.parityShards) || !isU8(head.shardIndex)) return 'shard counts'
  if (!isWhole(head.shardLength) || !isWhole(head.storedLength)) return 'lengths'
  if (!isWhole(head.metadataLength) || head.metadataLength > recordMetadataMax) return 'metadata length'
  if (!/^[0-9a-f]{32}$/.test(head.payloadId)) return 'payload id'
  return payloadProblem(head.form, head.payloadId === noPayloadId, head.shardIndex, head.dataShards + head.parityShards, head.shardLength, inlineLength)
}

function payloadProblem(form: PayloadForm | undefined, withoutId: boolean, shardIndex: number, shards: number, shardLength: number, inlineLength: number): string | undefined {
  if (form === 'none') return withoutId && shardIndex === noShardIndex && shardLength === 0 && inlineLength === 0 ? undefined : 'payload of a record without one'
  if (withoutId) return 'payload id'
  if (shardIndex !== noShardIndex && shardIndex >= shards) return 'shard index'
  if (form === 'file') return inlineLength === 0 ? undefined : 'inline shard beside a shard file'
  if (shardIndex === noShardIndex) return inlineLength === 0 ? undefined : 'shard without an index'
  return inlineLength === shardLength && inlineLength <= recordShardMax ? undefined : 'shard length'
}

/** Byte places of the header's fields. */
export const recordField = {
  version: 8, kind: 10, form: 11, dataShards: 12, parityShards: 13, sequence: 16, batchFirst: 24, epoch: 32, batchLength: 36, payloadId: 40, storedLength: 56,
  shardLength: 64, metadataLength: 72, metadataHash: 80,
  driveId: 112, incarnation: 128, segmentNumber: 136, offset: 140, writeOffset: 144, shardIndex: 148, inlineLength: 152, payloadHash: 160, headerHash: 192,
} as const

/**
 * Writes the header's 224 bytes at `at` of `bytes` (`view` over the same bytes). The head has passed `headProblem`.
 * Returns the BLAKE3 of the common part, whose first 8 bytes are the head hash; valid until the next hash of this thread.
 */
export function encodeRecordHeader(bytes: Buffer, view: DataView, at: number, head: RecordHead, place: RecordPlace, metadata: Uint8Array, inlineLength: number, payloadHash: Uint8Array | undefined): Buffer {
  bytes.fill(0, at, at + recordHeaderBytes)
  bytes.set(magic, at)
  view.setUint16(at + recordField.version, version, true)
  view.setUint8(at + recordField.kind, recordKindCode(head.kind))
  view.setUint8(at + recordField.form, recordForms.indexOf(head.form))
  view.setUint8(at + recordField.dataShards, head.dataShards)
  view.setUint8(at + recordField.parityShards, head.parityShards)
  writeU64(view, at + recordField.sequence, head.sequence)
  writeU64(view, at + recordField.batchFirst, head.batchFirst)
  view.setUint32(at + recordField.epoch, head.epoch, true)
  view.setUint32(at + recordField.batchLength, head.batchLength, true)
  bytes.write(head.payloadId, at + recordField.payloadId, 'hex')
  writeU64(view, at + recordField.storedLength, head.storedLength)
  writeU64(view, at + recordField.shardLength, head.shardLength)
  view.setUint32(at + recordField.metadataLength, head.metadataLength, true)
  bytes.set(briefHashOf(metadata), at + recordField.metadataHash)
  view.setUint8(at + recordField.shardIndex, head.shardIndex)
  view.setUint32(at + recordField.inlineLength, inlineLength, true)
  if (payloadHash !== undefined) bytes.set(payloadHash, at + recordField.payloadHash)
  placeRecordHeader(bytes, view, at, place)
  return briefHashOf(bytes, at, at + recordCommonBytes)
}

/** Writes place and header hash only: a record that moves keeps every other byte. */
export function placeRecordHeader(bytes: Uint8Array, view: DataView, at: number, place: RecordPlace): void {
  bytes.set(place.driveId, at + recordField.driveId)
  writeU64(view, at + recordField.incarnation, place.incarnation)
  view.setUint32(at + recordField.segmentNumber, place.segmentNumber, true)
  view.setUint32(at + recordField.offset, place.offset, true)
  view.setUint32(at + recordField.writeOffset, place.writeOffset, true)
  bytes.set(briefHashOf(bytes, at, at + recordField.headerHash), at + recordField.headerHash)
}

/** Cheap first look while searching a segment: magic and incarnation. */
export function mayBeRecord(view: DataView, at: number, incarnation: number): boolean {
  return view.getUint32(at, true) === magicLow && view.getUint32(at + 4, true) === magicHigh && readU64(view, at + recordField.incarnation) === incarnation
}

/**
 * What is wrong with the 224 bytes at `at`; undefined when they are a whole, canonical header that stands where `place` says
 * (its `writeOffset` is not compared). Allocates nothing but the hash. Faults: unsupported-version.
 */
export function recordHeaderProblem(bytes: Uint8Array, view: DataView, at: number, place: Omit<RecordPlace, 'writeOffset'>): string | undefined {
  if (bytes.byteLength < at + recordHeaderBytes) return 'length'
  if (view.getUint32(at, true) !== magicLow || view.getUint32(at + 4, true) !== magicHigh) return 'magic'
  if (!endsInHash(bytes, at, at + recordField.headerHash)) return 'header hash'
  requireVersion(view.getUint16(at + recordField.version, true), version, 'record')
  if (!isAt(bytes, at + recordField.driveId, place.driveId)) return 'drive'
  if (readU64(view, at + recordField.incarnation) !== place.incarnation) return 'incarnation'
  if (view.getUint32(at + recordField.segmentNumber, true) !== place.segmentNumber || view.getUint32(at + recordField.offset, true) !== place.offset) return 'place'
  const writeOffset = view.getUint32(at + recordField.writeOffset, true)
  if (writeOffset > place.offset || writeOffset % writeAlignment !== 0) return 'write offset'
  return fieldProblem(bytes, view, at)
}

function fieldProblem(bytes: Uint8Array, view: DataView, at: number): string | undefined {
  if (view.getUint16(at + 14, true) !== 0 || view.getUint32(at + 76, true) !== 0) return 'reserved field'
  if (!allZero(bytes, at + 149, at + 152) || view.getUint32(at + 156, true) !== 0) return 'reserved field'
  if (!isRecordKindCode(view.getUint8(at + recordField.kind)) || !isRecordForm(view.getUint8(at + recordField.form))) return 'kind or form'
  const sequence = readU64(view, at + recordField.sequence)
  const batchFirst = readU64(view, at + recordField.batchFirst)
  const shardLength = readU64(view, at + recordField.shardLength)
  if (!isWhole(sequence) || sequence < 1 || !isWhole(batchFirst) || batchFirst > sequence) return 'sequence'
  if (!isWhole(readU64(view, at + recordField.storedLength)) || !isWhole(shardLength)) return 'lengths'
  if (view.getUint32(at + recordField.metadataLength, true) > recordMetadataMax) return 'metadata length'
  const inlineLength = view.getUint32(at + recordField.inlineLength, true)
  if (inlineLength === 0 && !isAt(bytes, at + recordField.payloadHash, noHash)) return 'hash without a shard'
  return payloadProblem(
    recordForms[view.getUint8(at + recordField.form)], allZero(bytes, at + recordField.payloadId, at + recordField.storedLength),
    view.getUint8(at + recordField.shardIndex), view.getUint8(at + recordField.dataShards) + view.getUint8(at + recordField.parityShards), shardLength, inlineLength,
  )
}

/** The head out of a header. Faults: damaged (anything `recordHeaderProblem` finds), unsupported-version. */
export function decodeRecordHeader(bytes: Uint8Array, place: Omit<RecordPlace, 'writeOffset'>): RecordHead {
  const view = viewOf(bytes)
  const problem = recordHeaderProblem(bytes, view, 0, place)
  requireFormat(problem === undefined, `${problem ?? ''} of record`)
  return {
    sequence: readSafeU64(view, recordField.sequence),
    epoch: view.getUint32(recordField.epoch, true),
    batchFirst: readSafeU64(view, recordField.batchFirst),
    batchLength: view.getUint32(recordField.batchLength, true),
    kind: recordKindOf(view.getUint8(recordField.kind)) as RecordKind,
    form: recordForms[view.getUint8(recordField.form)] as PayloadForm,
    payloadId: Buffer.from(bytes.buffer, bytes.byteOffset + recordField.payloadId, 16).toString('hex'),
    dataShards: view.getUint8(recordField.dataShards),
    parityShards: view.getUint8(recordField.parityShards),
    shardIndex: view.getUint8(recordField.shardIndex),
    shardLength: readSafeU64(view, recordField.shardLength),
    storedLength: readSafeU64(view, recordField.storedLength),
    metadataLength: view.getUint32(recordField.metadataLength, true),
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isU32(value: number): boolean {
  return isWhole(value) && value <= 0xffff_ffff
}

function isU8(value: number): boolean {
  return isWhole(value) && value <= 0xff
}
