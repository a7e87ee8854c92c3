// CreateMultipartUpload: fixes everything but the bytes. The content key is made here; every part is encrypted under a key made of it.
import type { CancelSignal } from '../base/cancel-signal.ts'
import { admitWrite, chooseStorageClass } from './admit-write.ts'
import { encodeAttributes, type UploadAttributes } from './attributes.ts'
import { describeEncryption } from './describe-object.ts'
import { chooseEncryption } from './encryption/choose-encryption.ts'
import { ObjectError } from './object-fault.ts'
import type { CreatedUpload, CreateUploadRequest } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { chooseChecksumType } from './rules/checksum-rules.ts'

/** Faults: those of admitWrite, invalid-checksum-request, those of the keystore and of writing. */
export async function createUpload(deps: ObjectsDeps, request: CreateUploadRequest, signal: CancelSignal): Promise<CreatedUpload> {
  const { bucket, name, headers, userMetadata } = request
  await admitWrite(deps, request)
  const checksum = chooseChecksum(request.checksum)
  const { envelope, contentKey } = await chooseEncryption(deps, request, request.encryption, signal)
  contentKey?.wipe()
  const attributes: UploadAttributes = { headers, userMetadata, ...(checksum && { checksum }), ...(envelope && { envelope }) }
  const { uploadId } = await deps.storage.createUpload({
    bucket, name, storageClass: chooseStorageClass(request.storageClass), attributes: encodeAttributes(attributes),
  })
  return { uploadId, encryption: describeEncryption(envelope), ...(checksum && { checksum }) }
}

function chooseChecksum(asked: CreateUploadRequest['checksum']): UploadAttributes['checksum'] {
  if (asked === undefined) return undefined
  const type = chooseChecksumType(asked.algorithm, asked.type)
  if (type === undefined) throw new ObjectError('invalid-checksum-request', `a checksum of this algorithm cannot be ${String(asked.type)}`, { algorithm: asked.algorithm })
  return { algorithm: asked.algorithm, type }
}
