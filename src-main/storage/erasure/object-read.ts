// A body on its way out: the shards of a stripe from the drives, one trip through the codec, one view given out; a further stripe is
// fetched meanwhile. What is given out passed its hash, and its tag when it is encrypted.
import { assert } from '../../base/assert.ts'
import type { ByteSource, MaybePromise } from '../../base/byte-stream.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import { systemClock, type Clock } from '../../base/clock.ts'
import type { ReadRecipe } from '../../crypto/body-recipe.ts'
import { CodecError, type Codec } from '../../payload/codec.ts'
import type { SharedRange } from '../../payload/codec-protocol.ts'
import type { SlotPool } from '../../payload/shared-memory.ts'
import { StorageError } from '../../seams/storage-backend.ts'
import { asError, cancelled, toStorageError } from './body-fault.ts'
import { bodyMemoryOf, type BodyMemory } from './body-memory.ts'
import type { PayloadPlacement } from './layout/payload-placement.ts'
import { planStripeRead, stripesOfRange, type StripeRead } from './layout/read-plan.ts'
import { maskOfRange } from './layout/shard-mask.ts'
import { packageOverheadBytes, packagePlainBytes, packagesPerStripe, stripeAt, toPayloadLayout, type PayloadLayout } from './layout/stripe-layout.ts'
import type { DriveSet } from './set/drive-set.ts'
import { ShardGatherer, type Gathered, type Wish } from './shard-gatherer.ts'
import type { SharedPlace } from './shared-place.ts'
import { slowWatchOf } from './slow-watch.ts'

export interface BodyReaderDeps {
  readonly set: DriveSet
  readonly slots: SlotPool
  readonly codec: Codec
  /** For waiting on memory and slow drives. The system's unless named. */
  readonly clock?: Clock
}

/** Stripes fetched beside the one given out, when memory allows. */
const stripesAheadMax = 1

/**
 * `length` ≥ 1 plain bytes from `offset`, both within the payload; `recordSequence` is the record that holds it. Only the shards needed are
 * read. The record must stay while the source lives. The view given out stays valid, also after an abort, until `next` or `cancel`,
 * one of which must follow.
 * Faults, out of `next`: read-quorum-lost, damaged, busy, cancelled.
 */
export function openBodyReader(
  deps: BodyReaderDeps, placement: PayloadPlacement, recordSequence: number, offset: number, length: number, recipe: ReadRecipe, signal: CancelSignal,
): ByteSource {
  assert(offset >= 0 && length > 0 && offset + length <= placement.size, 'the range is within the payload')
  assert(placement.encrypted === (recipe.encryption !== undefined), 'the recipe fits the payload')
  return new BodyReader(deps, placement, recordSequence, offset, length, recipe, signal)
}

/** A stripe on its way, or ready to be given out. */
interface Fetch {
  view: Uint8Array | undefined
  place: SharedPlace | undefined
  error: unknown
}

interface Waiter {
  readonly resolve: (chunk: Uint8Array | undefined) => void
  readonly reject: (error: unknown) => void
}

class BodyReader implements ByteSource {
  readonly #deps: BodyReaderDeps
  readonly #memory: BodyMemory
  readonly #layout: PayloadLayout
  readonly #gatherer: ShardGatherer
  readonly #use: 'inline-read' | 'file-read'
  readonly #offset: number
  readonly #length: number
  readonly #recipe: ReadRecipe
  readonly #signal: CancelSignal
  readonly #lastStripe: number
  #nextStripe: number
  /** What is sealed is checked by its tags; once one was wrong, by the hashes of the shards too, which tell whose fault it is. */
  #skipHashes: boolean
  /** In the order of the stripes. */
  readonly #fetches: Fetch[] = []
  /** The place of the view that is in the caller's hands. */
  #given: SharedPlace | undefined
  #waiter: Waiter | undefined
  #listening = false
  #over = false
  /** For the next call of `next`: an end must never look like the end of the body. */
  #error: unknown

  constructor(
    deps: BodyReaderDeps, placement: PayloadPlacement, sequence: number, offset: number, length: number, recipe: ReadRecipe, signal: CancelSignal,
  ) {
    this.#deps = deps
    this.#memory = bodyMemoryOf(deps.slots, deps.clock ?? systemClock)
    this.#layout = toPayloadLayout(placement.size, placement.encrypted, placement.dataShards)
    this.#use = placement.form === 'inline' ? 'inline-read' : 'file-read'
    this.#gatherer = new ShardGatherer(deps.set, this.#memory, slowWatchOf(deps.set, deps.clock), { placement, layout: this.#layout, sequence, use: this.#use, signal })
    this.#offset = offset
    this.#length = length
    this.#recipe = recipe
    this.#signal = signal
    this.#skipHashes = placement.encrypted
    const stripes = stripesOfRange(offset, length)
    this.#nextStripe = stripes.first
    this.#lastStripe = stripes.last
  }

