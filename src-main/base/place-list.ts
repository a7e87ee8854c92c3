// What comes and goes thousands of times a second, each at a place of its own that is used again. Not a Map: V8 replaces a Map's table every
// few dozen deletions, a replaced table refers to the one that replaced it, and one of them that has grown old then keeps every later one
// alive with all that was in it. Measured: everything of every request outlived two small collections; see docs/adr/0010.

/** For those who remember their place: not in the list. */
export const noPlace = -1

export class PlaceList<Item> {
  readonly #items: (Item | undefined)[] = []
  readonly #free: number[] = []

  get count(): number {
    return this.#items.length - this.#free.length
  }

  /** The place, until `remove`. */
  add(item: Item): number {
    const place = this.#free.pop() ?? this.#items.length
    this.#items[place] = item
    return place
  }

  /** Undefined for a place that is free, or never was one. */
  at(place: number): Item | undefined {
    return this.#items[place]
  }

  /** Of a place that is taken. */
  remove(place: number): void {
    this.#items[place] = undefined
    this.#free.push(place)
  }

  /** In no order. `visit` may remove what it is shown, and add. */
  forEach(visit: (item: Item, place: number) => void): void {
    const { length } = this.#items
    for (let place = 0; place < length; place++) {
      const item = this.#items[place]
      if (item !== undefined) visit(item, place)
    }
  }

  clear(): void {
    this.#items.length = 0
    this.#free.length = 0
  }
}
