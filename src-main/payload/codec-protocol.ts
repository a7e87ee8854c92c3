// All that may be asked of a codec thread. Types only; both sides import it. Bytes stay in shared memory, offsets cross.
import type { DigestAlgorithm, Digests, PartEncryption } from '../crypto/body-recipe.ts'

/** A place in the shared memory. */
export interface SharedRange {
  readonly offset: number
  readonly length: number
}

/** Geometry of the shards of one stripe, contiguous in shared memory: data shards 0…k−1, then parity k…k+m−1, each `shardLength` bytes. */
export interface ShardLayout {
  readonly dataShards: number
  readonly parityShards: number
  /** A multiple of 64. */
  readonly shardLength: number
  /** Where shard 0 begins. */
  readonly offset: number
}

export interface EncodeStripe {
  /** Names the body this stripe belongs to, so that its digests go on from stripe to stripe. Stripes of one body are sent in order, one at a time. */
  readonly bodyId: number
  readonly first: boolean
  readonly last: boolean
  readonly digests: readonly DigestAlgorithm[]
  readonly encryption?: PartEncryption
  /** Sequence number of the stripe's first 64 KiB package in the body. */
  readonly firstPackage: number
  /**
   * May not overlap the shards; without encryption it may begin exactly where they begin (then nothing is copied). With `inPlace` each package
   * stands among the shards where its ciphertext will be (plain-pieces.ts), from behind the first header on; the body is of this one stripe.
   */
  readonly plain: SharedRange
  readonly inPlace: boolean
  readonly shards: ShardLayout
  /** Where the BLAKE3-256 of each shard goes: 32 × (k+m) bytes. */
  readonly hashesOffset: number
}

export interface StripeEncoded {
  /** Only with the last stripe. */
  readonly digests: Digests
}

export interface DecodeStripe {
  readonly shards: ShardLayout
  /** Shard indexes whose bytes are in their place and verified, at least k; missing data shards are rebuilt from them. */
  readonly present: readonly number[]
  /** Stored (encrypted) bytes of this stripe. */
  readonly storedLength: number
  readonly encryption?: PartEncryption
  readonly firstPackage: number
  /** Whether the stripe's last package is the last of its body. */
  readonly last: boolean
  /**
   * Packages of the stripe to open: [from, to), counted within the stripe. All data shards they touch are present or can be rebuilt.
   * Without encryption a package is 64 KiB of stored bytes.
   */
  readonly packages: { readonly from: number; readonly to: number }
  /** Where the plain bytes of those packages go. May be where the first of them stands sealed: they then overwrite the sealed ones. */
  readonly plainOffset: number
}

export interface RebuildShards {
  readonly shards: ShardLayout
  readonly present: readonly number[]
  /** Shard indexes to compute, data or parity, each written into its place. */
  readonly wanted: readonly number[]
  /** BLAKE3-256 of each wanted shard, 32 × wanted.length bytes, in that order. */
  readonly hashesOffset: number
}

export interface CodecCalls {
  /** Once, before all others. Faults: self-test-failed. */
  prepare(input: Record<string, never>): void
  encodeStripe(input: EncodeStripe): StripeEncoded
  /** Faults: not-authentic. */
  decodeStripe(input: DecodeStripe): { plainLength: number }
  rebuildShards(input: RebuildShards): void
  /** Forgets the digest state of a body that will not be finished. */
  forgetBody(input: { bodyId: number }): void
}

export type CodecFault = 'not-authentic' | 'self-test-failed'
