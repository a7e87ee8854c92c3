// Bodies as the seam sees them: taken in and held for their record, and read back while their record is kept alive.
import type { ByteSource, MaybePromise } from '../../base/byte-stream.ts'
import { byteSourceOf } from '../../base/byte-stream.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { ReadRecipe, WriteRecipe } from '../../crypto/body-recipe.ts'
import { StorageError, type StagedBody, type StorageClass, type StoredBody, type StoredPlacement } from '../../seams/storage-backend.ts'
import type { Releases } from './commit/releases.ts'
import { parsePlacement } from './layout/placement-json.ts'
import { writeQuorumOf } from './layout/write-quorum.ts'
import { openBodyReader, type BodyReaderDeps } from './object-read.ts'
import type { BodyWriter } from './object-write.ts'
import type { ErasureSet } from './set/erasure-set.ts'
import { chooseReducedParity } from './set/quorum.ts'
import { StagedPayloadBody } from './staged-body.ts'

export interface BodyStoreDeps {
  readonly set: ErasureSet
  readonly writer: BodyWriter
  readonly reader: BodyReaderDeps
  readonly releases: Releases
  readonly segmentSizeBytes: number
}

/** See StorageBackend.stageBody. */
export async function stageBody(deps: BodyStoreDeps, size: number, source: ByteSource, recipe: WriteRecipe, storageClass: StorageClass, signal: CancelSignal): Promise<StagedBody> {
  if (!hasRoom(deps)) {
    source.cancel()
    throw new StorageError('storage-full', 'the drives are full')
  }
  const parity = storageClass === 'STANDARD' ? deps.set.parityShards : chooseReducedParity(deps.set.parityShards)
  deps.set.noteStaged(Math.ceil(size / (deps.set.slotCount - parity)))
  const { staged, digests } = await deps.writer.stage(size, source, recipe, parity, signal)
  return new StagedPayloadBody(size, digests, staged)
}

const reserveSegments = 4

/** What is left on a drive for deletions and for moving records about; new bodies are refused below. */
function hasRoom({ set, segmentSizeBytes }: BodyStoreDeps): boolean {
  const withRoom = set.inService().filter((slot) => {
    const reserve = Math.min(reserveSegments * segmentSizeBytes, (set.space(slot)?.totalBytes ?? 0) / 20)
    return set.freeBytes(slot) > reserve
  })
  return withRoom.length >= Math.min(set.inService().length, writeQuorumOf(set.dataShards, set.parityShards))
}

/** See StorageBackend.readBody. */
export function readBody({ reader, releases }: BodyStoreDeps, body: StoredBody, offset: number, length: number, recipe: ReadRecipe, signal: CancelSignal): ByteSource {
  if (length === 0) return byteSourceOf()
  const sequence = body.reference['s']
  const placement = parsePlacement(body.reference['p'])
  if (typeof sequence !== 'number' || placement === undefined) return failingSource(new StorageError('read-quorum-lost', 'no drive at hand knows where these bytes are'))
  return new LeasedSource(openBodyReader(reader, placement, sequence, offset, length, recipe, signal), releases.lease(sequence))
}

/** See LocalDrives.placement. */
export function describePlacement(body: StoredBody): StoredPlacement | undefined {
  const placement = parsePlacement(body.reference['p'])
  return placement && { dataShards: placement.dataShards, parityShards: placement.parityShards, inline: placement.form === 'inline' }
}

function failingSource(error: StorageError): ByteSource {
  return { next: () => Promise.reject(error), cancel: () => undefined }
}

/** Gives the lease back at the end, at an error, or when the reader is given up. */
class LeasedSource implements ByteSource {
  readonly #inner: ByteSource
  #free: (() => void) | undefined

  constructor(inner: ByteSource, free: () => void) {
    this.#inner = inner
    this.#free = free
  }

  next(): MaybePromise<Uint8Array | undefined> {
    const chunk = this.#inner.next()
    if (chunk === undefined) this.#end()
    return chunk instanceof Promise ? this.#watch(chunk) : chunk
  }

  cancel(): void {
    this.#inner.cancel()
    this.#end()
  }

  async #watch(chunk: Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    try {
      const bytes = await chunk
      if (bytes === undefined) this.#end()
      return bytes
    } catch (error) {
      this.#end()
      throw error
    }
  }

  #end(): void {
    this.#free?.()
    this.#free = undefined
  }
}
