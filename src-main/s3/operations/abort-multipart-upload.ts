// AbortMultipartUpload: DELETE /bucket/name?uploadId=
import { emptyReply } from '../reply.ts'
import type { Operation } from './operation.ts'
import { uploadAddressOf } from './upload-part.ts'

export const abortMultipartUpload: Operation = async (call, objects) => {
  await objects.abortUpload(uploadAddressOf(call))
  return emptyReply(204)
}
