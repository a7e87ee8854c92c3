// CreateMultipartUpload: POST /bucket/name?uploads
import type { CreateUploadRequest } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { xmlReply } from '../reply.ts'
import { parseChecksumAlgorithm } from '../wire/checksums.ts'
import { encryptionHeaders, readDescribingHeaders } from '../wire/object-headers.ts'
import { document, element } from '../wire/xml-writer.ts'
import type { Operation, S3Call } from './operation.ts'

export const createMultipartUpload: Operation = async (call, objects) => {
  const checksum = readUploadChecksum(call)
  const described = readDescribingHeaders(call.headers)
  const upload = await objects.createUpload(
    { bucket: call.bucket, name: call.name, ...described, ...(checksum === undefined ? {} : { checksum }) },
    call.signal,
  )
  const headers = encryptionHeaders(upload.encryption)
  if (upload.checksum !== undefined)
    headers.push('x-amz-checksum-algorithm', upload.checksum.algorithm.toUpperCase(), 'x-amz-checksum-type', upload.checksum.type)
  const content = element('Bucket', call.bucket) + element('Key', call.name) + element('UploadId', upload.uploadId)
  return xmlReply(document('InitiateMultipartUploadResult', content), headers)
}

function readUploadChecksum(call: S3Call): CreateUploadRequest['checksum'] {
  const algorithmText = call.headers.get('x-amz-checksum-algorithm')
  const type = call.headers.get('x-amz-checksum-type')?.toUpperCase()
  if (algorithmText === undefined) {
    if (type !== undefined) throw refusal('invalid-request', 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.')
    return undefined
  }
  const algorithm = parseChecksumAlgorithm(algorithmText)
  if (type === undefined) return { algorithm }
  if (type !== 'COMPOSITE' && type !== 'FULL_OBJECT') throw refusal('invalid-request', 'Value for x-amz-checksum-type header is invalid.')
  return { algorithm, type }
}
