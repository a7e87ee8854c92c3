// A 32-byte key wrapped under another: AES-256-GCM, bound to what it is for (domain) and where it belongs (context). Always 60 bytes.
import { assert } from '../base/assert.ts'
import { encodeUtf8 } from '../base/bytes.ts'
import { systemRandom, type RandomSource } from '../base/random.ts'
import { aeadOverheadBytes, openValue, sealValue } from './aead.ts'
import type { GcmKey } from './gcm.ts'
import { joinFields, keySizeBytes, type Field } from './key-derivation.ts'

export const wrappedKeyBytes = keySizeBytes + aeadOverheadBytes

/** What a wrapped key is; a key wrapped as one thing never opens as another. */
export const wrapDomains = {
  rootKey: encodeUtf8('coffer/1/wrapped-root-key'),
  contentKey: encodeUtf8('coffer/1/wrapped-content-key'),
  authorityKey: encodeUtf8('coffer/1/wrapped-authority-key'),
} as const
export type WrapDomain = keyof typeof wrapDomains

/** nonce 12 ‖ ciphertext 32 ‖ tag 16. `context` names the place, for example the object; the same must be shown to unwrap. */
export function wrapKey(wrapping: GcmKey, key: Uint8Array, domain: WrapDomain, context: readonly Field[], random: RandomSource = systemRandom): Uint8Array {
  assert(key.byteLength === keySizeBytes, 'only 32-byte keys are wrapped')
  return sealValue(wrapping, key, joinFields(wrapDomains[domain], context), random)
}

/** The 32 bytes, the caller's to wipe; undefined when anything differs from what was wrapped. */
export function unwrapKey(wrapping: GcmKey, wrapped: Uint8Array, domain: WrapDomain, context: readonly Field[]): Uint8Array | undefined {
  if (wrapped.byteLength !== wrappedKeyBytes) return undefined
  return openValue(wrapping, wrapped, joinFields(wrapDomains[domain], context))
}
