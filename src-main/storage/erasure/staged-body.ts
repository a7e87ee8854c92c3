// A body that was taken in and waits for its record: what the seam hands around, with the staged payload inside.
import { assert } from '../../base/assert.ts'
import type { Digests } from '../../crypto/body-recipe.ts'
import type { StagedBody } from '../../seams/storage-backend.ts'
import type { StagedPayload } from './layout/payload-placement.ts'

export class StagedPayloadBody implements StagedBody {
  readonly size: number
  readonly digests: Digests
  #staged: StagedPayload | undefined

  constructor(size: number, digests: Digests, staged: StagedPayload) {
    this.size = size
    this.digests = digests
    this.#staged = staged
  }

  discard(): void {
    this.#staged?.release('discarded')
    this.#staged = undefined
  }

  /** For whoever commits it; from then on it is theirs. Once. */
  take(): StagedPayload {
    const staged = this.#staged
    assert(staged !== undefined, 'a staged body is committed once')
    this.#staged = undefined
    return staged
  }
}

/** The payload of a body given back to us through the seam; undefined for one of no bytes. */
export function takePayload(body: StagedBody | undefined): StagedPayload | undefined {
  if (body === undefined) return undefined
  assert(body instanceof StagedPayloadBody, 'the body was staged by this backend')
  return body.take()
}
