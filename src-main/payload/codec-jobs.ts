// The work on one stripe, synchronous and pure but for the shared memory: digests, seal, parity, shard hashes, and the way back.
// Used by the codec thread and by the inline codec. Data shard i holds stored bytes [i·shardLength, (i+1)·shardLength), so sealed packages
// are written straight to where the shards are and nothing is copied.
import { blake3Briefly } from '../base/blake3.ts'
import { assert } from '../base/assert.ts'
import { copyInto } from '../base/bytes.ts'
import { packageHeaderBytes, packageOverheadBytes, sealedSize, sealPackages, sealPackagesInPlace } from '../crypto/encrypted-stream.ts'
import { GcmKey } from '../crypto/gcm.ts'
import { BodyDigests } from './body-digests.ts'
import { CodecError } from './codec.ts'
import type { DecodeStripe, EncodeStripe, RebuildShards, ShardLayout, StripeEncoded } from './codec-protocol.ts'
import type { Kernels } from './kernels.ts'
import type { Md5Work } from './md5-streams.ts'
import { plainPieces } from './plain-pieces.ts'
import { reedSolomon } from './reed-solomon.ts'
import { checkRange, checkShards } from './stripe-checks.ts'
import { openStripe, planOpening, type StripeOpening } from './stripe-opening.ts'

export const shardHashBytes = 32
/** Bodies between two stripes. Each holds a slot of memory, so callers run out of those long before. */
const bodiesMax = 16_384

interface Body {
  readonly digests: BodyDigests
  readonly key: GcmKey | undefined
}

/** An encode job whose MD5 is done elsewhere, together with others. */
export interface StartedEncode {
  readonly input: EncodeStripe
  readonly body: Body
  /** To be done by updateMd5 before `finishEncode`. */
  readonly md5: Md5Work | undefined
}

export class StripeJobs {
  readonly kernels: Kernels
  readonly #bodies = new Map<number, Body>()

  constructor(kernels: Kernels) {
    this.kernels = kernels
  }

  /** Checks the job and finds its body's state. Faults: busy (too many bodies begun and neither finished nor forgotten). */
  startEncode(input: EncodeStripe): StartedEncode {
    this.#checkEncode(input)
    const body = input.first ? this.#beginBody(input) : this.#bodies.get(input.bodyId)
    assert(body !== undefined, 'a later stripe of a body that was never begun')
    if (input.last) this.#bodies.delete(input.bodyId)
    const { md5 } = body.digests
    const gap = input.inPlace ? packageOverheadBytes : 0
    return { input, body, md5: md5 === undefined ? undefined : { stream: md5, ...input.plain, gap, last: input.last } }
  }

  finishEncode({ input, body }: StartedEncode): StripeEncoded {
    const { bytes } = this.kernels
    const { shards } = input
    for (const piece of plainPieces(input.plain, input.inPlace)) body.digests.update(this.kernels, piece)
    const stored = this.#store(input, body.key)
    const dataEnd = shards.offset + shards.dataShards * shards.shardLength
    bytes.fill(0, shards.offset + stored, dataEnd)
    reedSolomon(shards.dataShards, shards.parityShards).encode(this.kernels, shards.offset, shards.shardLength, shards.shardLength)
    for (let shard = 0; shard < shards.dataShards + shards.parityShards; shard++) this.#hashShard(shards, shard, input.hashesOffset + shard * shardHashBytes)
    if (!input.last) return { digests: {} }
    body.key?.wipe()
    return { digests: body.digests.finish() }
  }

  forgetBody(bodyId: number): void {
    this.#bodies.get(bodyId)?.key?.wipe()
    this.#bodies.delete(bodyId)
  }

  /** Faults: not-authentic. */
  decode(input: DecodeStripe): { readonly plainLength: number } {
    const opening = planOpening(this.kernels.bytes, input)
    this.#rebuildMissing(input, opening)
    return openStripe(this.kernels.bytes, input, opening)
  }

