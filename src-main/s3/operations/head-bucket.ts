// HeadBucket: HEAD /bucket
import { ObjectError } from '../../objects/index.ts'
import { emptyReply } from '../reply.ts'
import type { Operation, S3Call } from './operation.ts'
import type { Objects } from '../../objects/index.ts'

export const headBucket: Operation = async (call, objects) => {
  await requireBucket(call, objects)
  return emptyReply(200, ['x-amz-bucket-region', call.settings.region])
}

/** Faults: no-such-bucket. */
export async function requireBucket(call: S3Call, objects: Objects): Promise<void> {
  if ((await objects.findBucket(call.bucket)) === undefined) throw new ObjectError('no-such-bucket', 'no such bucket')
}
