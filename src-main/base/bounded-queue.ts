// First in, first out, with a limit. Full is an answer, never growth.

export class BoundedQueue<T> {
  readonly #itemsMax: number
  #items: (T | undefined)[] = []
  #head = 0

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  /** False when full; the item is then not taken. */
  push(item: T): boolean {
    if (this.length >= this.#itemsMax) return false
    this.#items.push(item)
    return true
  }

  shift(): T | undefined {
    if (this.#head >= this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes everything out, in order. */
  drain(): T[] {
    const items = this.#items.slice(this.#head) as T[]
    this.#items = []
    this.#head = 0
    return items
  }
}
