// The opening of a stripe, written into shared memory beside it: of the threads that bring its shards the last one does it, where the bytes are,
// and no further thread has to be asked. The part key stands there until then and is wiped by who opens or withdraws it.
import { gcmNonceBytes } from '../crypto/gcm-engine.ts'
import { keySizeBytes } from '../crypto/key-derivation.ts'
import { CodecError } from './codec.ts'
import type { DecodeStripe } from './codec-protocol.ts'
import { checkRange } from './stripe-checks.ts'
import { openStripe, planOpening } from './stripe-opening.ts'

/** What one takes, at a multiple of 64. */
export const sharedOpeningBytes = 128

const keyAt = 64
const nonceAt = keyAt + keySizeBytes

/** Of a sealed stripe whose data shards are all brought. */
export type SharedOpening = Omit<DecodeStripe, 'present' | 'encryption'> & Required<Pick<DecodeStripe, 'encryption'>>

export type Opened = 'opened' | 'not-authentic'
export type Arrival = 'waiting' | Opened

export class SharedOpenings {
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array

  /** `bytes`: the whole shared memory. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
  }

  /** Before any of the `shards` that are waited for is asked for. */
  write(at: number, shards: number, { shards: layout, storedLength, firstPackage, last, packages, plainOffset, encryption }: SharedOpening): void {
    checkRange(this.#bytes, { offset: at, length: sharedOpeningBytes })
    const words = this.#words
    const word = at >>> 2
    words[word + 1] = layout.offset
    words[word + 2] = layout.dataShards
    words[word + 3] = layout.shardLength
    words[word + 4] = storedLength
    words[word + 5] = firstPackage
    words[word + 6] = last ? 1 : 0
    words[word + 7] = packages.from
    words[word + 8] = packages.to
    words[word + 9] = plainOffset
    this.#bytes.set(encryption.partKey, at + keyAt)
    this.#bytes.set(encryption.streamNonce, at + nonceAt)
    Atomics.store(words, word, shards)
  }

  /** A shard is in its place; with the last one the stripe is opened. */
  arrive(at: number): Arrival {
    checkRange(this.#bytes, { offset: at, length: sharedOpeningBytes })
    if (Atomics.sub(this.#words, at >>> 2, 1) !== 1) return 'waiting'
    const input = this.#read(at)
    this.#wipe(at)
    try {
      openStripe(this.#bytes, input, planOpening(this.#bytes, input))
      return 'opened'
    } catch (error) {
      if (error instanceof CodecError && error.fault === 'not-authentic') return 'not-authentic'
      throw error
    } finally {
      input.encryption.partKey.fill(0)
    }
  }

  /** Not every shard came: what arrives from now on opens nothing. */
  withdraw(at: number): void {
    Atomics.store(this.#words, at >>> 2, 0)
    this.#wipe(at)
  }

  #read(at: number): DecodeStripe & SharedOpening {
    const field = (index: number): number => this.#words[(at >>> 2) + index] as number
    const dataShards = field(2)
    return {
      shards: { offset: field(1), dataShards, parityShards: 0, shardLength: field(3) }, present: Array.from({ length: dataShards }, (_, index) => index),
      storedLength: field(4), firstPackage: field(5), last: field(6) === 1, packages: { from: field(7), to: field(8) }, plainOffset: field(9),
      encryption: { partKey: this.#bytes.slice(at + keyAt, at + nonceAt), streamNonce: this.#bytes.slice(at + nonceAt, at + nonceAt + gcmNonceBytes) },
    }
  }

  #wipe(at: number): void {
    this.#bytes.fill(0, at + keyAt, at + nonceAt)
  }
}
