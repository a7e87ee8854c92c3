// Every key that is derived from another, with its label: HKDF-SHA256 (RFC 5869) for keys from the keyring, HMAC-SHA256 (RFC 2104)
// over labelled, length-prefixed fields for keys per object. One table of labels, so that no two uses can share a key by accident.
// Written over HMAC because the desktop's crypto library promises no HKDF of its own.
import { createHmac, createSecretKey } from 'node:crypto'
import { assert } from '../base/assert.ts'
import { encodeUtf8, noBytes } from '../base/bytes.ts'
import type { HmacKey } from './hmac.ts'

export const keySizeBytes = 32

/** A label stands in exactly one place. Changing one makes everything written under it unreadable. */
export const keyLabels = {
  storage: 'coffer/1/storage',
  catalogue: 'coffer/1/catalogue',
  authority: 'coffer/1/authority',
  audit: 'coffer/1/audit',
  dataKeyWrapping: 'coffer/1/data-key-wrapping',
  contentWrapping: 'coffer/1/content-wrapping',
  contentKey: 'coffer/1/content-key',
  part: 'coffer/1/part',
  etag: 'coffer/1/etag',
  checksum: 'coffer/1/checksum',
} as const
export type KeyLabel = keyof typeof keyLabels

const labelBytes: Readonly<Record<KeyLabel, Uint8Array>> = mapLabels()

function mapLabels(): Record<KeyLabel, Uint8Array> {
  const bytes: Partial<Record<KeyLabel, Uint8Array>> = {}
  for (const name of Object.keys(keyLabels) as KeyLabel[]) bytes[name] = encodeUtf8(keyLabels[name])
  return bytes as Record<KeyLabel, Uint8Array>
}

/** HKDF-SHA256 (RFC 5869 §2), at most 8160 bytes. The result is the caller's to wipe. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array {
  assert(lengthBytes > 0 && lengthBytes <= 255 * 32, 'length outside HKDF')
  const extracted = createHmac('sha256', salt).update(secret).digest()
  const key = createSecretKey(extracted)
  extracted.fill(0)
  const output = new Uint8Array(lengthBytes)
  let previous: Uint8Array = noBytes
  for (let at = 0, counter = 1; at < lengthBytes; at += 32, counter++) {
    const block = createHmac('sha256', key).update(previous).update(info).update(Uint8Array.of(counter)).digest()
    output.set(block.subarray(0, Math.min(32, lengthBytes - at)), at)
    previous.fill(0)
    previous = block
  }
  previous.fill(0)
  return output
}

/** A 32-byte key out of a uniformly random secret: HKDF without salt, info = label. The caller wipes it. */
export function deriveKey(secret: Uint8Array, label: KeyLabel): Uint8Array {
  return hkdfSha256(secret, noBytes, labelBytes[label], keySizeBytes)
}

/**
 * A 32-byte key out of a key and facts: HMAC-SHA256(key, label ‖ fields), each preceded by its length as u32 BE, so that no two lists of
 * fields give the same input. For keys per object (content wrapping key, part key): one HMAC, no HKDF. The caller wipes it.
 */
export function deriveKeyWithFields(key: HmacKey, label: KeyLabel, fields: readonly Field[]): Uint8Array {
  return key.digest(joinFields(labelBytes[label], fields))
}

/** Bytes, or a text, which counts as its UTF-8. */
export type Field = Uint8Array | string

/** Where fields are put together; of longer ones than these the memory is their own. Nothing secret is in it: fields are facts. */
const scratch = Buffer.alloc(4096)
/** Longer texts are written by the engine. */
const asciiMax = 128

/** `first` and `fields`, each as u32 BE length and bytes: an injective encoding, also used as associated data. */
export function joinFields(first: Uint8Array, fields: readonly Field[]): Uint8Array {
  let lengthMax = 4 + first.byteLength
  for (const field of fields) lengthMax += 4 + (typeof field === 'string' ? 3 * field.length : field.byteLength)
  const into = lengthMax <= scratch.byteLength ? scratch : Buffer.alloc(lengthMax)
  let at = putField(into, 0, first)
  for (const field of fields) at = putField(into, at, field)
  // Out of Node's pool: more than 64 bytes with memory of their own would cost a microsecond.
  return Buffer.from(into.subarray(0, at))
}

function putField(into: Buffer, at: number, field: Field): number {
  const length = typeof field === 'string' ? putText(into, at + 4, field) : field.byteLength
  into[at] = length >>> 24
  into[at + 1] = length >>> 16
  into[at + 2] = length >>> 8
  into[at + 3] = length
  if (typeof field !== 'string') into.set(field, at + 4)
  return at + 4 + length
}

/** UTF-8; gives the bytes written. Short texts in ASCII, which nearly all are, need no call into the engine. */
function putText(into: Buffer, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f || index === asciiMax) return index + into.write(text.slice(index), at + index, 'utf8')
    into[at + index] = unit
  }
  return text.length
}
