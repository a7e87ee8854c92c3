// SecretBytes owns a secret: lends it for the time of one call, wipes it, and never prints itself.
// Wiping reaches this copy only; whoever borrows must not keep the view or turn it into a string (V8 strings cannot be wiped).
import { assert } from '../base/assert.ts'
import { copyBytes } from '../base/bytes.ts'

const hidden = '[secret]'

export class SecretBytes implements Disposable {
  #bytes: Uint8Array | undefined

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Takes `bytes` over: from now on they belong to this object and are zeroed by `wipe`. */
  static own(bytes: Uint8Array): SecretBytes {
    return new SecretBytes(bytes)
  }

  static copyOf(bytes: Uint8Array): SecretBytes {
    return new SecretBytes(copyBytes(bytes))
  }

  get sizeBytes(): number {
    return this.#bytes?.byteLength ?? 0
  }

  get isWiped(): boolean {
    return this.#bytes === undefined
  }

  /** Lends the bytes for the time of the call. Using what was wiped is a bug. */
  use<T>(borrow: (bytes: Uint8Array) => T): T {
    assert(this.#bytes !== undefined, 'a wiped secret was used')
    return borrow(this.#bytes)
  }

  /** Zeroes the bytes. Harmless twice. */
  wipe(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }

  [Symbol.dispose](): void {
    this.wipe()
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden
  }
}
