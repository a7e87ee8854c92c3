// A body on its way out: the shards of a stripe from the drives, one trip through the codec, one view given out; a further stripe is
// fetched meanwhile. What is given out passed its hash, and its tag when it is encrypted.
import { assert } from '../../base/assert.ts'
import type { ByteSource, MaybePromise } from '../../base/byte-stream.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import { systemClock, type Clock } from '../../base/clock.ts'
import type { ReadRecipe } from '../../crypto/body-recipe.ts'
import { CodecError, type Codec } from '../../payload/codec.ts'
import type { DecodeStripe, SharedRange } from '../../payload/codec-protocol.ts'
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
    const wanted = maskOfRange(read.shardFrom, read.shardTo)
    const { encryption } = this.#recipe
    // Where one drive thread can be asked to open it; the stripes of a large body are opened by the codec while the next one is read.
    const opensAtDrive = encryption !== undefined && this.#skipHashes && this.#use === 'inline-read'
    return {
      stripeIndex: read.stripeIndex, wanted, rebuild: false, skipHashes: this.#skipHashes, spareBytes: 0, without: 0,
      ...(opensAtDrive && { opening: { ...this.#packages(read), encryption, plainFrom: this.#plainFrom(read) } }),
    }
  }

  #packages(read: StripeRead): Pick<DecodeStripe, 'storedLength' | 'firstPackage' | 'last' | 'packages'> {
    const { storedLength } = stripeAt(this.#layout, read.stripeIndex)
    return { storedLength, firstPackage: read.stripeIndex * packagesPerStripe, last: read.last, packages: { from: read.packageFrom, to: read.packageTo } }
  }

  /** Packages are opened in order, each tag checked before the next: the plain bytes overwrite the sealed ones. */
  #plainFrom(read: StripeRead): number {
    return read.packageFrom * (packagePlainBytes + (this.#recipe.encryption === undefined ? 0 : packageOverheadBytes))
  }

  /** Never rejects: the outcome stands in `fetch`. */
  async #fetch(read: StripeRead, range: SharedRange | undefined, fetch: Fetch): Promise<void> {
    let gathered: Gathered | undefined
    try {
      gathered = await this.#gatherer.gather(this.#wish(read), range)
      if (this.#over) throw cancelled()
      const opening = this.#open(read, gathered)
      let plainOffset = opening instanceof Promise ? await opening : opening
      if (plainOffset === undefined) {
        gathered.place.release()
        gathered = undefined
        this.#skipHashes = false
        gathered = await this.#gatherer.gather(this.#wish(read))
        plainOffset = await this.#open(read, gathered)
        if (plainOffset === undefined) throw new StorageError('damaged', 'the bytes do not pass their tag')
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

  /** Where the wanted plain bytes are; undefined: a tag is wrong. Bytes that are neither sealed nor to be rebuilt need no codec, nor do those opened already. */
  #open(read: StripeRead, { shards, present, decode, opening }: Gathered): MaybePromise<number | undefined> {
    const { encryption } = this.#recipe
    if (encryption === undefined && !decode) return shards.offset + read.plainFrom
    const plainOffset = shards.offset + this.#plainFrom(read)
    if (opening !== undefined) return opening === 'opened' ? plainOffset + read.skip : undefined
    return this.#decode(read, plainOffset, { ...this.#packages(read), shards, present, plainOffset, ...(encryption && { encryption }) })
  }

  async #decode(read: StripeRead, plainOffset: number, input: DecodeStripe): Promise<number | undefined> {
    try {
      const { plainLength } = await this.#deps.codec.decodeStripe(input)
      if (plainLength < read.skip + read.length) throw new StorageError('damaged', 'the stripe is shorter than its record says')
      return plainOffset + read.skip
    } catch (error) {
      if (error instanceof CodecError && error.fault === 'not-authentic') return undefined
      throw error
    }
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
