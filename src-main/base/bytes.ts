// Bytes and the texts that stand for them. Comparisons of secrets are constant-time; order is unsigned byte order.
import { timingSafeEqual } from 'node:crypto'

export const noBytes = new Uint8Array(0)

/** A Buffer over the same memory, no copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A copy that shares nothing with `bytes` (also out of shared memory). */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.byteLength)
  copy.set(bytes)
  return copy
}

/**
 * Copies `source` to `target` at `at`; the two do not overlap, and no other thread writes either meanwhile. For large bytes into or out of
 * shared memory: there `set` must copy in atomic steps, of one byte where the two differ in alignment, and takes up to sixteen times as long
 * as the plain copy that filling with as many bytes as fit comes down to.
 */
export function copyInto(target: Uint8Array, source: Uint8Array, at: number): void {
  const end = at + source.byteLength
  if (end > target.byteLength) throw new RangeError('no room for the copied bytes')
  if (source.byteLength > 0) asBuffer(target).fill(source, at, end)
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.byteLength
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** Constant-time for equal lengths; the length itself is not a secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

/** Unsigned byte order, the order of S3 listings: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

export function formatHex(bytes: Uint8Array): string {
  return formatBytes(bytes, 'hex')
}

/** Undefined when the text is not an even number of hex digits. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  return new Uint8Array(Buffer.from(text, 'hex'))
}

export function formatBase64(bytes: Uint8Array): string {
  return formatBytes(bytes, 'base64')
}

/** Small arrays lie on the engine's heap and have no memory of their own until somebody asks for it, which costs five times what this copy does. */
const formatScratch = Buffer.alloc(128)

function formatBytes(bytes: Uint8Array, encoding: 'hex' | 'base64'): string {
  const length = bytes.byteLength
  if (length > formatScratch.byteLength) return asBuffer(bytes).toString(encoding)
  formatScratch.set(bytes)
  const text = formatScratch.toString(encoding, 0, length)
  formatScratch.fill(0, 0, length)
  return text
}

/** Strict standard base64 with padding (RFC 4648 §4); undefined for anything else, non-canonical trailing bits included. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}

export function encodeUtf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined when the bytes are not valid UTF-8. Works on views of shared memory (copies them). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes.buffer instanceof SharedArrayBuffer ? copyBytes(bytes) : bytes)
  } catch {
    return undefined
  }
}
