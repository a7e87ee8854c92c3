// Takes in the bytes of an object or a part: digests, encryption under a part key and a fresh nonce, the client's announcements. What does
// not match is thrown away before anything refers to it.
import type { ByteSource } from '../base/byte-stream.ts'
import { formatBase64 } from '../base/bytes.ts'
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { DigestAlgorithm, Digests } from '../crypto/body-recipe.ts'
import type { ContentKey } from './encryption/content-key.ts'
import type { StagedBody, StorageClass } from '../seams/storage-backend.ts'
import { chooseDigests, digestsOfNothing, verifyDigests } from './expected-digests.ts'
import { ObjectError } from './object-fault.ts'
import type { ChecksumAlgorithm, IncomingBody } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { cancelled } from './to-object-error.ts'

const streamNonceBytes = 12

/** Where a body goes and how it is kept. */
export interface BodyPlan {
  readonly storageClass: StorageClass
  readonly partNumber: number
  /** Absent: in the clear. Wiped once the part key is made. */
  readonly contentKey?: ContentKey
  /** To be computed and kept, asked for by the client or not. */
  readonly checksum?: ChecksumAlgorithm
}

export interface TakenBody {
  /** Undefined when there were no bytes. Whoever does not commit it discards it. */
  readonly staged: StagedBody | undefined
  readonly digests: Digests
  readonly streamNonce?: string
}

/** Faults: digest-mismatch, incomplete-body, body-too-long and those of storage; the source's own error and the edge's as they are. */
export async function takeIncomingBody(deps: ObjectsDeps, body: IncomingBody, plan: BodyPlan, signal: CancelSignal): Promise<TakenBody> {
  const algorithms = chooseDigests(body.digests.payloadSha256, body.digests.checksum, plan.checksum)
  const taken = await takeBytes(deps, body.size, body.source, algorithms, plan, signal)
  try {
    verifyDigests(taken.digests, body.expected())
  } catch (error) {
    taken.staged?.discard()
    throw error
  }
  return taken
}

/** The same for bytes that nobody announced anything about. */
export async function takeBytes(
  deps: ObjectsDeps, size: number, source: ByteSource, algorithms: readonly DigestAlgorithm[], plan: BodyPlan, signal: CancelSignal,
): Promise<TakenBody> {
  const { contentKey, partNumber, storageClass } = plan
  if (signal.aborted) {
    contentKey?.wipe()
    source.cancel()
    throw cancelled()
  }
  if (size === 0) {
    contentKey?.wipe()
    await requireEnd(source)
    return { staged: undefined, digests: digestsOfNothing(algorithms) }
  }
  if (contentKey === undefined) {
    const staged = await deps.storage.stageBody(size, source, { digests: algorithms }, storageClass, signal)
    return { staged, digests: staged.digests }
  }
  const partKey = contentKey.partKey(partNumber)
  contentKey.wipe()
  const streamNonce = deps.random.bytes(streamNonceBytes)
  try {
    const staged = await deps.storage.stageBody(size, source, { digests: algorithms, encryption: { partKey, streamNonce } }, storageClass, signal)
    return { staged, digests: staged.digests, streamNonce: formatBase64(streamNonce) }
  } finally {
    partKey.fill(0)
  }
}

async function requireEnd(source: ByteSource): Promise<void> {
  if ((await source.next()) === undefined) return
  source.cancel()
  throw new ObjectError('body-too-long', 'the body goes on past its announced size')
}
