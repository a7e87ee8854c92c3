// A large payload's shards on one drive: a header, then chunks, each behind its tag. The tag binds the chunk's hash to drive, payload,
// index and length, so that a chunk from elsewhere (copied file, misdirected write) never passes. FORMAT.md, "shard-file".
// header: magic 8 | formatVersion u16 | 0 u16 | chunkLength u32 | payloadId 16 | driveId 16 | blake3 32 | 0 × 16;  slot: tag 32 | chunk
import { formatHex } from '../../../base/bytes.ts'
import { allZero, asciiBytes, copyOf, endsInHash, hashBytes, hashOf, idBytes, isAt, viewOf, writeU64 } from './fields.ts'
import { requireFormat, requireVersion } from './format-error.ts'

export interface ShardFileHeader {
  /** 32 hex digits. */
  readonly payloadId: string
  /** 16 bytes. */
  readonly driveId: Uint8Array
  /** Bytes of every chunk but the last, which may be shorter. */
  readonly chunkLength: number
}

export const shardFileHeaderBytes = 96
export const chunkTagBytes = hashBytes
export const chunkLengthMax = 64 * 1024 * 1024
const magic = asciiBytes('COFFSHRD')
const version = 1
const hashAt = 48
const tagInputBytes = 2 * idBytes + 16 + hashBytes

export function encodeShardFileHeader(header: ShardFileHeader): Uint8Array {
  requireFormat(isChunkLength(header.chunkLength), 'chunk length')
  requireFormat(isPayloadId(header.payloadId), 'payload id')
  const bytes = new Uint8Array(shardFileHeaderBytes)
  const view = viewOf(bytes)
  bytes.set(magic, 0)
  view.setUint16(8, version, true)
  view.setUint32(12, header.chunkLength, true)
  bytes.set(Buffer.from(header.payloadId, 'hex'), 16)
  bytes.set(header.driveId, 32)
  bytes.set(hashOf(bytes, 0, hashAt), hashAt)
  return bytes
}

/** The first 96 bytes of a shard file. Faults: damaged, unsupported-version. */
export function decodeShardFileHeader(bytes: Uint8Array): ShardFileHeader {
  requireFormat(bytes.byteLength === shardFileHeaderBytes, 'length of shard file header')
  requireFormat(isAt(bytes, 0, magic), 'magic of shard file')
  requireFormat(endsInHash(bytes, 0, hashAt), 'hash of shard file header')
  const view = viewOf(bytes)
  requireVersion(view.getUint16(8, true), version, 'shard file')
  requireFormat(view.getUint16(10, true) === 0 && allZero(bytes, hashAt + hashBytes, shardFileHeaderBytes), 'reserved field of shard file')
  const chunkLength = view.getUint32(12, true)
  requireFormat(isChunkLength(chunkLength), 'chunk length')
  return { payloadId: formatHex(bytes.subarray(16, 32)), driveId: copyOf(bytes, 32, 48), chunkLength }
}

/** Where the slot (tag, then chunk) of a chunk begins. */
export function shardSlotOffset(chunkIndex: number, chunkLength: number): number {
  return shardFileHeaderBytes + chunkIndex * (chunkTagBytes + chunkLength)
}

const tagInput = Buffer.alloc(tagInputBytes)
const tagView = viewOf(tagInput)

/** BLAKE3 over driveId 16 | payloadId 16 | chunkIndex u64 | length u64 | BLAKE3 of the chunk 32. */
export function chunkTag(driveId: Uint8Array, payloadId: string, chunkIndex: number, length: number, chunkHash: Uint8Array): Buffer {
  tagInput.set(driveId, 0)
  tagInput.write(payloadId, idBytes, 'hex')
  writeU64(tagView, 32, chunkIndex)
  writeU64(tagView, 40, length)
  tagInput.set(chunkHash, 48)
  return hashOf(tagInput)
}

export function isPayloadId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

function isChunkLength(length: number): boolean {
  return Number.isInteger(length) && length >= 1 && length <= chunkLengthMax
}
