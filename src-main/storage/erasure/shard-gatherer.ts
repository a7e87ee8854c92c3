// Brings the shards of a stripe into shared memory: the wanted data shards alone when they can be had, otherwise any k. A shard that is
// damaged, missing, on a drive that is away or does not answer in time is replaced by another in the next round. Hashes are checked by the
// drive workers, unless the bytes carry tags that are checked afterwards. Shared by reads and repairs.
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { SharedRange, ShardLayout } from '../../payload/codec-protocol.ts'
import { sharedOpeningBytes, type Opened, type SharedOpening, type SharedOpenings } from '../../payload/shared-opening.ts'
import { StorageError } from '../../seams/storage-backend.ts'
import { asError, cancelled } from './body-fault.ts'
import type { BodyMemory, MemoryUse } from './body-memory.ts'
import { DriveError, type DriveConnection } from './drives/drive-connection.ts'
import type { ShardReadResult } from './drives/drive-protocol.ts'
import { chooseShards, type DecodePlan } from './layout/decode-plan.ts'
import type { PayloadPlacement } from './layout/payload-placement.ts'
import { countShards, hasShard, shardsOf } from './layout/shard-mask.ts'
import { stripeAt, type PayloadLayout } from './layout/stripe-layout.ts'
import type { DriveSet } from './set/drive-set.ts'
import { SharedPlace } from './shared-place.ts'
import { ShardRound } from './shard-round.ts'
import type { SlowWatch } from './slow-watch.ts'

export interface GatheredPayload {
  readonly placement: PayloadPlacement
  readonly layout: PayloadLayout
  /** Sequence number of the record that holds the inline shards. */
  readonly sequence: number
  readonly use: MemoryUse
  readonly signal: CancelSignal
}

export interface Wish {
  readonly stripeIndex: number
  /** Data shards wanted, as a mask. */
  readonly wanted: number
  /** Any k, with room for all k+m and `spareBytes` behind them. */
  readonly rebuild: boolean
  /** The bytes are sealed and will be opened: hashes need not be checked where nothing is rebuilt out of them. */
  readonly skipHashes: boolean
  readonly spareBytes: number
  /** Done by the drive that brings the last shard, where the wanted ones come together at once; `plainFrom` counts from the first data shard. */
  readonly opening?: Omit<SharedOpening, 'shards' | 'plainOffset'> & { readonly plainFrom: number }
  /** Shards not to be asked for. */
  readonly without: number
}

export interface Gathered {
  /** To be released by who asked. */
  readonly place: SharedPlace
  readonly shards: ShardLayout
  /** Good shards in their places. */
  readonly present: number[]
  /** Whether wanted shards are still to be rebuilt. */
  readonly decode: boolean
  /** Whether all of them passed their hash. */
  readonly verified: boolean
  /** What came of the opening that was wished for; undefined: it is still to be done. */
  readonly opening: Opened | undefined
}

/** What is known about the shards of the stripe at hand. */
interface Attempt {
  place: SharedPlace | undefined
  have: number
  /** Of these, taken without looking at the hash. */
  unverified: number
  opening: Opened | undefined
  /** Asked for in vain; of these, `away` are on drives that could not be asked. */
  failed: number
  away: number
  /** Given up waiting for; asked again only when nothing else is left. */
  slow: number
}

function newAttempt(wish: Wish): Attempt {
  return { place: undefined, have: 0, unverified: 0, opening: undefined, failed: wish.without, away: 0, slow: 0 }
}

export class ShardGatherer {
  readonly #set: DriveSet
  readonly #memory: BodyMemory
  readonly #watch: SlowWatch
  readonly #payload: GatheredPayload
  readonly #openings: SharedOpenings
  /** Shards asked for in vain in an earlier stripe for a reason that will hold for the next too. */
  #avoid = 0
  #damageReported = 0
  #stopped = false

  constructor(set: DriveSet, memory: BodyMemory, watch: SlowWatch, payload: GatheredPayload) {
    this.#set = set
    this.#memory = memory
    this.#watch = watch
    this.#payload = payload
    this.#openings = memory.openings
  }

  /** No further round begins; what is under way ends by itself and gives its memory back. */
  stop(): void {
    this.#stopped = true
  }

  /** Bytes of the place that `gather` of the same wish would take first. */
  placeLength(wish: Wish): number {
    const wide = this.#plan(wish, newAttempt(wish))?.decode ?? false
    return this.#length(wish, wide)
  }

