// Small values sealed with AES-256-GCM (NIST SP 800-38D): nonce 12 ‖ ciphertext ‖ tag 16, a fresh random nonce each time.
// Random nonces allow 2^32 values per key; callers that seal more change the key. Bodies of objects go through encrypted-stream.ts.
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { systemRandom, type RandomSource } from '../base/random.ts'

export const aeadNonceBytes = 12
export const aeadTagBytes = 16
export const aeadOverheadBytes = aeadNonceBytes + aeadTagBytes

/** nonce ‖ ciphertext ‖ tag in one new array, preceded by `headroomBytes` zero bytes for the caller's own header (not encrypted, not bound). */
export function sealValue(key: KeyObject, plain: Uint8Array, associatedData: Uint8Array, random: RandomSource = systemRandom, headroomBytes = 0): Uint8Array {
  const sealed = new Uint8Array(headroomBytes + aeadOverheadBytes + plain.byteLength)
  const nonce = random.bytes(aeadNonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(associatedData)
  sealed.set(nonce, headroomBytes)
  sealed.set(cipher.update(plain), headroomBytes + aeadNonceBytes)
  cipher.final()
  sealed.set(cipher.getAuthTag(), headroomBytes + aeadNonceBytes + plain.byteLength)
  return sealed
}

/** The plain bytes, the caller's to wipe; undefined when key, associated data or bytes are not those of `sealValue`. */
export function openValue(key: KeyObject, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
  const plainBytes = sealed.byteLength - aeadOverheadBytes
  if (plainBytes < 0) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, aeadNonceBytes), { authTagLength: aeadTagBytes })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - aeadTagBytes))
  const opened = decipher.update(sealed.subarray(aeadNonceBytes, sealed.byteLength - aeadTagBytes))
  try {
    decipher.final()
  } catch {
    opened.fill(0)
    return undefined
  }
  return new Uint8Array(opened.buffer, opened.byteOffset, opened.byteLength)
}
