// UploadPartCopy: bytes of an object become a part of an upload.
import type { CancelSignal } from '../base/cancel-signal.ts'
import { checkCopySize, findCopySource } from './copy-source.ts'
import { chooseDigests } from './expected-digests.ts'
import { checkPart, findUpload, openUploadKey } from './find-upload.ts'
import { openBytes } from './get-object.ts'
import { ObjectError } from './object-fault.ts'
import type { CopyPartRequest, PartInfo } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { takeBytes } from './take-body.ts'
import { choosePartChecksum, commitPart } from './upload-part.ts'

/** Faults: those of uploadPart and of the source; invalid-range when the range does not lie within the source. */
export async function copyPart(deps: ObjectsDeps, request: CopyPartRequest, signal: CancelSignal): Promise<PartInfo> {
  const { partNumber, sourceRange } = request
  checkPart(partNumber, 0)
  const found = await findUpload(deps, request)
  const { version, attributes } = await findCopySource(deps, request.source, request.sourceCondition)
  const from = sourceRange?.from ?? 0
  const length = sourceRange === undefined ? version.size : sourceRange.to - sourceRange.from + 1
  if (length < 0 || (sourceRange !== undefined && (length === 0 || sourceRange.to >= version.size))) {
    throw new ObjectError('invalid-range', 'the range lies outside the source', { size: version.size })
  }
  checkCopySize(length)
  const checksum = choosePartChecksum(found, undefined)
  const contentKey = await openUploadKey(deps, found, signal)
  const bytes = await openBytes(deps, { version, attributes, from, length }, signal)
  try {
    const plan = { storageClass: found.upload.storageClass, partNumber, ...(contentKey && { contentKey }) }
    const taken = await takeBytes(deps, length, bytes, chooseDigests(false, checksum), plan, signal)
    return await commitPart(deps, found, partNumber, checksum, taken)
  } finally {
    bytes.cancel()
  }
}
