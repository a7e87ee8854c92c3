// What is the matter with the shards of one payload, and what can be done about it. Pure.

/** ok: read and its hash is right. unread: its drive cannot be asked now. The others: its drive is there and the shard is not good. */
export type ShardState = 'ok' | 'damaged' | 'not-found' | 'io-error' | 'unread'

export type Verdict =
  /** All shards are good. */
  | 'whole'
  /** Those that are bad can be rebuilt now. */
  | 'repairable'
  /** All that could be read are good; nothing to repair before the others are back. */
  | 'incomplete'
  /** Too few are good now, but drives that are away may bring enough. Never a reason to delete. */
  | 'waiting'
  /** Every drive that might help is there, and too few shards are good. */
  | 'lost'

export interface Diagnosis {
  readonly verdict: Verdict
  /** Shard indexes, ascending. */
  readonly good: readonly number[]
  readonly bad: readonly number[]
  readonly unread: readonly number[]
  /** How many more shards may go before the payload cannot be read: negative when it already cannot. */
  readonly lossesLeft: number
}

/** `states[shardIndex]` for all k+m shards. */
export function diagnose(dataShards: number, states: readonly ShardState[]): Diagnosis {
  const withState = (wanted: (state: ShardState) => boolean): number[] => states.flatMap((state, index) => (wanted(state) ? [index] : []))
  const good = withState((state) => state === 'ok')
  const unread = withState((state) => state === 'unread')
  const bad = withState((state) => state !== 'ok' && state !== 'unread')
  return { verdict: toVerdict(dataShards, good.length, bad.length, unread.length), good, bad, unread, lossesLeft: good.length - dataShards }
}

function toVerdict(dataShards: number, good: number, bad: number, unread: number): Verdict {
  if (good >= dataShards) return bad > 0 ? 'repairable' : unread > 0 ? 'incomplete' : 'whole'
  return good + unread >= dataShards ? 'waiting' : 'lost'
}
