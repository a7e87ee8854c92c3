// Where every record of a drive stands: sequence → segment, offset, length. Kept in memory (20 bytes a record) in leaves of typed arrays,
// ascending by sequence: appends go to the end, healed and moved records anywhere. Derived: rebuilt from the segments at every start.

const leafCapacity = 1024
/** Two neighbours that fit in this together become one. */
const mergeAt = leafCapacity / 2
/** Emptied leaves that wait to be used again: overwriting empties as many as it fills, and a thread with so small a heap is rarely collected. */
const spareLeavesMax = 32

class Leaf {
  readonly sequences = new Float64Array(leafCapacity)
  readonly segments = new Uint32Array(leafCapacity)
  readonly offsets = new Uint32Array(leafCapacity)
  readonly lengths = new Uint32Array(leafCapacity)
  count = 0

  /** First index whose sequence is not below. */
  lowerBound(sequence: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.sequences[middle] as number) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Moves [from, count) by `by` places. */
  shift(from: number, by: number): void {
    const { count } = this
    this.sequences.copyWithin(from + by, from, count)
    this.segments.copyWithin(from + by, from, count)
    this.offsets.copyWithin(from + by, from, count)
    this.lengths.copyWithin(from + by, from, count)
    this.count += by
  }

  /** Appends [from, to) of another leaf. */
  take(other: Leaf, from: number, to: number): void {
    this.sequences.set(other.sequences.subarray(from, to), this.count)
    this.segments.set(other.segments.subarray(from, to), this.count)
    this.offsets.set(other.offsets.subarray(from, to), this.count)
    this.lengths.set(other.lengths.subarray(from, to), this.count)
    this.count += to - from
  }
}

export class Locations {
  #leaves: Leaf[] = []
  readonly #spare: Leaf[] = []
  #size = 0
  #leaf: Leaf | undefined
  #index = 0

  /** Place found by the last `find` that was true; valid until the next change. */
  segment = 0
  offset = 0
  length = 0

  get size(): number {
    return this.#size
  }

  /** Bytes held, without JavaScript's own. */
  get memoryBytes(): number {
    return (this.#leaves.length + this.#spare.length) * leafCapacity * 20
  }

  /** True: `segment`, `offset` and `length` say where it is. */
  find(sequence: number): boolean {
    const leaf = this.#leaves[this.#leafFor(sequence)]
    if (leaf === undefined) return false
    const index = leaf.lowerBound(sequence)
    if (index === leaf.count || leaf.sequences[index] !== sequence) return false
    this.#leaf = leaf
    this.#index = index
    this.segment = leaf.segments[index] as number
    this.offset = leaf.offsets[index] as number
    this.length = leaf.lengths[index] as number
    return true
  }

  /** Inserts, or replaces the place of a sequence that is there. */
  put(sequence: number, segment: number, offset: number, length: number): void {
    if (this.find(sequence)) {
      this.#write(this.#leaf as Leaf, this.#index, sequence, segment, offset, length)
      return
    }
    this.#size++
    let leafIndex = this.#leafFor(sequence)
    let leaf = this.#leaves[leafIndex]
    if (leaf === undefined) {
      leaf = this.#emptyLeaf()
      this.#leaves.push(leaf)
    } else if (leaf.count === leafCapacity) {
      leafIndex = this.#split(leafIndex, sequence)
      leaf = this.#leaves[leafIndex] as Leaf
    }
    const index = leaf.lowerBound(sequence)
    if (index < leaf.count) leaf.shift(index, 1)
    else leaf.count++
    this.#write(leaf, index, sequence, segment, offset, length)
  }

  /** True when it was there; its place is then in `segment`, `offset`, `length`. */
  remove(sequence: number): boolean {
    if (!this.find(sequence)) return false
    const leafIndex = this.#leafFor(sequence)
    const leaf = this.#leaves[leafIndex] as Leaf
    if (this.#index === leaf.count - 1) leaf.count--
    else leaf.shift(this.#index + 1, -1)
    this.#size--
    this.#mergeAround(leafIndex)
    return true
  }

  /** Ascending by sequence. Nothing may be changed meanwhile. */
  forEach(visit: (sequence: number, segment: number, offset: number, length: number) => void): void {
    for (const leaf of this.#leaves) {
      for (let index = 0; index < leaf.count; index++) {
        visit(leaf.sequences[index] as number, leaf.segments[index] as number, leaf.offsets[index] as number, leaf.lengths[index] as number)
      }
    }
  }

  #write(leaf: Leaf, index: number, sequence: number, segment: number, offset: number, length: number): void {
    leaf.sequences[index] = sequence
    leaf.segments[index] = segment
    leaf.offsets[index] = offset
    leaf.lengths[index] = length
  }

  /** The last leaf that begins at or below `sequence`, else the first. */
  #leafFor(sequence: number): number {
    const leaves = this.#leaves
    let low = 0
    let high = leaves.length - 1
    if (high >= 0 && ((leaves[high] as Leaf).sequences[0] as number) <= sequence) return high
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (((leaves[middle] as Leaf).sequences[0] as number) <= sequence) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Makes room: after the last leaf a new one (ascending appends leave full leaves), in the middle two halves. */
  #split(leafIndex: number, sequence: number): number {
    const leaf = this.#leaves[leafIndex] as Leaf
    const next = this.#emptyLeaf()
    this.#leaves.splice(leafIndex + 1, 0, next)
    if (leafIndex === this.#leaves.length - 2 && sequence > (leaf.sequences[leafCapacity - 1] as number)) return leafIndex + 1
    const half = leafCapacity / 2
    next.take(leaf, half, leafCapacity)
    leaf.count = half
    return sequence >= (next.sequences[0] as number) ? leafIndex + 1 : leafIndex
  }

  #mergeAround(leafIndex: number): void {
    const leaf = this.#leaves[leafIndex] as Leaf
    if (leaf.count === 0) {
      this.#leaves.splice(leafIndex, 1)
      this.#keepSpare(leaf)
      return
    }
    const next = this.#leaves[leafIndex + 1]
    if (next === undefined || leaf.count + next.count > mergeAt) return
    leaf.take(next, 0, next.count)
    this.#leaves.splice(leafIndex + 1, 1)
    this.#keepSpare(next)
  }

  #emptyLeaf(): Leaf {
    return this.#spare.pop() ?? new Leaf()
  }

  #keepSpare(leaf: Leaf): void {
    if (this.#spare.length === spareLeavesMax) return
    leaf.count = 0
    this.#spare.push(leaf)
  }
}