  /** `range`: a place already taken, which is then this call's to give back. Faults: read-quorum-lost, damaged, busy, cancelled. */
  async gather(wish: Wish, range?: SharedRange): Promise<Gathered> {
    const attempt = newAttempt(wish)
    if (range !== undefined) attempt.place = new SharedPlace(this.#memory, this.#payload.use, range)
    try {
      for (;;) {
        if (this.#stopped) throw cancelled()
        const plan = this.#plan(wish, attempt) ?? this.#planWithSlow(wish, attempt)
        if (plan === undefined) throw this.#tooFew(attempt)
        if (plan.decode && attempt.unverified !== 0) {
          // One bad shard would spoil all that is made of it.
          attempt.have &= ~attempt.unverified
          attempt.unverified = 0
          continue
        }
        const length = this.#length(wish, plan.decode)
        if (attempt.place === undefined || attempt.place.range.length < length) {
          await this.#move(wish, attempt, length)
          continue
        }
        if (plan.read === 0) return this.#toGathered(wish, attempt.place, attempt, plan.decode)
        await this.#readRound(wish, attempt, attempt.place, plan)
      }
    } catch (error) {
      attempt.place?.release()
      throw error
    }
  }

  #plan(wish: Wish, attempt: Attempt): DecodePlan | undefined {
    const { slots } = this.#payload.placement
    let usable = 0
    let avoided = this.#avoid
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] as number
      if (this.#set.readable(slot) !== undefined) usable |= 1 << index
      if (this.#watch.isSlow(slot)) avoided |= 1 << index
    }
    usable &= ~(attempt.failed | attempt.slow)
    return this.#choose(wish, attempt, usable & ~avoided) ?? (avoided === 0 ? undefined : this.#choose(wish, attempt, usable))
  }

  #choose(wish: Wish, attempt: Attempt, usable: number): DecodePlan | undefined {
    const { dataShards, slots } = this.#payload.placement
    return chooseShards({ dataShards, shardCount: slots.length, wanted: wish.wanted, have: attempt.have, usable, rebuild: wish.rebuild })
  }

