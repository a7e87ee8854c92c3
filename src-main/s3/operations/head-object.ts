// HeadObject: HEAD /bucket/name
import type { Operation } from './operation.ts'
import { readGetRequest, readOverrides, toReply } from './get-object.ts'

export const headObject: Operation = async (call, objects) => {
  const request = readGetRequest(call)
  return toReply(call, request, readOverrides(call), await objects.headObject(request))
}
