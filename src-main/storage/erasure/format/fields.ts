// Fields that several formats share: integers of 64 bits within the safe range, ids of 16 bytes, BLAKE3-256. All integers are little-endian.
import { blake3, blake3Briefly } from '../../../base/blake3.ts'
import { requireFormat } from './format-error.ts'

export const hashBytes = 32
export const idBytes = 16
const word = 0x1_0000_0000

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % word, true)
  view.setUint32(at + 4, Math.floor(value / word), true)
}

/** May be above Number.MAX_SAFE_INTEGER; then it is not exact, and the caller refuses it. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * word + view.getUint32(at, true)
}

/** For strict decoders: refuses what a double cannot hold exactly. */
export function readSafeU64(view: DataView, at: number): number {
  const value = readU64(view, at)
  requireFormat(Number.isSafeInteger(value), 'integer above 2^53 - 1')
  return value
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** 16 bytes of a lower-case UUID (RFC 9562 §4, network order). */
export function uuidBytes(uuid: string): Uint8Array {
  requireFormat(isUuid(uuid), 'not a UUID')
  return new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'))
}

export function readUuid(bytes: Uint8Array, at: number): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, idBytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** BLAKE3-256 over `bytes[from, to)`. */
export function hashOf(bytes: Uint8Array, from = 0, to = bytes.byteLength): Buffer {
  return blake3(from === 0 && to === bytes.byteLength ? bytes : bytes.subarray(from, to))
}

/** The same without an allocation: valid until the next hash of this thread. */
export function briefHashOf(bytes: Uint8Array, from = 0, to = bytes.byteLength): Buffer {
  return blake3Briefly(from === 0 && to === bytes.byteLength ? bytes : bytes.subarray(from, to))
}

/** Whether the 32 bytes at `at` are the hash of `bytes[from, at)`. */
export function endsInHash(bytes: Uint8Array, from: number, at: number): boolean {
  return isAt(bytes, at, briefHashOf(bytes, from, at))
}

/** Whether `expected` stands at `at`. Not constant-time: nothing here is secret. */
export function isAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(at, at + expected.byteLength), expected) === 0
}

export function allZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}

/** Bytes of their own (`slice` of a Buffer would share them). */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to))
}

export function asciiBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
