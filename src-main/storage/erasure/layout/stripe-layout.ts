// How a payload is cut: stripes of 1 MiB of plain bytes, each 16 packages of 64 KiB; sealed packages stand one after the other and the
// row is cut into k shards of equal length. Pure arithmetic; FORMAT.md, "Stripes".
import { assert } from '../../../base/assert.ts'
import { inlineLimitBytes, stripePlainBytes } from './payload-placement.ts'

export const packagePlainBytes = 64 * 1024
/** DARE 2.0: 16 bytes of header and 16 of tag. */
export const packageOverheadBytes = 32
/** BLAKE3-256. */
export const shardHashBytes = 32
/** Shards from 16 KiB on fill whole blocks of a drive, so that they are written from where they are; smaller ones are copied anyway. */
const blockBytes = 512
const wholeBlocksFrom = 16 * 1024
const smallShardAlignment = 64

export interface StripeLayout {
  readonly plainLength: number
  /** Plain, and 32 bytes more per package when encrypted. */
  readonly storedLength: number
  /** Bytes of each of the k+m shards: ceil(stored / k), rounded up to 64, from 16 KiB on to 512. What is left over is zero. */
  readonly shardLength: number
}

export interface PayloadLayout {
  readonly size: number
  readonly encrypted: boolean
  readonly dataShards: number
  readonly stripeCount: number
  /** Every stripe but the last. The same as `last` when there is only one. */
  readonly full: StripeLayout
  readonly last: StripeLayout
  /** Stored bytes of the whole payload. */
  readonly storedLength: number
  /** Bytes of one inline shard, or of one shard file's chunks without their hashes. */
  readonly shardLength: number
}

/** Bytes of `plainLength` plain bytes as stored. A stripe holds whole packages, so the sum over stripes is that of the body. */
export function toStoredLength(plainLength: number, encrypted: boolean): number {
  return encrypted ? plainLength + packageOverheadBytes * Math.ceil(plainLength / packagePlainBytes) : plainLength
}

export function toStripeLayout(plainLength: number, encrypted: boolean, dataShards: number): StripeLayout {
  const storedLength = toStoredLength(plainLength, encrypted)
  const share = Math.ceil(storedLength / dataShards)
  const alignment = share >= wholeBlocksFrom ? blockBytes : smallShardAlignment
  return { plainLength, storedLength, shardLength: Math.ceil(share / alignment) * alignment }
}

/** The layout of a payload of `size` plain bytes, at least one. */
export function toPayloadLayout(size: number, encrypted: boolean, dataShards: number): PayloadLayout {
  assert(Number.isSafeInteger(size) && size > 0 && dataShards > 0, 'a payload has at least one byte and one data shard')
  const stripeCount = Math.ceil(size / stripePlainBytes)
  const last = toStripeLayout(size - (stripeCount - 1) * stripePlainBytes, encrypted, dataShards)
  const full = stripeCount === 1 ? last : toStripeLayout(stripePlainBytes, encrypted, dataShards)
  return {
    size, encrypted, dataShards, stripeCount, full, last,
    storedLength: (stripeCount - 1) * full.storedLength + last.storedLength,
    shardLength: (stripeCount - 1) * full.shardLength + last.shardLength,
  }
}

export function stripeAt(layout: PayloadLayout, stripeIndex: number): StripeLayout {
  return stripeIndex === layout.stripeCount - 1 ? layout.last : layout.full
}

/** A payload of at most one stripe stands in the records themselves. */
export function isInline(size: number): boolean {
  return size <= inlineLimitBytes
}

export const packagesPerStripe = stripePlainBytes / packagePlainBytes

/** Rounds up to where shards may begin in shared memory. */
export function alignShard(offset: number): number {
  return Math.ceil(offset / blockBytes) * blockBytes
}
