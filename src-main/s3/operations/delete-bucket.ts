// DeleteBucket: DELETE /bucket. MinIO's x-minio-force-delete would empty it first: refused, since nothing here deletes in bulk unasked.
import { refusal } from '../errors.ts'
import { emptyReply } from '../reply.ts'
import type { Operation } from './operation.ts'

export const deleteBucket: Operation = async (call, objects) => {
  if (call.headers.get('x-minio-force-delete') === 'true') throw refusal('not-implemented', 'Deleting a bucket with its objects is not implemented.')
  await objects.deleteBucket(call.bucket)
  return emptyReply(204)
}
