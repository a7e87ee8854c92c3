// Content keys opened lately, so that reading an object again asks no keystore. The bytes of all of them stand in one piece of memory outside
// the heap: the place of a key that is pushed out is written over by the next, and sealing the store wipes everything at once.
import { ContentKey, openedKeyBytes, type ObjectPlace } from './content-key.ts'

const keysMax = 16_384

interface KeptKey {
  /** As the envelope has it. */
  readonly wrapped: string
  /** An envelope that was moved to another object opens no more often from here than from the keystore. */
  readonly owner: ObjectPlace
}

export class ContentKeyCache {
  readonly #bytes = Buffer.alloc(keysMax * openedKeyBytes)
  /** By the wrapped content key. */
  readonly #places = new Map<string, number>()
  /** By place. */
  readonly #kept: KeptKey[] = []
  /** 1: used since the hand last passed. A place that was not used then is given to the next key. */
  readonly #used = new Uint8Array(keysMax)
  #hand = 0
  #generation = 0

  /** Changes with every `clear`: a key that was asked for before is not remembered after it. */
  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#places.size
  }

  /** A copy, the caller's to wipe. */
  find(wrapped: string, owner: ObjectPlace): ContentKey | undefined {
    const place = this.#places.get(wrapped)
    if (place === undefined) return undefined
    const known = this.#kept[place]?.owner
    if (known?.bucket !== owner.bucket || known.name !== owner.name) return undefined
    this.#used[place] = 1
    return ContentKey.copyOfOpened(this.#at(place))
  }

  /** Copies `key`. */
  remember(wrapped: string, { bucket, name }: ObjectPlace, key: ContentKey, generation: number): void {
    if (generation !== this.#generation) return
    const place = this.#places.get(wrapped) ?? this.#takePlace()
    key.writeOpened(this.#at(place))
    this.#kept[place] = { wrapped, owner: { bucket, name } }
    this.#places.set(wrapped, place)
  }

  clear(): void {
    this.#generation++
    this.#places.clear()
    this.#kept.length = 0
    this.#used.fill(0)
    this.#bytes.fill(0)
  }

  #at(place: number): Uint8Array {
    return this.#bytes.subarray(place * openedKeyBytes, (place + 1) * openedKeyBytes)
  }

  #takePlace(): number {
    if (this.#places.size < keysMax) return this.#places.size
    for (; this.#used[this.#hand] === 1; this.#hand = (this.#hand + 1) % keysMax) this.#used[this.#hand] = 0
    const place = this.#hand
    this.#hand = (place + 1) % keysMax
    this.#places.delete(this.#kept[place]?.wrapped ?? '')
    return place
  }
}
