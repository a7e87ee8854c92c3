// The upload a request names, and how its body is kept.
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { UploadInfo } from '../seams/storage-backend.ts'
import { requireBucket } from './admit-write.ts'
import { decodeUploadAttributes, type UploadAttributes } from './attributes.ts'
import type { ContentKey } from './encryption/content-key.ts'
import { ObjectError } from './object-fault.ts'
import type { UploadAddress } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { isPartNumber, partSizeMax } from './rules/content-limits.ts'

export interface FoundUpload {
  readonly upload: UploadInfo
  readonly attributes: UploadAttributes
}

/** Faults: no-such-bucket, no-such-upload. */
export async function findUpload(deps: ObjectsDeps, { bucket, name, uploadId }: UploadAddress): Promise<FoundUpload> {
  const upload = await deps.storage.findUpload(bucket, name, uploadId)
  if (upload !== undefined) return { upload, attributes: decodeUploadAttributes(upload.attributes) }
  await requireBucket(deps, bucket)
  throw noSuchUpload()
}

export function noSuchUpload(): ObjectError {
  return new ObjectError('no-such-upload', 'no upload under way has this id and name')
}

/** Faults: invalid-part-number, entity-too-large. */
export function checkPart(partNumber: number, size: number): void {
  if (!isPartNumber(partNumber)) throw new ObjectError('invalid-part-number', 'a part number is 1 to 10,000', { partNumber })
  if (size > partSizeMax) throw new ObjectError('entity-too-large', 'more bytes than a part may have', { proposedSize: size })
}

/** The caller's to wipe; undefined: in the clear. Faults: those of the keystore. */
export async function openUploadKey(deps: ObjectsDeps, { upload, attributes }: FoundUpload, signal: CancelSignal): Promise<ContentKey | undefined> {
  return attributes.envelope === undefined ? undefined : deps.contentKeys.open(attributes.envelope, upload, signal)
}
