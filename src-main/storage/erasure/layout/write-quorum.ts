// How many drives must have a shard before a write counts. Pure.

/** k, or k+1 when k = m: two halves of a set, written at different times, must never both look whole. */
export function writeQuorumOf(dataShards: number, parityShards: number): number {
  return dataShards === parityShards ? dataShards + 1 : dataShards
}
