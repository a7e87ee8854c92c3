// A data key wrapped under one version of a named key: formatVersion u8 | keyVersion u32 BE | salt 16 | nonce 12 | ciphertext 32 | tag 16.
// The wrapping key is HMAC-SHA256(version key, label, salt): a salt serves 2^24 data keys and one run at most, so that random nonces
// never come near their limit however many objects are written. docs FORMAT, "wrapped data key".
import { encodeUtf8 } from '../../base/bytes.ts'
import { aeadOverheadBytes } from '../../crypto/aead.ts'
import { joinFields, keySizeBytes } from '../../crypto/key-derivation.ts'
import { assert } from '../../base/assert.ts'
import type { KeyContext } from '../../seams/key-store.ts'

export const wrappedDataKeyVersion = 1
export const wrappingSaltBytes = 16
export const wrappedDataKeyHeadBytes = 5 + wrappingSaltBytes
export const wrappedDataKeyBytes = wrappedDataKeyHeadBytes + keySizeBytes + aeadOverheadBytes
export const contextEntriesMax = 64
export const contextSizeMax = 16 * 1024

const domain = encodeUtf8('coffer/1/data-key')

export interface WrappedDataKeyHead {
  readonly keyVersion: number
  readonly salt: Uint8Array
}

/** Undefined when the bytes are not a wrapped data key of this format. */
export function decodeWrappedDataKeyHead(wrapped: Uint8Array): WrappedDataKeyHead | undefined {
  if (wrapped.byteLength !== wrappedDataKeyBytes || wrapped[0] !== wrappedDataKeyVersion) return undefined
  const keyVersion = new DataView(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength).getUint32(1)
  return { keyVersion, salt: wrapped.subarray(5, wrappedDataKeyHeadBytes) }
}

export function writeWrappedDataKeyHead(into: Uint8Array, head: WrappedDataKeyHead): void {
  into[0] = wrappedDataKeyVersion
  for (let at = 0; at < 4; at++) into[1 + at] = head.keyVersion >>> (24 - 8 * at)
  into.set(head.salt, 5)
}

/**
 * Associated data: domain, name of the key, then name and value of each entry, each with its length as u32 BE. Names in order of their
 * UTF-16 code units (as in RFC 8785 §3.2.3). Undefined: too large or not well-formed text; such a context was never wrapped under.
 */
export function encodeKeyContext(keyName: string, context: KeyContext): Uint8Array | undefined {
  const names = Object.keys(context)
  if (names.length > contextEntriesMax) return undefined
  if (names.length > 1) names.sort()
  const fields: string[] = [keyName]
  let size = 0
  for (const name of names) {
    const value = context[name]
    assert(typeof value === 'string', 'a context holds texts')
    if (!name.isWellFormed() || !value.isWellFormed()) return undefined
    size += name.length + value.length
    if (size > contextSizeMax) return undefined
    fields.push(name, value)
  }
  return joinFields(domain, fields)
}
