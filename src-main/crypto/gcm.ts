// AES-256-GCM (NIST SP 800-38D) from and to memory of the caller's. Two engines that give the same bytes: the crypto library inside this very
// process called directly (gcm-direct.ts), which writes where it is told to; and node:crypto (gcm-node.ts), where that cannot be had.
import { assert } from '../base/assert.ts'
import { copyBytes, equalBytes } from '../base/bytes.ts'
import { openDirectGcm } from './gcm-direct.ts'
import { gcmKeyBytes, gcmNonceBytes, gcmTagBytes, type GcmEngine } from './gcm-engine.ts'
import { nodeGcm } from './gcm-node.ts'

let chosen: GcmEngine | undefined

/** The one in use: the same for the life of a thread. */
export function gcmEngine(): GcmEngine {
  return (chosen ??= chooseEngine())
}

function chooseEngine(): GcmEngine {
  const direct = openDirectGcm()
  return direct !== undefined && agrees(direct, nodeGcm) ? direct : nodeGcm
}

/** Whether two engines give the same, at sizes that take the narrow and the wide loops of the library, apart and in place. */
export function agrees(engine: GcmEngine, reference: GcmEngine): boolean {
  const counting = (length: number, from: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + from) & 0xff)
  const [key, nonce, associatedData] = [counting(gcmKeyBytes, 1), counting(gcmNonceBytes, 2), counting(20, 3)]
  const sealed = [engine, reference].map(() => new Uint8Array(0))
  for (const length of [0, 1, 60, 4096, 20_001]) {
    const plain = counting(length, 4)
    const [ours, theirs] = sealed.map((_, which) => {
      const into = new Uint8Array(length + gcmTagBytes)
      ;(which === 0 ? engine : reference).seal(key, nonce, associatedData, plain, into)
      return into
    }) as [Uint8Array, Uint8Array]
    if (!equalBytes(ours, theirs)) return false
    const inPlace = new Uint8Array(length + gcmTagBytes)
    inPlace.set(plain)
    engine.seal(key, nonce, associatedData, inPlace.subarray(0, length), inPlace)
    if (!equalBytes(inPlace, theirs)) return false
    for (const shift of [0, 16, 496]) {
      const memory = new Uint8Array(shift + ours.byteLength)
      memory.set(ours, shift)
      const into = memory.subarray(0, length)
      if (!engine.open(key, nonce, associatedData, memory.subarray(shift), into) || !equalBytes(into, plain)) return false
    }
    ours[length] = (ours[length] as number) ^ 1
    if (engine.open(key, nonce, associatedData, ours, new Uint8Array(length))) return false
  }
  return true
}

/** A key of 32 bytes. Using one that was wiped is a bug. */
export class GcmKey {
  #key: Uint8Array | undefined

  private constructor(key: Uint8Array) {
    assert(key.byteLength === gcmKeyBytes, 'a key of AES-256 has 32 bytes')
    this.#key = key
  }

  /** Takes `key` over: from now on the bytes belong to this object. */
  static own(key: Uint8Array): GcmKey {
    return new GcmKey(key)
  }

  /** The caller's bytes remain the caller's to wipe. */
  static copyOf(key: Uint8Array): GcmKey {
    return new GcmKey(copyBytes(key))
  }

  /** Ciphertext and 16 bytes of tag to `into`, which is exactly as long, and begins where `plain` does or does not overlap it. A nonce serves one message under a key. */
  seal(nonce: Uint8Array, associatedData: Uint8Array, plain: Uint8Array, into: Uint8Array): void {
    assert(nonce.byteLength === gcmNonceBytes && into.byteLength === plain.byteLength + gcmTagBytes, 'room for ciphertext and tag')
    gcmEngine().seal(this.#bytes(), nonce, associatedData, plain, into)
  }

  /**
   * The plain bytes of ciphertext and tag to `into`, which is exactly as long as they are. It may begin where `sealed` does, or a multiple of
   * 16 bytes before it, or not overlap. False when anything is not as it was sealed: `into` then holds zeros.
   */
  open(nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into: Uint8Array): boolean {
    assert(nonce.byteLength === gcmNonceBytes && sealed.byteLength === into.byteLength + gcmTagBytes, 'room for the plain bytes')
    const isAuthentic = gcmEngine().open(this.#bytes(), nonce, associatedData, sealed, into)
    if (!isAuthentic) into.fill(0)
    return isAuthentic
  }

  /** Lends the bytes for the time of the call. */
  use<T>(borrow: (key: Uint8Array) => T): T {
    return borrow(this.#bytes())
  }

  /** Zeroes the bytes. Harmless twice. */
  wipe(): void {
    this.#key?.fill(0)
    this.#key = undefined
  }

  #bytes(): Uint8Array {
    assert(this.#key !== undefined, 'a wiped key was used')
    return this.#key
  }
}
