// Content keys opened lately, so that reading an object again asks no keystore. Bounded; emptied when the store is sealed. The bytes live
// in KeyObjects, whose memory the crypto library cleanses when it is freed.
import type { KeyObject } from 'node:crypto'

const keysMax = 16_384

export class ContentKeyCache {
  /** Oldest use first. */
  readonly #keys = new Map<string, KeyObject>()
  #generation = 0

  /** Changes with every `clear`: a key that was asked for before is not remembered after it. */
  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#keys.size
  }

  find(name: string): KeyObject | undefined {
    const key = this.#keys.get(name)
    if (key === undefined) return undefined
    this.#keys.delete(name)
    this.#keys.set(name, key)
    return key
  }

  remember(name: string, key: KeyObject, generation: number): void {
    if (generation !== this.#generation) return
    if (this.#keys.size >= keysMax) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest)
        break
      }
    }
    this.#keys.set(name, key)
  }

  clear(): void {
    this.#generation++
    this.#keys.clear()
  }
}
