// UploadPart: PUT /bucket/name?partNumber=&uploadId=
import type { UploadAddress } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { emptyReply } from '../reply.ts'
import { refuseEncryptionHeaders } from '../wire/object-headers.ts'
import { findParameter } from '../wire/query.ts'
import { readPartNumber } from './get-object.ts'
import type { Operation, S3Call } from './operation.ts'
import { requireEmpty, writtenHeaders } from './put-object.ts'

export const uploadPart: Operation = async (call, objects) => {
  const partNumber = readPartNumber(findParameter(call.query, 'partNumber') ?? '')
  refuseEncryptionHeaders(call.headers)
  const body = call.openBody()
  if (body.size === 0) await requireEmpty(body.source)
  const part = await objects.uploadPart({ ...uploadAddressOf(call), partNumber, body }, call.signal)
  return emptyReply(200, writtenHeaders(part))
}

/** Faults: invalid-argument (empty upload id). */
export function uploadAddressOf(call: S3Call): UploadAddress {
  const uploadId = findParameter(call.query, 'uploadId') ?? ''
  if (uploadId === '') throw refusal('invalid-argument', 'This operation does not accept an empty upload id', { argumentName: 'uploadId' })
  return { bucket: call.bucket, name: call.name, uploadId }
}
