// What an implementation of AES-256-GCM does; gcm-choice.ts chooses one.
export const gcmNonceBytes = 12
export const gcmTagBytes = 16

/** Lengths are checked by GcmKey. */
export interface GcmEngine {
  readonly name: 'direct' | 'node'
  /** Ciphertext and tag, one after the other, to `into`, which begins where `plain` does or does not overlap it. */
  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plain: Uint8Array, into: Uint8Array): void
  /**
   * `sealed`: ciphertext and tag. `into` may begin where `sealed` does, or a multiple of 16 bytes before it.
   * False: not authentic; what `into` then holds is to be wiped.
   */
  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into: Uint8Array): boolean
}
