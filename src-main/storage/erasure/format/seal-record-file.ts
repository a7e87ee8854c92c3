// The seal record's envelope: which generation, and that its bytes are whole. What is inside belongs to the keystore. FORMAT.md, "seal-record-file".
// magic 8 | formatVersion u16 | 0 u16 | length u32 | generation u64 | bytes | blake3 32
import { asciiBytes, copyOf, endsInHash, hashBytes, hashOf, isAt, readSafeU64, viewOf, writeU64 } from './fields.ts'
import { requireFormat, requireVersion } from './format-error.ts'

export interface SealRecordFile {
  readonly generation: number
  readonly bytes: Uint8Array
}

export const sealBytesMax = 64 * 1024
const magic = asciiBytes('COFFSEAL')
const version = 1
const fixedBytes = 24
export const sealRecordFileSizeMax = fixedBytes + sealBytesMax + hashBytes

/** Throws FormatError `damaged` when the bytes are more than 64 KiB or the generation is no safe integer. */
export function encodeSealRecordFile(record: SealRecordFile): Uint8Array {
  requireFormat(record.bytes.byteLength <= sealBytesMax, 'length of seal record')
  requireFormat(Number.isSafeInteger(record.generation) && record.generation >= 0, 'generation of seal record')
  const end = fixedBytes + record.bytes.byteLength
  const bytes = new Uint8Array(end + hashBytes)
  const view = viewOf(bytes)
  bytes.set(magic, 0)
  view.setUint16(8, version, true)
  view.setUint32(12, record.bytes.byteLength, true)
  writeU64(view, 16, record.generation)
  bytes.set(record.bytes, fixedBytes)
  bytes.set(hashOf(bytes, 0, end), end)
  return bytes
}

/** Faults: damaged, unsupported-version. The result shares nothing with the input. */
export function decodeSealRecordFile(bytes: Uint8Array): SealRecordFile {
  requireFormat(bytes.byteLength >= fixedBytes + hashBytes && bytes.byteLength <= sealRecordFileSizeMax, 'length of seal record')
  requireFormat(isAt(bytes, 0, magic), 'magic of seal record')
  const end = bytes.byteLength - hashBytes
  requireFormat(endsInHash(bytes, 0, end), 'hash of seal record')
  const view = viewOf(bytes)
  requireVersion(view.getUint16(8, true), version, 'seal record')
  requireFormat(view.getUint16(10, true) === 0, 'reserved field of seal record')
  requireFormat(view.getUint32(12, true) === end - fixedBytes, 'length of seal record')
  return { generation: readSafeU64(view, 16), bytes: copyOf(bytes, fixedBytes, end) }
}
