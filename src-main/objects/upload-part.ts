// UploadPart: a body that becomes, or replaces, one part of an upload.
import type { CancelSignal } from '../base/cancel-signal.ts'
import { encodePartAttributes } from './attributes.ts'
import { describeEncryption, describePart } from './describe-object.ts'
import { checksumOf, etagOf } from './expected-digests.ts'
import { checkPart, findUpload, openUploadKey, type FoundUpload } from './find-upload.ts'
import { ObjectError } from './object-fault.ts'
import type { ChecksumAlgorithm, PartInfo, UploadPartRequest } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { takeIncomingBody, type TakenBody } from './take-body.ts'

/** Faults: no-such-bucket, no-such-upload, invalid-part-number, entity-too-large, invalid-checksum-request, busy, those of the body, the keystore and storage. */
export async function uploadPart(deps: ObjectsDeps, request: UploadPartRequest, signal: CancelSignal): Promise<PartInfo> {
  const { body, partNumber } = request
  try {
    checkPart(partNumber, body.size)
    const found = await findUpload(deps, request)
    const checksum = choosePartChecksum(found, body.digests.checksum)
    const contentKey = await openUploadKey(deps, found, signal)
    const plan = { storageClass: found.upload.storageClass, partNumber, ...(contentKey && { contentKey }), ...(checksum && { checksum }) }
    const taken = await takeIncomingBody(deps, body, plan, signal)
    return await commitPart(deps, found, partNumber, checksum, taken)
  } finally {
    body.source.cancel()
  }
}

/** The upload's algorithm, whether the client sends a value or not; without one, what the client sends. Faults: invalid-checksum-request. */
export function choosePartChecksum({ attributes }: FoundUpload, sent: ChecksumAlgorithm | undefined): ChecksumAlgorithm | undefined {
  const algorithm = attributes.checksum?.algorithm
  if (algorithm !== undefined && sent !== undefined && sent !== algorithm) {
    throw new ObjectError('invalid-checksum-request', `the upload was created with checksums of ${algorithm}, the part came with ${sent}`, { algorithm: sent })
  }
  return algorithm ?? sent
}

/** Faults: no-such-upload, busy and those of writing. */
export async function commitPart(
  deps: ObjectsDeps, { upload, attributes }: FoundUpload, partNumber: number, algorithm: ChecksumAlgorithm | undefined, taken: TakenBody,
): Promise<PartInfo> {
  const { staged, digests, streamNonce } = taken
  const checksum = algorithm && { algorithm, value: checksumOf(digests, algorithm) }
  const partAttributes = encodePartAttributes({ ...(streamNonce !== undefined && { streamNonce }), ...(checksum && { checksum }) })
  try {
    const part = await deps.uploads.commitPart(upload.uploadId, () =>
      deps.storage.putPart(upload, { partNumber, etag: etagOf(digests), attributes: partAttributes, body: staged }),
    )
    return describePart(part, describeEncryption(attributes.envelope))
  } finally {
    // Storage took it over, unless it was never asked.
    staged?.discard()
  }
}
