// Sets of sequence numbers as ascending ranges, both ends included, neither touching nor overlapping. Pure.

export type SequenceRange = readonly [from: number, to: number]

export function containsSequence(ranges: readonly SequenceRange[], sequence: number): boolean {
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle] as SequenceRange
    if (sequence < range[0]) high = middle - 1
    else if (sequence > range[1]) low = middle + 1
    else return true
  }
  return false
}

/** With [from, to] added; empty when from > to. */
export function addSequenceRange(ranges: readonly SequenceRange[], from: number, to: number): readonly SequenceRange[] {
  if (from > to) return ranges
  const before = ranges.filter((range) => range[1] < from - 1)
  const after = ranges.filter((range) => range[0] > to + 1)
  const touched = ranges.slice(before.length, ranges.length - after.length)
  const merged: SequenceRange = [Math.min(from, touched[0]?.[0] ?? from), Math.max(to, touched.at(-1)?.[1] ?? to)]
  return [...before, merged, ...after]
}

/** [from, to] without the numbers of `kept`, which may stand in any order. */
export function rangeWithout(from: number, to: number, kept: Iterable<number>): readonly SequenceRange[] {
  let ranges: readonly SequenceRange[] = []
  let at = from
  for (const sequence of [...kept].sort((a, b) => a - b)) {
    if (sequence < at || sequence > to) continue
    ranges = addSequenceRange(ranges, at, sequence - 1)
    at = sequence + 1
  }
  return addSequenceRange(ranges, at, to)
}
