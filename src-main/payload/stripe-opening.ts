// Packages of a stripe whose shards are all there become plain bytes: needs no kernels, so it can be done on any thread.
import { assert } from '../base/assert.ts'
import { copyInto } from '../base/bytes.ts'
import { EncryptedStreamError, openPackages, packageOverheadBytes, packagePlainBytes, packageSealedBytes } from '../crypto/encrypted-stream.ts'
import { GcmKey } from '../crypto/gcm.ts'
import { CodecError } from './codec.ts'
import type { DecodeStripe, SharedRange } from './codec-protocol.ts'
import { checkRange, checkShards } from './stripe-checks.ts'

/** The stored bytes [from, to) of the stripe that are to be opened, and where what they hold goes. */
export interface StripeOpening {
  readonly from: number
  readonly to: number
  readonly plain: SharedRange
  readonly endsStripe: boolean
  /** Data shards that are touched and not present. */
  readonly missing: readonly number[]
}

export function planOpening(bytes: Uint8Array, input: DecodeStripe): StripeOpening {
  const { shards, packages, storedLength, encryption } = input
  const packageBytes = encryption === undefined ? packagePlainBytes : packageSealedBytes
  const count = Math.ceil(storedLength / packageBytes)
  checkShards(bytes, shards)
  assert(storedLength <= shards.dataShards * shards.shardLength, 'stored bytes longer than the data shards')
  assert(packages.from >= 0 && packages.from < packages.to && packages.to <= count, 'packages outside the stripe')
  const from = packages.from * packageBytes
  const to = Math.min(packages.to * packageBytes, storedLength)
  const plain = { offset: input.plainOffset, length: to - from - (encryption === undefined ? 0 : packageOverheadBytes * (packages.to - packages.from)) }
  checkRange(bytes, plain)
  const missing: number[] = []
  for (let shard = Math.floor(from / shards.shardLength); shard * shards.shardLength < to; shard++) if (!input.present.includes(shard)) missing.push(shard)
  return { from, to, plain, endsStripe: packages.to === count, missing }
}

/** Faults: not-authentic. */
export function openStripe(bytes: Uint8Array, input: DecodeStripe, { from, to, plain, endsStripe }: StripeOpening): { readonly plainLength: number } {
  const { shards, encryption } = input
  const stored = bytes.subarray(shards.offset + from, shards.offset + to)
  if (encryption === undefined) {
    if (plain.offset !== shards.offset + from) copyInto(bytes, stored, plain.offset)
    return { plainLength: plain.length }
  }
  const key = GcmKey.copyOf(encryption.partKey)
  const run = { key, streamNonce: encryption.streamNonce, firstPackage: input.firstPackage + input.packages.from, last: input.last && endsStripe }
  try {
    openPackages(run, stored, bytes.subarray(plain.offset, plain.offset + plain.length))
  } catch (error) {
    if (error instanceof EncryptedStreamError) throw new CodecError('not-authentic', error.message, {}, error)
    throw error
  } finally {
    key.wipe()
  }
  return { plainLength: plain.length }
}
