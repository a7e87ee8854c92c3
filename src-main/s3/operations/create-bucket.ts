// CreateBucket: PUT /bucket
import { refusal } from '../errors.ts'
import { emptyReply } from '../reply.ts'
import { childText, parseXml } from '../wire/xml-reader.ts'
import { readDescribingHeaders } from '../wire/object-headers.ts'
import type { Operation, S3Call } from './operation.ts'

export const createBucket: Operation = async (call, objects) => {
  refuseUnsupported(call)
  const document = await call.readDocument()
  if (document !== undefined) {
    const location = childText(parseXml(document, 'CreateBucketConfiguration'), 'LocationConstraint') ?? ''
    if (location !== '' && location !== call.settings.region && location !== 'us-east-1') throw refusal('invalid-location')
  }
  await objects.createBucket(call.bucket)
  return emptyReply(200, ['Location', `/${call.bucket}`])
}

function refuseUnsupported(call: S3Call): void {
  if (call.headers.get('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') throw refusal('not-implemented', 'Object lock is not implemented.')
  const ownership = call.headers.get('x-amz-object-ownership')
  if (ownership !== undefined && ownership !== 'BucketOwnerEnforced') throw refusal('not-implemented', 'Only BucketOwnerEnforced ownership is implemented.')
  readDescribingHeaders(call.headers)
}
