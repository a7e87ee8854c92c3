// Which shards to read: just the data shards that are wanted when all of them can be had, otherwise any k. Pure.
import { countShards, hasShard, maskOfRange } from './shard-mask.ts'

export interface ShardQuestion {
  readonly dataShards: number
  readonly shardCount: number
  /** Data shards whose bytes are wanted. */
  readonly wanted: number
  /** Shards already read and good. */
  readonly have: number
  /** Shards that may be read now. */
  readonly usable: number
  /** Any k are needed, whatever is wanted: other shards are to be made out of them. */
  readonly rebuild: boolean
}

export interface DecodePlan {
  /** Shards to read now; empty when nothing more is needed. */
  readonly read: number
  /** Whether wanted shards must be rebuilt from k others. */
  readonly decode: boolean
}

/** The fewest shards that give the wanted ones, data before parity, low before high. Undefined: not to be had from these. */
export function chooseShards({ dataShards, shardCount, wanted, have, usable, rebuild }: ShardQuestion): DecodePlan | undefined {
  const missing = wanted & ~have
  if (!rebuild && (missing & ~usable) === 0) return { read: missing, decode: false }
  let short = dataShards - countShards(have & maskOfRange(0, shardCount))
  let read = 0
  for (let index = 0; index < shardCount && short > 0; index++) {
    if (hasShard(have, index) || !hasShard(usable, index)) continue
    read |= 1 << index
    short--
  }
  return short > 0 ? undefined : { read, decode: true }
}
