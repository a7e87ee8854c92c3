// The content key of one object, of which the keys of its parts are made.
import { assert } from '../../base/assert.ts'
import { copyBytes } from '../../base/bytes.ts'
import { HmacKey } from '../../crypto/hmac.ts'
import { keySizeBytes } from '../../crypto/key-derivation.ts'

/** The content key and the key of part 1: what nearly every object's only part needs. */
export const openedKeyBytes = 2 * keySizeBytes

export class ContentKey {
  readonly #key: HmacKey
  #firstPartKey: Uint8Array | undefined

  private constructor(key: HmacKey, firstPartKey: Uint8Array | undefined) {
    this.#key = key
    this.#firstPartKey = firstPartKey
  }

  /** Wipes `key`. */
  static take(key: Uint8Array): ContentKey {
    return new ContentKey(HmacKey.take(key), undefined)
  }

  /** Out of what `writeOpened` wrote, which is copied. */
  static fromOpened(opened: Uint8Array): ContentKey {
    assert(opened.byteLength === openedKeyBytes, 'an opened key is a content key and a part key')
    return new ContentKey(new HmacKey(opened.subarray(0, keySizeBytes)), copyBytes(opened.subarray(keySizeBytes)))
  }

  /** HMAC-SHA256(content key, part number as u32 little-endian): 32 bytes, the caller's to wipe. The only part of a simple object is number 1. */
  partKey(partNumber: number): Uint8Array {
    if (partNumber === 1 && this.#firstPartKey !== undefined) return copyBytes(this.#firstPartKey)
    return this.#key.digest(Uint8Array.of(partNumber, partNumber >>> 8, partNumber >>> 16, partNumber >>> 24))
  }

  wipe(): void {
    this.#key.wipe()
    this.#firstPartKey?.fill(0)
    this.#firstPartKey = undefined
  }
}

/** `key` and the key of part 1 made of it, to `into`. */
export function writeOpened(key: Uint8Array, into: Uint8Array): void {
  into.set(key)
  const contentKey = new HmacKey(key)
  const firstPartKey = contentKey.digest(Uint8Array.of(1, 0, 0, 0))
  into.set(firstPartKey, keySizeBytes)
  firstPartKey.fill(0)
  contentKey.wipe()
}