  rebuild(input: RebuildShards): void {
    const { shards, wanted } = input
    checkShards(this.kernels.bytes, shards)
    checkRange(this.kernels.bytes, { offset: input.hashesOffset, length: wanted.length * shardHashBytes })
    const survivors = chooseSurvivors(shards, input.present)
    const ascending = [...wanted].sort((a, b) => a - b)
    for (const shard of ascending) assert(shard >= 0 && shard < shards.dataShards + shards.parityShards && !input.present.includes(shard), 'a wanted shard is present or none')
    reedSolomon(shards.dataShards, shards.parityShards).rebuild(this.kernels, survivors, ascending, shards.offset, shards.shardLength, shards.shardLength)
    wanted.forEach((shard, i) => { this.#hashShard(shards, shard, input.hashesOffset + i * shardHashBytes) })
  }

  #beginBody(input: EncodeStripe): Body {
    const body: Body = { digests: new BodyDigests(input.digests), key: input.encryption && GcmKey.copyOf(input.encryption.partKey) }
    if (input.last) return body
    if (this.#bodies.size >= bodiesMax) throw new CodecError('busy', 'too many bodies under way')
    this.#bodies.set(input.bodyId, body)
    return body
  }

  /** Plain bytes to the data shards, sealed or as they are; gives the stored length. */
  #store({ plain, inPlace, shards, encryption, firstPackage, last }: EncodeStripe, key: GcmKey | undefined): number {
    const { bytes } = this.kernels
    const into = bytes.subarray(shards.offset, shards.offset + shards.dataShards * shards.shardLength)
    if (inPlace && encryption !== undefined && key !== undefined) return sealPackagesInPlace({ key, streamNonce: encryption.streamNonce, firstPackage, last }, plain.length, into)
    const source = bytes.subarray(plain.offset, plain.offset + plain.length)
    if (encryption === undefined || key === undefined) {
      if (plain.offset !== shards.offset) copyInto(bytes, source, shards.offset)
      return plain.length
    }
    return sealPackages({ key, streamNonce: encryption.streamNonce, firstPackage, last }, source, into)
  }

  #hashShard(shards: ShardLayout, shard: number, to: number): void {
    const at = shards.offset + shard * shards.shardLength
    this.kernels.bytes.set(blake3Briefly(this.kernels.bytes.subarray(at, at + shards.shardLength)), to)
  }

  /** Rebuilds only the columns of missing data shards that the stored bytes touch. */
  #rebuildMissing({ shards, present }: DecodeStripe, { from, to, missing }: StripeOpening): void {
    if (missing.length === 0) return
    const { shardLength } = shards
    let columnFrom = shardLength
    let columnTo = 0
    for (const shard of missing) {
      columnFrom = Math.min(columnFrom, Math.max(0, from - shard * shardLength))
      columnTo = Math.max(columnTo, Math.min(shardLength, to - shard * shardLength))
    }
    const start = columnFrom - (columnFrom % 64)
    const length = Math.ceil((columnTo - start) / 64) * 64
    const survivors = chooseSurvivors(shards, present)
    reedSolomon(shards.dataShards, shards.parityShards).rebuild(this.kernels, survivors, missing, shards.offset + start, shardLength, length)
  }

  #checkEncode({ plain, inPlace, first, last, shards, encryption, hashesOffset }: EncodeStripe): void {
    checkShards(this.kernels.bytes, shards)
    checkRange(this.kernels.bytes, plain)
    checkRange(this.kernels.bytes, { offset: hashesOffset, length: (shards.dataShards + shards.parityShards) * shardHashBytes })
    const storedLength = encryption === undefined ? plain.length : sealedSize(plain.length)
    assert(storedLength <= shards.dataShards * shards.shardLength, 'the data shards are too short for the stripe')
    if (inPlace) {
      const isWholeBody = first && last && encryption !== undefined
      assert(isWholeBody && plain.offset === shards.offset + packageHeaderBytes, 'a sealed body of one stripe, where its first package will be')
      return
    }
    const shardsEnd = shards.offset + (shards.dataShards + shards.parityShards) * shards.shardLength
    const isAsItCame = encryption === undefined && plain.offset === shards.offset
    assert(isAsItCame || plain.offset + plain.length <= shards.offset || plain.offset >= shardsEnd, 'plain bytes and shards overlap')
  }
}

/** k of those present, data shards first: they are the identity rows of the matrix. */
function chooseSurvivors(shards: ShardLayout, present: readonly number[]): readonly number[] {
  assert(present.length >= shards.dataShards, 'too few shards present')
  return [...present].sort((a, b) => a - b).slice(0, shards.dataShards)
}
