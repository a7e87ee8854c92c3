// Where the shards of one payload are: a value that stands in the record's metadata (as JSON) and in the catalogue.
import type { SharedRange } from '../../../payload/codec-protocol.ts'

/** Plain bytes per stripe: 16 packages of 64 KiB. A payload of at most one stripe is inline. */
export const stripePlainBytes = 1024 * 1024
export const inlineLimitBytes = stripePlainBytes

export interface PayloadPlacement {
  /** 32 hex digits, random. */
  readonly payloadId: string
  readonly form: 'inline' | 'file'
  readonly dataShards: number
  readonly parityShards: number
  /** `slots[shardIndex]` is the slot of the drive that holds that shard: a rotation of the set, by payload id, so that parity is spread. */
  readonly slots: readonly number[]
  /** Plain bytes of the whole payload. */
  readonly size: number
  readonly encrypted: boolean
}

/** A payload whose shards are in shared memory (inline) or in unsynced-then-synced shard files (file), not yet referred to by a record. */
export interface StagedPayload {
  readonly placement: PayloadPlacement
  /** Inline: the shard at each index and where its hash stands. Undefined for files. */
  readonly shards: readonly { readonly range: SharedRange; readonly hashOffset: number }[] | undefined
  /** Bytes of one inline shard, or of one whole shard file's content (without hashes). */
  readonly shardLength: number
  readonly storedLength: number
  /** File: slots whose shard file is durable. Inline: every slot of the placement. A drive that failed meanwhile is missing here. */
  readonly goodSlots: readonly number[]
  /** Gives the memory back; for files that were not committed, removes them too. Once. */
  release(outcome: 'committed' | 'discarded'): void
}
