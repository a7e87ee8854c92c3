// The bytes of an object on their way out: the bodies of its parts one after the other, each opened with its own part key.
import { assert } from '../base/assert.ts'
import type { ByteSource, MaybePromise } from '../base/byte-stream.ts'
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { Clock } from '../base/clock.ts'
import type { PartEncryption } from '../crypto/body-recipe.ts'
import type { ContentKey } from './encryption/content-key.ts'
import type { StorageBackend, StoredPart } from '../seams/storage-backend.ts'
import { decodePartAttributes } from './attributes.ts'
import { ObjectError } from './object-fault.ts'
import type { PartSegment } from './rules/ranges.ts'
import { toObjectError } from './to-object-error.ts'

/** A part key that a read gave up on may still be on its way to a codec thread; it is wiped when no trip can last that long. */
const wipeDelayMs = 60_000
/** An opened body stays readable though its object is overwritten meanwhile; opening costs next to nothing until bytes are asked for. */
const openedAheadMax = 256

export interface ObjectSourceInput {
  readonly storage: StorageBackend
  readonly clock: Clock
  readonly parts: readonly StoredPart[]
  /** Absent: in the clear. Wiped when every part has its key, or nobody reads on. */
  readonly contentKey: ContentKey | undefined
  /** Of `parts`, in order, at least one. */
  readonly segments: readonly PartSegment[]
  readonly signal: CancelSignal
}

/** A segment whose body is open: nothing of it can go away any more. */
interface OpenSegment {
  readonly source: ByteSource
  readonly partKey: Uint8Array | undefined
  /** Bytes still to come. */
  owed: number
}

/** Faults, out of `next`: damaged, read-quorum-lost, busy, cancelled. */
export class ObjectSource implements ByteSource {
  readonly #input: ObjectSourceInput
  /** In order; the first is being read. */
  #open: OpenSegment[] = []
  #nextSegment = 0

  constructor(input: ObjectSourceInput) {
    this.#input = input
    this.#openAhead()
  }

  next(): MaybePromise<Uint8Array | undefined> {
    try {
      for (;;) {
        const segment = this.#open[0]
        if (segment === undefined) return undefined
        const chunk = segment.source.next()
        if (chunk instanceof Promise) return this.#settle(segment, chunk)
        if (chunk !== undefined) return count(segment, chunk)
        this.#end(segment)
      }
    } catch (error) {
      this.cancel()
      throw toObjectError(error, this.#input.signal)
    }
  }

  cancel(): void {
    const open = this.#open
    if (open.length === 0) return
    this.#open = []
    this.#nextSegment = Infinity
    this.#input.contentKey?.wipe()
    for (const { source } of open) source.cancel()
    this.#input.clock.after(wipeDelayMs, () => {
      for (const { partKey } of open) partKey?.fill(0)
    })
  }

  async #settle(segment: OpenSegment, arriving: Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    try {
      const chunk = await arriving
      if (chunk !== undefined) return count(segment, chunk)
      // Cancelled while it was waiting.
      if (this.#open.length === 0) return undefined
      this.#end(segment)
    } catch (error) {
      this.cancel()
      throw toObjectError(error, this.#input.signal)
    }
    return this.next()
  }

  /** On to the next segment. A body that ends early must never look like the end of the object. */
  #end(segment: OpenSegment): void {
    if (segment.owed > 0) throw new ObjectError('damaged', 'the stored bytes end before their size')
    segment.partKey?.fill(0)
    this.#open.shift()
    this.#openAhead()
  }

  #openAhead(): void {
    const { storage, parts, segments, signal } = this.#input
    while (this.#nextSegment < segments.length && this.#open.length < openedAheadMax) {
      const segment = segments[this.#nextSegment++]
      const part = segment && parts[segment.partIndex]
      assert(segment !== undefined && part !== undefined, 'a segment is of a part')
      const encryption = this.#partEncryption(part)
      const source = storage.readBody(part.body, segment.offset, segment.length, encryption === undefined ? {} : { encryption }, signal)
      this.#open.push({ source, partKey: encryption?.partKey, owed: segment.length })
    }
    if (this.#nextSegment >= segments.length) this.#input.contentKey?.wipe()
  }

  #partEncryption(part: StoredPart): PartEncryption | undefined {
    const { contentKey } = this.#input
    if (contentKey === undefined) return undefined
    const { streamNonce: text } = decodePartAttributes(part.attributes)
    assert(text !== undefined, 'an encrypted part has its nonce')
    const streamNonce = Buffer.from(text, 'base64')
    return { partKey: contentKey.partKey(part.partNumber), streamNonce }
  }
}

function count(segment: OpenSegment, chunk: Uint8Array): Uint8Array {
  segment.owed -= chunk.byteLength
  assert(segment.owed >= 0, 'storage gives no more than was asked for')
  return chunk
}
