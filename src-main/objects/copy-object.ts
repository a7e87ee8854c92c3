// CopyObject: the bytes are read through and encrypted anew under a fresh content key, as one body whatever the source was made of.
// An object copied onto itself only for its metadata keeps its bytes.
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { ObjectVersion } from '../seams/storage-backend.ts'
import { admitWrite, chooseStorageClass, toPrecondition } from './admit-write.ts'
import { encodeAttributes } from './attributes.ts'
import { checkCopySize, findCopySource, type CopySource } from './copy-source.ts'
import { describeWritten } from './describe-object.ts'
import { chooseEncryption } from './encryption/choose-encryption.ts'
import { chooseDigests } from './expected-digests.ts'
import { openBytes } from './get-object.ts'
import { ObjectError } from './object-fault.ts'
import type { ContentHeaders, CopyObjectRequest, UserMetadata, WrittenObject } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { commitWhole } from './put-object.ts'
import { takeBytes } from './take-body.ts'

/** Faults: those of admitWrite, of the source, copy-onto-itself, entity-too-large, those of the keystore and storage. */
export async function copyObject(deps: ObjectsDeps, request: CopyObjectRequest, signal: CancelSignal): Promise<WrittenObject> {
  await admitWrite(deps, request)
  const source = await findCopySource(deps, request.source, request.sourceCondition)
  const described = describeCopy(request, source)
  if (isOntoItself(request)) {
    if (isWithoutChange(request, source)) throw new ObjectError('copy-onto-itself', 'the copy would change nothing')
    if (keepsBytes(deps, request, source)) return replaceMetadata(deps, request, source, described)
  }
  checkCopySize(source.version.size)
  return copyBytes(deps, request, source, described, signal)
}

interface Described {
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
}

/** Of the source or of the request; a redirect is never copied. */
function describeCopy(request: CopyObjectRequest, { attributes }: CopySource): Described {
  if (request.metadataDirective === 'REPLACE') return { headers: request.headers, userMetadata: request.userMetadata }
  const { websiteRedirectLocation: _left, ...headers } = attributes.headers
  const redirect = request.headers.websiteRedirectLocation
  return { headers: redirect === undefined ? headers : { ...headers, websiteRedirectLocation: redirect }, userMetadata: attributes.userMetadata }
}

function isOntoItself({ bucket, name, source }: CopyObjectRequest): boolean {
  return source.bucket === bucket && source.name === name
}

function isWithoutChange(request: CopyObjectRequest, { version, attributes }: CopySource): boolean {
  return (
    request.source.versionId === undefined &&
    request.metadataDirective === 'COPY' &&
    request.encryption === undefined &&
    request.headers.websiteRedirectLocation === undefined &&
    (request.storageClass === undefined || request.storageClass === version.storageClass) &&
    (request.checksumAlgorithm === undefined || request.checksumAlgorithm === attributes.checksum?.algorithm)
  )
}

/** Whether only words about the object change: a new class, checksum or encryption needs the bytes. */
function keepsBytes(deps: ObjectsDeps, request: CopyObjectRequest, { version, attributes }: CopySource): boolean {
  return (
    request.encryption === undefined &&
    (attributes.envelope !== undefined || !deps.encryptByDefault) &&
    chooseStorageClass(request.storageClass) === version.storageClass &&
    (request.checksumAlgorithm === undefined || request.checksumAlgorithm === attributes.checksum?.algorithm)
  )
}

async function replaceMetadata(deps: ObjectsDeps, request: CopyObjectRequest, { version, attributes }: CopySource, described: Described): Promise<WrittenObject> {
  const test = toPrecondition(request.condition)
  const replaced = await deps.storage.replaceAttributes(request.bucket, request.name, encodeAttributes({ ...attributes, ...described }), (current) => {
    test?.(current)
    // Its envelope and checksum belong to just these bytes.
    if (current === undefined || !isSameVersion(current, version)) throw new ObjectError('busy', 'the object was written meanwhile')
  })
  return describeWritten(replaced, attributes.envelope, attributes.checksum)
}

function isSameVersion(a: ObjectVersion, b: ObjectVersion): boolean {
  return a.versionId === b.versionId && a.etag === b.etag && a.modifiedMs === b.modifiedMs && JSON.stringify(a.attributes) === JSON.stringify(b.attributes)
}

async function copyBytes(deps: ObjectsDeps, request: CopyObjectRequest, source: CopySource, described: Described, signal: CancelSignal): Promise<WrittenObject> {
  const { version, attributes } = source
  const { bucket, name, condition } = request
  const checksumAlgorithm = request.checksumAlgorithm ?? attributes.checksum?.algorithm
  const storageClass = chooseStorageClass(request.storageClass)
  const encryption = await chooseEncryption(deps, request, request.encryption, signal)
  const bytes = await openBytes(deps, { version, attributes, from: 0, length: version.size }, signal)
  try {
    const taken = await takeBytes(deps, version.size, bytes, chooseDigests(false, checksumAlgorithm), { storageClass, partNumber: 1, ...encryption }, signal)
    return await commitWhole(deps, { bucket, name, ...described, storageClass, condition, checksumAlgorithm }, encryption, taken)
  } finally {
    bytes.cancel()
  }
}
