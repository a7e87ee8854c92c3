// GetBucketLocation: GET /bucket?location. The empty element stands for us-east-1.
import { xmlReply } from '../reply.ts'
import { document, escapeXml } from '../wire/xml-writer.ts'
import { requireBucket } from './head-bucket.ts'
import type { Operation } from './operation.ts'

export const getBucketLocation: Operation = async (call, objects) => {
  await requireBucket(call, objects)
  const { region } = call.settings
  return xmlReply(document('LocationConstraint', region === 'us-east-1' ? '' : escapeXml(region)))
}
