// The content key of one object, of which the keys of its parts are made.
import { assert } from '../../base/assert.ts'
import { copyBytes } from '../../base/bytes.ts'
import { HmacKey } from '../../crypto/hmac.ts'
import { keySizeBytes } from '../../crypto/key-derivation.ts'

/** A content key and behind it the key of part 1, which is all that nearly every object needs. */
export const openedKeyBytes = 2 * keySizeBytes

export class ContentKey {
  /** With the key of part 1 behind it, or without. */
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Takes `key` over: from now on the bytes belong to this object. */
  static own(key: Uint8Array): ContentKey {
    assert(key.byteLength === keySizeBytes, 'a content key has 32 bytes')
    return new ContentKey(key)
  }

  /** Out of what `writeOpened` wrote, which is copied. */
  static copyOfOpened(opened: Uint8Array): ContentKey {
    assert(opened.byteLength === openedKeyBytes, 'an opened key is a content key and a part key')
    return new ContentKey(copyBytes(opened))
  }

  /** The key and that of part 1, to `into`. */
  writeOpened(into: Uint8Array): void {
    into.set(this.#bytes.subarray(0, keySizeBytes))
    const firstPartKey = this.partKey(1)
    into.set(firstPartKey, keySizeBytes)
    firstPartKey.fill(0)
  }

  /** HMAC-SHA256(content key, part number as u32 little-endian): 32 bytes, the caller's to wipe. The only part of a simple object is number 1. */
  partKey(partNumber: number): Uint8Array {
    if (partNumber === 1 && this.#bytes.byteLength === openedKeyBytes) return this.#bytes.slice(keySizeBytes)
    const key = new HmacKey(this.#bytes.subarray(0, keySizeBytes))
    const partKey = key.digest(Uint8Array.of(partNumber, partNumber >>> 8, partNumber >>> 16, partNumber >>> 24))
    key.wipe()
    return partKey
  }

  wipe(): void {
    this.#bytes.fill(0)
  }
}
