// The content key of one object, of which the keys of its parts are made.
import { assert } from '../../base/assert.ts'
import { HmacKey } from '../../crypto/hmac.ts'
import { keySizeBytes } from '../../crypto/key-derivation.ts'
import { SecretBytes } from '../../crypto/secret-bytes.ts'

/** Whose key it is: an envelope is bound to bucket and name, and opens nowhere else. */
export interface ObjectPlace {
  readonly bucket: string
  readonly name: string
}

/** A content key and behind it the key of part 1, which is all that nearly every object needs. */
export const openedKeyBytes = 2 * keySizeBytes

export class ContentKey {
  /** With the key of part 1 behind it, or without. */
  readonly #secret: SecretBytes

  private constructor(secret: SecretBytes) {
    this.#secret = secret
  }

  /** Takes `key` over: from now on the bytes belong to this object. */
  static own(key: Uint8Array): ContentKey {
    assert(key.byteLength === keySizeBytes, 'a content key has 32 bytes')
    return new ContentKey(SecretBytes.own(key))
  }

  /** Out of what `writeOpened` wrote, which is copied. */
  static copyOfOpened(opened: Uint8Array): ContentKey {
    assert(opened.byteLength === openedKeyBytes, 'an opened key is a content key and a part key')
    return new ContentKey(SecretBytes.copyOf(opened))
  }

  /** The key and that of part 1, to `into`. */
  writeOpened(into: Uint8Array): void {
    this.#secret.use((bytes) => { into.set(bytes.subarray(0, keySizeBytes)) })
    const firstPartKey = this.partKey(1)
    into.set(firstPartKey, keySizeBytes)
    firstPartKey.fill(0)
  }

  /** HMAC-SHA256(content key, part number as u32 little-endian): 32 bytes, the caller's to wipe. The only part of a simple object is number 1. */
  partKey(partNumber: number): Uint8Array {
    return this.#secret.use((bytes) => {
      if (partNumber === 1 && bytes.byteLength === openedKeyBytes) return bytes.slice(keySizeBytes)
      const key = HmacKey.copyOf(bytes.subarray(0, keySizeBytes))
      const partKey = key.digest(Uint8Array.of(partNumber, partNumber >>> 8, partNumber >>> 16, partNumber >>> 24))
      key.wipe()
      return partKey
    })
  }

  wipe(): void {
    this.#secret.wipe()
  }
}
