// DeleteObject: DELETE /bucket/name. 204 also when there was nothing.
import { ObjectError } from '../../objects/index.ts'
import { emptyReply } from '../reply.ts'
import { bareEtag } from '../wire/conditions.ts'
import { findParameter } from '../wire/query.ts'
import { addressOf, type Operation } from './operation.ts'

export const deleteObject: Operation = async (call, objects) => {
  const match = call.headers.get('if-match')
  const result = await objects.deleteObject({
    ...addressOf(call, findParameter(call.query, 'versionId')),
    ...(match === undefined ? {} : { ifMatch: bareEtag(match) }),
  })
  if ('fault' in result) throw new ObjectError(result.fault, 'refused', result.fault === 'precondition-failed' ? { condition: 'If-Match' } : {})
  const marker = result.deleteMarkerVersionId
  if (marker !== undefined) return emptyReply(204, ['x-amz-delete-marker', 'true', 'x-amz-version-id', marker])
  return emptyReply(204, result.versionId === undefined ? [] : ['x-amz-version-id', result.versionId])
}
