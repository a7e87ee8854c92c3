// CompleteMultipartUpload: checks the list of parts against what came, then one record makes the object. Repeated, it gives the same answer.
import { assert } from '../base/assert.ts'
import type { CancelSignal } from '../base/cancel-signal.ts'
import { parseChecksum } from '../base/checksum.ts'
import { StorageError, type ObjectVersion, type UploadedPart } from '../seams/storage-backend.ts'
import { admitWrite, requireBucket, toPrecondition } from './admit-write.ts'
import { decodeObjectAttributes, decodePartAttributes, decodeUploadAttributes, encodeAttributes, type UploadAttributes } from './attributes.ts'
import { describeWritten } from './describe-object.ts'
import { noSuchUpload } from './find-upload.ts'
import { ObjectError } from './object-fault.ts'
import type { Checksum, CompleteUploadRequest, WrittenObject } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { combineChecksums, isSameChecksum } from './rules/checksum-rules.ts'
import { objectSizeMax, partNumberMax, partSizeMin } from './rules/content-limits.ts'
import { multipartEtag } from './rules/multipart-etag.ts'
import { readUploadedParts } from './list-parts.ts'
import { cancelled } from './to-object-error.ts'

type NamedPart = CompleteUploadRequest['parts'][number]

/**
 * Faults: no-such-bucket, no-such-upload, invalid-part, invalid-part-order, entity-too-small, entity-too-large, invalid-checksum-request,
 * digest-mismatch, precondition-failed, no-such-object and those of writing.
 */
export async function completeUpload(deps: ObjectsDeps, request: CompleteUploadRequest, signal: CancelSignal): Promise<WrittenObject> {
  checkOrder(request.parts)
  if (signal.aborted) throw cancelled()
  return deps.uploads.complete(request.uploadId, async () => {
    const upload = await deps.storage.findUpload(request.bucket, request.name, request.uploadId)
    if (upload === undefined) return describeFinished(deps, request)
    const { name, condition } = request
    const attributes = decodeUploadAttributes(upload.attributes)
    await admitWrite(deps, { bucket: request.bucket, name, userMetadata: {}, condition })
    const parts = matchParts(request.parts, await readUploadedParts(deps, upload))
    checkSizes(request, parts)
    const checksum = checkChecksums(request, attributes, parts)
    const precondition = toPrecondition(condition)
    const { headers, userMetadata, envelope } = attributes
    try {
      const version = await deps.storage.completeUpload(upload, {
        partNumbers: parts.map(({ partNumber }) => partNumber),
        etag: multipartEtag(parts.map(({ etag }) => etag)),
        attributes: encodeAttributes({ headers, userMetadata, ...(checksum && { checksum }), ...(envelope && { envelope }) }),
        ...(precondition && { precondition }),
      })
      return describeWritten(version, envelope, checksum)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (error.fault === 'no-such-upload') return describeFinished(deps, request)
      if (error.fault === 'no-such-version') throw new ObjectError('invalid-part', 'a part went away', {}, error)
      throw error
    }
  })
}

/** What this upload became, when the same parts are named again. Faults: no-such-bucket, no-such-upload. */
async function describeFinished(deps: ObjectsDeps, { bucket, name, uploadId, parts }: CompleteUploadRequest): Promise<WrittenObject> {
  await requireBucket(deps, bucket)
  const version: ObjectVersion | undefined = await deps.storage.findCompleted(bucket, name, uploadId)
  if (version === undefined || !parts.every(({ etag }) => /^[0-9a-f]{32}$/.test(etag))) throw noSuchUpload()
  if (version.etag !== multipartEtag(parts.map(({ etag }) => etag))) throw noSuchUpload()
  const { envelope, checksum } = decodeObjectAttributes(version.attributes)
  return describeWritten(version, envelope, checksum)
}

