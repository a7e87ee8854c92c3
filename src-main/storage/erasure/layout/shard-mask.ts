// Sets of shards as bits of an integer, shard 0 lowest. At most 30 shards, so that every operation stays in small integers.

export const maskShardsMax = 30

/** Bits [from, to). */
export function maskOfRange(from: number, to: number): number {
  return ((1 << (to - from)) - 1) << from
}

export function maskOf(indexes: Iterable<number>): number {
  let mask = 0
  for (const index of indexes) mask |= 1 << index
  return mask
}

export function hasShard(mask: number, index: number): boolean {
  return (mask & (1 << index)) !== 0
}

export function countShards(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Ascending. */
export function shardsOf(mask: number): number[] {
  const indexes: number[] = []
  for (let index = 0; mask >>> index !== 0; index++) if (hasShard(mask, index)) indexes.push(index)
  return indexes
}
