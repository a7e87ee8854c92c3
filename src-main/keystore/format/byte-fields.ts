// Fields in a row, big-endian. The reader never throws: reading past the end gives zeros and `isWhole` is false ever after.
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../base/bytes.ts'
import { assert } from '../../base/assert.ts'

export class FieldWriter {
  readonly #parts: Uint8Array[] = []

  number(value: number, sizeBytes: 1 | 2 | 4 | 8): this {
    assert(Number.isSafeInteger(value) && value >= 0 && value < 2 ** (8 * sizeBytes), 'number does not fit its field')
    const bytes = new Uint8Array(sizeBytes)
    let rest = value
    for (let at = sizeBytes - 1; at >= 0; at--) {
      bytes[at] = rest % 256
      rest = Math.floor(rest / 256)
    }
    this.#parts.push(bytes)
    return this
  }

  bytes(value: Uint8Array): this {
    this.#parts.push(value)
    return this
  }

  /** Length as one byte, then UTF-8. */
  text(value: string): this {
    const bytes = encodeUtf8(value)
    return this.number(bytes.byteLength, 1).bytes(bytes)
  }

  /** A new array; the parts are left as they are. */
  finish(): Uint8Array {
    return concatBytes(this.#parts)
  }
}

export class FieldReader {
  readonly #bytes: Uint8Array
  #at = 0
  #failed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get offset(): number {
    return this.#at
  }

  /** Everything was read, nothing beyond it. */
  get isWhole(): boolean {
    return !this.#failed && this.#at === this.#bytes.byteLength
  }

  get hasFailed(): boolean {
    return this.#failed
  }

  fail(): void {
    this.#failed = true
  }

  number(sizeBytes: 1 | 2 | 4 | 8): number {
    let value = 0
    for (const byte of this.bytes(sizeBytes)) value = value * 256 + byte
    if (!Number.isSafeInteger(value)) {
      this.fail()
      return 0
    }
    return value
  }

  /** A copy. */
  bytes(length: number): Uint8Array {
    if (this.#failed || length > this.#bytes.byteLength - this.#at) {
      this.fail()
      return new Uint8Array(Math.min(length, 64))
    }
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }

  text(): string {
    const text = decodeUtf8(this.bytes(this.number(1)))
    if (text === undefined) this.fail()
    return text ?? ''
  }
}
