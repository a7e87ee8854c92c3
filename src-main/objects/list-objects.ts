// Listings: pages come from storage in their order, and are only described here.
import { requireBucket } from './admit-write.ts'
import { listedObject, listedUpload } from './describe-object.ts'
import type { ListedUploadsPage, ListObjectsRequest, ListUploadsRequest, ObjectsPage } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'

/** A page of no entries is the whole answer to a limit of 0. Faults: no-such-bucket. */
export async function listObjects(deps: ObjectsDeps, request: ListObjectsRequest): Promise<ObjectsPage> {
  if (request.limit === 0) {
    await requireBucket(deps, request.bucket)
    return { objects: [], commonPrefixes: [], next: undefined }
  }
  const { objects, commonPrefixes, next } = await deps.storage.listVersions(request)
  return { objects: objects.map(listedObject), commonPrefixes, next }
}

/** By name, then by age. Faults: no-such-bucket. */
export async function listUploads(deps: ObjectsDeps, request: ListUploadsRequest): Promise<ListedUploadsPage> {
  if (request.limit === 0) {
    await requireBucket(deps, request.bucket)
    return { uploads: [], commonPrefixes: [], next: undefined }
  }
  const { uploads, commonPrefixes, next } = await deps.storage.listUploads(request)
  return { uploads: uploads.map(listedUpload), commonPrefixes, next }
}
