// Small values sealed with AES-256-GCM (NIST SP 800-38D): nonce 12 ‖ ciphertext ‖ tag 16, a fresh random nonce each time.
// Random nonces allow 2^32 values per key; callers that seal more change the key. Bodies of objects go through encrypted-stream.ts.
import { systemRandom, type RandomSource } from '../base/random.ts'
import { gcmNonceBytes, gcmTagBytes } from './gcm-engine.ts'
import type { GcmKey } from './gcm.ts'

export const aeadOverheadBytes = gcmNonceBytes + gcmTagBytes

/** nonce ‖ ciphertext ‖ tag in one new array, preceded by `headroomBytes` zero bytes for the caller's own header (not encrypted, not bound). */
export function sealValue(key: GcmKey, plain: Uint8Array, associatedData: Uint8Array, random: RandomSource = systemRandom, headroomBytes = 0): Uint8Array {
  const sealed = new Uint8Array(headroomBytes + aeadOverheadBytes + plain.byteLength)
  const nonce = random.bytes(gcmNonceBytes)
  sealed.set(nonce, headroomBytes)
  key.seal(nonce, associatedData, plain, sealed.subarray(headroomBytes + gcmNonceBytes))
  return sealed
}

/** The plain bytes, the caller's to wipe; undefined when key, associated data or bytes are not those of `sealValue`. */
export function openValue(key: GcmKey, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
  const plainBytes = sealed.byteLength - aeadOverheadBytes
  if (plainBytes < 0) return undefined
  const opened = new Uint8Array(plainBytes)
  return key.open(sealed.subarray(0, gcmNonceBytes), associatedData, sealed.subarray(gcmNonceBytes), opened) ? opened : undefined
}