function checkOrder(parts: readonly NamedPart[]): void {
  if (parts.length === 0 || parts.length > partNumberMax) throw new ObjectError('invalid-part', 'an object is made of 1 to 10,000 parts')
  let previous = 0
  for (const { partNumber } of parts) {
    if (partNumber <= previous) throw new ObjectError('invalid-part-order', 'part numbers ascend', { partNumber })
    previous = partNumber
  }
}

/** The stored part of each one named. Faults: invalid-part. */
function matchParts(named: readonly NamedPart[], stored: readonly UploadedPart[]): readonly UploadedPart[] {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]))
  return named.map(({ partNumber, etag }) => {
    const part = byNumber.get(partNumber)
    if (part?.etag !== etag) throw new ObjectError('invalid-part', 'a part is not there or has another ETag', { partNumber, etag })
    return part
  })
}

/** Faults: entity-too-small, entity-too-large, invalid-checksum-request (x-amz-mp-object-size). */
function checkSizes(request: CompleteUploadRequest, parts: readonly UploadedPart[]): void {
  let size = 0
  for (const [index, part] of parts.entries()) {
    const { partNumber, etag, body } = part
    if (index < parts.length - 1 && body.size < partSizeMin) {
      throw new ObjectError('entity-too-small', 'a part before the last is too small', { partNumber, etag, proposedSize: body.size, minSizeAllowed: partSizeMin })
    }
    size += body.size
  }
  if (size > objectSizeMax) throw new ObjectError('entity-too-large', 'the parts together are more than an object may have', { proposedSize: size })
  if (request.objectSize !== undefined && request.objectSize !== size) {
    throw new ObjectError('invalid-checksum-request', 'the announced size of the object is not that of its parts', { proposedSize: request.objectSize, size })
  }
}

/** The object's checksum, when the upload has an algorithm. Faults: invalid-checksum-request, invalid-part, digest-mismatch. */
function checkChecksums(request: CompleteUploadRequest, attributes: UploadAttributes, parts: readonly UploadedPart[]): Checksum | undefined {
  const declared = attributes.checksum
  const announced = request.checksum
  if (announced !== undefined && announced.algorithm !== declared?.algorithm) {
    throw new ObjectError('invalid-checksum-request', 'the upload was not created with this checksum', { algorithm: announced.algorithm })
  }
  const digests = parts.map((part, index) => {
    const named = request.parts[index]
    assert(named !== undefined, 'each stored part was named')
    const { checksum } = decodePartAttributes(part.attributes)
    checkPartChecksum(named, checksum, declared)
    return { size: part.body.size, checksum }
  })
  if (declared === undefined) return undefined
  const checksum = combineChecksums(declared.algorithm, declared.type, digests.map(({ size, checksum: own }) => {
    const digest = own && parseChecksum(declared.algorithm, own.value)
    assert(digest !== undefined && own?.algorithm === declared.algorithm, 'each part has the checksum of its upload')
    return { digest, size }
  }))
  if (announced !== undefined && !isSameChecksum(announced.value, checksum)) {
    throw new ObjectError('digest-mismatch', 'the object is not the one the client announced', { algorithm: checksum.algorithm })
  }
  return checksum
}

/** A COMPOSITE checksum is the client's own evidence of each part: it must be shown again. */
function checkPartChecksum(named: NamedPart, stored: { readonly algorithm: string; readonly value: string } | undefined, declared: UploadAttributes['checksum']): void {
  const { partNumber, checksum } = named
  if (checksum === undefined) {
    if (declared?.type === 'COMPOSITE') throw new ObjectError('invalid-checksum-request', 'a part is named without its checksum', { partNumber, algorithm: declared.algorithm })
    return
  }
  if (declared !== undefined && checksum.algorithm !== declared.algorithm) {
    throw new ObjectError('invalid-checksum-request', 'a part is named with a checksum of another algorithm', { partNumber, algorithm: checksum.algorithm })
  }
  if (stored?.algorithm !== checksum.algorithm || stored.value !== checksum.value) {
    throw new ObjectError('invalid-part', 'a part has another checksum', { partNumber })
  }
}
