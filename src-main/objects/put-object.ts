// PUT: one body becomes the newest version of its name.
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { PutVersion } from '../seams/storage-backend.ts'
import { admitWrite, chooseStorageClass, toPrecondition } from './admit-write.ts'
import { encodeAttributes, encodePartAttributes } from './attributes.ts'
import { describeWritten } from './describe-object.ts'
import { chooseEncryption, type ChosenEncryption } from './encryption/choose-encryption.ts'
import { checksumOf, etagOf } from './expected-digests.ts'
import { ObjectError } from './object-fault.ts'
import type { Checksum, ChecksumAlgorithm, ConditionalWrite, ContentHeaders, PutObjectRequest, UserMetadata, WrittenObject } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { wholePutSizeMax } from './rules/content-limits.ts'
import { takeIncomingBody, type TakenBody } from './take-body.ts'
import type { StorageClass } from '../seams/storage-backend.ts'

/** Faults: entity-too-large and those of admitWrite. */
export async function checkPut(deps: ObjectsDeps, request: Omit<PutObjectRequest, 'body'> & { readonly size: number }): Promise<void> {
  if (request.size > wholePutSizeMax) throw new ObjectError('entity-too-large', 'more bytes than one PUT may bring', { proposedSize: request.size })
  await admitWrite(deps, request)
}

/** Faults: those of checkPut, of the body, the keystore and storage. */
export async function putObject(deps: ObjectsDeps, request: PutObjectRequest, signal: CancelSignal): Promise<WrittenObject> {
  const { body } = request
  try {
    await checkPut(deps, { ...request, size: body.size })
    const encryption = await chooseEncryption(deps, request, request.encryption, signal)
    const storageClass = chooseStorageClass(request.storageClass)
    const taken = await takeIncomingBody(deps, body, { storageClass, partNumber: 1, ...encryption }, signal)
    return await commitWhole(deps, { ...request, storageClass, checksumAlgorithm: body.digests.checksum }, encryption, taken)
  } finally {
    // Harmless when it was read to its end; else whoever sends must learn that nobody reads on.
    body.source.cancel()
  }
}

export interface WholeObject {
  readonly bucket: string
  readonly name: string
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly storageClass: StorageClass
  readonly condition: ConditionalWrite
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined
}

/** The record that makes a body that was taken in the newest version. */
export async function commitWhole(deps: ObjectsDeps, object: WholeObject, encryption: ChosenEncryption, taken: TakenBody): Promise<WrittenObject> {
  const { headers, userMetadata, checksumAlgorithm } = object
  const { digests, streamNonce } = taken
  const checksum: Checksum | undefined = checksumAlgorithm && { algorithm: checksumAlgorithm, type: 'FULL_OBJECT', value: checksumOf(digests, checksumAlgorithm) }
  const { envelope } = encryption
  const precondition = toPrecondition(object.condition)
  const version: PutVersion = {
    bucket: object.bucket,
    name: object.name,
    etag: etagOf(digests),
    storageClass: object.storageClass,
    attributes: encodeAttributes({ headers, userMetadata, ...(checksum && { checksum }), ...(envelope && { envelope }) }),
    partAttributes: encodePartAttributes(streamNonce === undefined ? {} : { streamNonce }),
    body: taken.staged,
    ...(precondition && { precondition }),
  }
  return describeWritten(await deps.storage.putVersion(version), envelope, checksum)
}