  next(): MaybePromise<Uint8Array | undefined> {
    assert(this.#waiter === undefined, 'one call of next at a time')
    this.#giveBack()
    if (this.#error !== undefined) return this.#fail(this.#error)
    if (this.#over) return undefined
    if (this.#signal.aborted) return this.#fail(cancelled())
    if (this.#fetches.length === 0) {
      if (this.#nextStripe > this.#lastStripe) {
        this.#end()
        return undefined
      }
      this.#startFetch(undefined)
    }
    const ready = this.#takeReady()
    if (ready !== undefined) return ready
    if (!this.#listening) {
      this.#listening = true
      this.#signal.addEventListener('abort', this, { once: true })
    }
    return new Promise((resolve, reject) => { this.#waiter = { resolve, reject } })
  }

  cancel(): void {
    this.#giveBack()
    this.#end()
    this.#error = undefined
    this.#waiter?.resolve(undefined)
    this.#waiter = undefined
  }

  /** The signal says stop. The view in the caller's hands stays his: a socket may still be sending it. */
  handleEvent(): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    this.#end()
    if (waiter === undefined) this.#error = cancelled()
    else waiter.reject(cancelled())
  }

  #giveBack(): void {
    this.#given?.release()
    this.#given = undefined
  }

  #fail(error: unknown): Promise<never> {
    this.#end()
    this.#error = undefined
    return Promise.reject(asError(error))
  }

  /** Nothing more is given out; what is ready goes back now, what is under way when it ends. */
  #end(): void {
    this.#over = true
    if (this.#listening) this.#signal.removeEventListener('abort', this)
    this.#listening = false
    this.#gatherer.stop()
    for (const fetch of this.#fetches) fetch.place?.release()
    this.#fetches.length = 0
  }

  /** The head of the line when it is there: its view, or its error as a rejection. */
  #takeReady(): Uint8Array | Promise<never> | undefined {
    const head = this.#fetches[0]
    if (head?.error !== undefined) return this.#fail(head.error)
    if (head?.view === undefined) return undefined
    this.#fetches.shift()
    this.#given = head.place
    this.#fetchAhead()
    return head.view
  }

  #fetchAhead(): void {
    while (this.#nextStripe <= this.#lastStripe && this.#fetches.length < stripesAheadMax) {
      const range = this.#memory.tryTake(this.#use, this.#gatherer.placeLength(this.#wish(this.#plan(this.#nextStripe))))
      if (range === undefined) return
      this.#startFetch(range)
    }
  }

  #startFetch(range: SharedRange | undefined): void {
    const fetch: Fetch = { view: undefined, place: undefined, error: undefined }
    this.#fetches.push(fetch)
    void this.#fetch(this.#plan(this.#nextStripe++), range, fetch)
  }

  #plan(stripeIndex: number): StripeRead {
    return planStripeRead(this.#layout, this.#offset, this.#length, stripeIndex)
  }

  #wish(read: StripeRead): Wish {
    return { stripeIndex: read.stripeIndex, wanted: maskOfRange(read.shardFrom, read.shardTo), rebuild: false, skipHashes: this.#skipHashes, spareBytes: 0, without: 0 }
  }

  /** Never rejects: the outcome stands in `fetch`. */
  async #fetch(read: StripeRead, range: SharedRange | undefined, fetch: Fetch): Promise<void> {
    let gathered: Gathered | undefined
    try {
      gathered = await this.#gatherer.gather(this.#wish(read), range)
      if (this.#over) throw cancelled()
      let plainOffset: number
      try {
        const opening = this.#open(read, gathered)
        plainOffset = opening instanceof Promise ? await opening : opening
      } catch (error) {
        if (gathered.verified || !(error instanceof CodecError && error.fault === 'not-authentic')) throw error
        gathered.place.release()
        gathered = undefined
        this.#skipHashes = false
        gathered = await this.#gatherer.gather(this.#wish(read))
        plainOffset = await this.#open(read, gathered)
      }
      if (this.#over) throw cancelled()
      fetch.view = this.#deps.slots.bytes.subarray(plainOffset, plainOffset + read.length)
      fetch.place = gathered.place
    } catch (error) {
      gathered?.place.release()
      fetch.error = toStorageError(error)
    }
    this.#deliver()
  }

  /** Where the wanted plain bytes are. Bytes that are neither sealed nor to be rebuilt need no codec. */
  #open(read: StripeRead, { shards, present, decode }: Gathered): MaybePromise<number> {
    const { encryption } = this.#recipe
    if (encryption === undefined && !decode) return shards.offset + read.plainFrom
    // Packages are opened in order, each copied out after it was read: the plain bytes may overwrite the sealed ones.
    const unit = packagePlainBytes + (encryption === undefined ? 0 : packageOverheadBytes)
    const plainOffset = shards.offset + read.packageFrom * unit
    const { storedLength } = stripeAt(this.#layout, read.stripeIndex)
    const decoding = this.#deps.codec.decodeStripe({
      shards, present, storedLength, ...(encryption && { encryption }), firstPackage: read.stripeIndex * packagesPerStripe, last: read.last,
      packages: { from: read.packageFrom, to: read.packageTo }, plainOffset,
    })
    const toOffset = ({ plainLength }: { readonly plainLength: number }): number => {
      if (plainLength < read.skip + read.length) throw new StorageError('damaged', 'the stripe is shorter than its record says')
      return plainOffset + read.skip
    }
    return decoding instanceof Promise ? decoding.then(toOffset) : toOffset(decoding)
  }

  #deliver(): void {
    const waiter = this.#waiter
    if (waiter === undefined || this.#over) return
    const ready = this.#takeReady()
    if (ready === undefined) return
    this.#waiter = undefined
    if (ready instanceof Promise) ready.catch(waiter.reject)
    else waiter.resolve(ready)
  }
}
