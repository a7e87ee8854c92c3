// ListParts, and the end of an upload that nobody completes.
import { listedUpload, describeEncryption, describePart } from './describe-object.ts'
import { findUpload } from './find-upload.ts'
import type { PartsPage, UploadAddress } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { partNumberMax } from './rules/content-limits.ts'
import type { UploadedPart, UploadInfo } from '../seams/storage-backend.ts'

const pageSize = 1000

/** Faults: no-such-bucket, no-such-upload. */
export async function listParts(deps: ObjectsDeps, address: UploadAddress, after: number, limit: number): Promise<PartsPage> {
  const { upload, attributes } = await findUpload(deps, address)
  // One more than asked for tells whether there are more.
  const parts = limit === 0 ? [] : await deps.storage.listParts(upload, after, limit + 1)
  const encryption = describeEncryption(attributes.envelope)
  return { upload: listedUpload(upload), parts: parts.slice(0, limit).map((part) => describePart(part, encryption)), truncated: parts.length > limit }
}

/** All parts, in order. */
export async function readUploadedParts(deps: ObjectsDeps, upload: UploadInfo): Promise<readonly UploadedPart[]> {
  const parts: UploadedPart[] = []
  while (parts.length < partNumberMax) {
    const page = await deps.storage.listParts(upload, parts.at(-1)?.partNumber ?? 0, pageSize)
    parts.push(...page)
    if (page.length < pageSize) break
  }
  return parts
}

/** Faults: no-such-bucket, no-such-upload and those of writing. */
export async function abortUpload(deps: ObjectsDeps, address: UploadAddress): Promise<void> {
  const { upload } = await findUpload(deps, address)
  await deps.storage.abortUpload(upload)
}
