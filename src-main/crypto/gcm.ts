// AES-256-GCM (NIST SP 800-38D) from and to memory of the caller's.
import { assert } from '../base/assert.ts'
import { gcmEngine } from './gcm-choice.ts'
import { gcmNonceBytes, gcmTagBytes } from './gcm-engine.ts'
import { keySizeBytes } from './key-derivation.ts'
import { SecretBytes } from './secret-bytes.ts'

/** A key of 32 bytes. Using one that was wiped is a bug. */
export class GcmKey {
  readonly #secret: SecretBytes

  private constructor(secret: SecretBytes) {
    assert(secret.sizeBytes === keySizeBytes, 'a key of AES-256 has 32 bytes')
    this.#secret = secret
  }

  /** Takes `key` over: from now on the bytes belong to this object. */
  static own(key: Uint8Array): GcmKey {
    return new GcmKey(SecretBytes.own(key))
  }

  /** The caller's bytes remain the caller's to wipe. */
  static copyOf(key: Uint8Array): GcmKey {
    return new GcmKey(SecretBytes.copyOf(key))
  }

  /** Ciphertext and 16 bytes of tag to `into`, which is exactly as long, and begins where `plain` does or does not overlap it. A nonce serves one message under a key. */
  seal(nonce: Uint8Array, associatedData: Uint8Array, plain: Uint8Array, into: Uint8Array): void {
    assert(nonce.byteLength === gcmNonceBytes && into.byteLength === plain.byteLength + gcmTagBytes, 'room for ciphertext and tag')
    this.#secret.use((key) => { gcmEngine().seal(key, nonce, associatedData, plain, into) })
  }

  /**
   * The plain bytes of ciphertext and tag to `into`, which is exactly as long as they are. It may begin where `sealed` does, or a multiple of
   * 16 bytes before it, or not overlap. False when anything is not as it was sealed: `into` then holds zeros.
   */
  open(nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into: Uint8Array): boolean {
    assert(nonce.byteLength === gcmNonceBytes && sealed.byteLength === into.byteLength + gcmTagBytes, 'room for the plain bytes')
    const isAuthentic = this.#secret.use((key) => gcmEngine().open(key, nonce, associatedData, sealed, into))
    if (!isAuthentic) into.fill(0)
    return isAuthentic
  }

  /** Lends the bytes for the time of the call. */
  use<T>(borrow: (key: Uint8Array) => T): T {
    return this.#secret.use(borrow)
  }

  /** Zeroes the bytes. Harmless twice. */
  wipe(): void {
    this.#secret.wipe()
  }
}