  #planWithSlow(wish: Wish, attempt: Attempt): DecodePlan | undefined {
    if (attempt.slow === 0) return undefined
    attempt.slow = 0
    return this.#plan(wish, attempt)
  }

  #length(wish: Wish, wide: boolean): number {
    const { dataShards, slots } = this.#payload.placement
    const { shardLength } = stripeAt(this.#payload.layout, wish.stripeIndex)
    return (wide || wish.rebuild ? slots.length : dataShards) * shardLength + wish.spareBytes + (wish.opening === undefined ? 0 : sharedOpeningBytes)
  }

  /** To another place; the good shards come along when it is to be had at once, otherwise they are read again: who waits holds nothing. */
  async #move(wish: Wish, attempt: Attempt, length: number): Promise<void> {
    const { use, layout, signal } = this.#payload
    const before = attempt.place
    let range = this.#memory.tryTake(use, length)
    if (range !== undefined && before !== undefined) {
      const { shardLength } = stripeAt(layout, wish.stripeIndex)
      for (const index of shardsOf(attempt.have)) {
        const from = before.range.offset + index * shardLength
        this.#memory.pool.bytes.copyWithin(range.offset + index * shardLength, from, from + shardLength)
      }
    }
    attempt.place = undefined
    before?.release()
    if (range === undefined) {
      attempt.have = 0
      range = await this.#memory.take(use, length, signal)
    }
    attempt.place = new SharedPlace(this.#memory, use, range)
  }

  /** Until every shard asked for has answered, or, where others can take their part, until it takes too long. */
  async #readRound(wish: Wish, attempt: Attempt, place: SharedPlace, plan: DecodePlan): Promise<void> {
    const skipHash = wish.skipHashes && !plan.decode
    const openingAt = skipHash ? this.#shareOpening(wish, attempt, place, plan) : undefined
    const round = new ShardRound(this.#watch, skipHash, openingAt)
    for (let index = 0; plan.read >>> index !== 0; index++) {
      if (hasShard(plan.read, index)) this.#read(wish.stripeIndex, index, round, attempt, place)
    }
    await round.settledOrSlow()
    if (openingAt !== undefined && round.opening === undefined) this.#openings.withdraw(openingAt)
    if (round.pending !== 0) {
      const without: Attempt = { ...attempt, have: attempt.have | round.ok, slow: attempt.slow | round.pending }
      if (this.#stopped || this.#plan(wish, without) !== undefined) {
        attempt.slow |= round.leave(this.#payload.placement.slots)
        attempt.have |= round.ok
        if (skipHash) attempt.unverified |= round.ok
        if (round.bug !== undefined) throw round.bug
        // The late ones may still write into this place.
        await this.#move(wish, attempt, this.#length(wish, true))
        return
      }
      await round.settled()
    }
    if (round.bug !== undefined) throw round.bug
    attempt.have |= round.ok
    attempt.opening = round.opening
    if (skipHash) attempt.unverified |= round.ok
  }

  /** Undefined when the shards wanted do not come together in this round. */
  #shareOpening({ opening, stripeIndex }: Wish, attempt: Attempt, { range }: SharedPlace, plan: DecodePlan): number | undefined {
    const { placement, layout } = this.#payload
    if (opening === undefined || attempt.have !== 0 || placement.form !== 'inline') return undefined
    const { dataShards } = placement
    const { shardLength } = stripeAt(layout, stripeIndex)
    const at = range.offset + dataShards * shardLength
    const shards = { dataShards, parityShards: 0, shardLength, offset: range.offset }
    this.#openings.write(at, countShards(plan.read), { ...opening, shards, plainOffset: range.offset + opening.plainFrom })
    return at
  }

  #read(stripeIndex: number, index: number, round: ShardRound, attempt: Attempt, place: SharedPlace): void {
    const { placement, layout } = this.#payload
    const slot = placement.slots[index] as number
    const drive = this.#set.readable(slot)
    if (drive === undefined) {
      attempt.failed |= 1 << index
      return
    }
    const { shardLength } = stripeAt(layout, stripeIndex)
    const into = { offset: place.range.offset + index * shardLength, length: shardLength }
    place.beginCall()
    round.begin(index)
    this.#ask(drive, stripeIndex, into, round).then(
      ([result = 'not-found']) => {
        place.endCall()
        const isBad = result === 'damaged' || result === 'not-found' || result === 'io-error'
        if (isBad) this.#onBadShard(index, result, attempt)
        else if (result !== 'ok') round.opening = result
        round.end(index, slot, !isBad)
      },
      (error: unknown) => {
        place.endFailedCall(drive, error)
        if (error instanceof DriveError) {
          attempt.failed |= 1 << index
          attempt.away |= 1 << index
          this.#avoid |= 1 << index
          this.#set.reportFault(slot, error, 'read')
        } else round.bug ??= asError(error)
        round.end(index, slot, false)
      },
    )
  }

  #ask(drive: DriveConnection, stripeIndex: number, into: SharedRange, { skipHash, openingAt }: ShardRound): Promise<readonly ShardReadResult[]> {
    const { placement, layout, sequence } = this.#payload
    if (placement.form === 'inline') return drive.readShards({ reads: [{ sequence, into, skipHash, ...(openingAt !== undefined && { openingAt }) }] })
    return drive.readChunks({ reads: [{ payloadId: placement.payloadId, chunkIndex: stripeIndex, chunkLength: layout.full.shardLength, into, skipHash }] })
  }

  #onBadShard(index: number, result: 'damaged' | 'not-found' | 'io-error', attempt: Attempt): void {
    const { placement: { slots, payloadId, form }, sequence } = this.#payload
    const slot = slots[index] as number
    attempt.failed |= 1 << index
    if (result !== 'damaged') this.#avoid |= 1 << index
    if (result === 'io-error') this.#set.reportFault(slot, new DriveError('io-error', 'a shard could not be read'), 'read')
    // A drive that is being healed lacks what it lacks, and that is known.
    if (hasShard(this.#damageReported, index) || this.#set.writable(slot) === undefined) return
    this.#damageReported |= 1 << index
    this.#set.reportDamage(slot, { sequence, payloadId, form })
  }

  #tooFew(attempt: Attempt): StorageError {
    const { slots, dataShards } = this.#payload.placement
    const away = slots.filter((slot, index) => hasShard(attempt.away, index) || this.#set.readable(slot) === undefined).length
    const details = { needed: dataShards, away, shards: slots.length }
    return away > 0
      ? new StorageError('read-quorum-lost', 'too few shards can be reached', details)
      : new StorageError('damaged', 'too few shards are good', details)
  }

  #toGathered(wish: Wish, place: SharedPlace, { have, unverified, opening }: Attempt, decode: boolean): Gathered {
    const { dataShards, parityShards } = this.#payload.placement
    const { shardLength } = stripeAt(this.#payload.layout, wish.stripeIndex)
    // Without decoding the place ends with the data shards, and so does what the codec is told of.
    const shards = { dataShards, parityShards: decode ? parityShards : 0, shardLength, offset: place.range.offset }
    return { place, present: shardsOf(have), decode, verified: unverified === 0, opening, shards }
  }
}
