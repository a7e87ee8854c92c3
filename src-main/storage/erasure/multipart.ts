// Uploads in parts: each part is a payload of its own, completing is one record that lists them, nothing is copied.
import { decodeUtf8, encodeUtf8 } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { randomUuid } from '../../base/random.ts'
import { StorageError, type ObjectVersion, type Precondition, type StagedBody, type StorageClass, type UploadedPart, type UploadInfo } from '../../seams/storage-backend.ts'
import { objectKind } from './commit/catalogue-apply.ts'
import type { BucketEntry, NamedUploadRow } from './commit/catalogue-schema.ts'
import { pendingKeys } from './commit/pending-writes.ts'
import { toClassCode, toStorageClass, type CompleteBody, type PartBody, type UploadBody } from './commit/record-body.ts'
import { placementToJson } from './layout/placement-json.ts'
import { cannotTell, findNewest, findNewestRow, requireBucket, toObjectVersion, toUploadedPart, type NameDeps } from './object-version.ts'
import { takePayload } from './staged-body.ts'

export function toUploadInfo(bucket: string, row: NamedUploadRow): UploadInfo {
  // The row was written from a record whose shape was checked.
  const body = JSON.parse(row.json) as UploadBody
  return { uploadId: row.upload, bucket, name: decodeUtf8(row.name) ?? '', startedMs: body.t, storageClass: toStorageClass(body.c), attributes: body.a }
}

/** See StorageBackend.createUpload. */
export async function createUpload(
  deps: NameDeps, upload: { readonly bucket: string; readonly name: string; readonly storageClass: StorageClass; readonly attributes: JsonObject },
): Promise<UploadInfo> {
  for (;;) {
    const bucket = requireBucket(deps, upload.bucket)
    const wait = deps.pending.settled(pendingKeys.bucket(upload.bucket))
    if (wait !== undefined) {
      await wait
      continue
    }
    const uploadId = randomUuid(deps.random).replaceAll('-', '')
    const body: UploadBody = { b: bucket.id, n: upload.name, u: uploadId, c: toClassCode(upload.storageClass), t: deps.clock.nowMs(), a: upload.attributes }
    await deps.sequencer.enqueue({ kind: 'upload', body, keys: [pendingKeys.inBucket(bucket.id)] })
    return { uploadId, startedMs: body.t, ...upload }
  }
}

/** See StorageBackend.findUpload. */
export function findUpload(deps: NameDeps, bucketName: string, name: string, uploadId: string): UploadInfo | undefined {
  const bucket = deps.catalogue.bucketByName(bucketName)
  if (bucket === undefined) return undefined
  const bytes = encodeUtf8(name)
  const row = deps.catalogue.statements.findUpload.get(bucket.id, bytes, uploadId)
  return row === undefined ? undefined : toUploadInfo(bucketName, { ...row, name: Buffer.from(bytes), upload: uploadId })
}

function requireUpload(deps: NameDeps, { bucket: bucketName, name, uploadId }: UploadInfo): BucketEntry {
  const bucket = deps.catalogue.bucketByName(bucketName)
  if (bucket === undefined || deps.catalogue.statements.findUpload.get(bucket.id, encodeUtf8(name), uploadId) === undefined) {
    throw new StorageError('no-such-upload', 'the upload does not exist, or it has ended')
  }
  return bucket
}

/** See StorageBackend.putPart. */
export async function putPart(
  deps: NameDeps, upload: UploadInfo,
  part: { readonly partNumber: number; readonly etag: string; readonly attributes: JsonObject; readonly body: StagedBody | undefined },
): Promise<UploadedPart> {
  try {
    for (;;) {
      const wait = deps.pending.settled(pendingKeys.bucket(upload.bucket)) ?? deps.pending.settled(pendingKeys.uploadEnd(upload.uploadId))
      if (wait !== undefined) {
        await wait
        continue
      }
      const bucket = requireUpload(deps, upload)
      const payload = takePayload(part.body)
      const body: PartBody = {
        b: bucket.id, u: upload.uploadId, r: part.partNumber, e: part.etag, t: deps.clock.nowMs(), z: payload?.placement.size ?? 0, a: part.attributes,
        ...(payload && { p: placementToJson(payload.placement) }),
      }
      const keys = [pendingKeys.inBucket(bucket.id), pendingKeys.upload(upload.uploadId)]
      const { sequence } = await deps.sequencer.enqueue({ kind: 'part', body, keys, ...(payload && { payload }) })
      return toUploadedPart({ number: part.partNumber, sequence, json: JSON.stringify(body) })
    }
  } finally {
    // Harmless when it was taken.
    part.body?.discard()
  }
}

/** See StorageBackend.listParts. */
export function listParts(deps: NameDeps, upload: UploadInfo, after: number, limit: number): readonly UploadedPart[] {
  requireUpload(deps, upload)
  if (deps.blocked.has(pendingKeys.upload(upload.uploadId))) throw cannotTell()
  return deps.catalogue.statements.uploadParts.all(upload.uploadId, after, limit).map(toUploadedPart)
}

/** Whatever must end before an upload may: its parts under way, another end of it, writes to its bucket as a whole. */
function beforeEnd({ pending }: NameDeps, { bucket, uploadId }: UploadInfo): Promise<void> | undefined {
  return pending.settled(pendingKeys.bucket(bucket)) ?? pending.settled(pendingKeys.upload(uploadId)) ?? pending.settled(pendingKeys.uploadEnd(uploadId))
}

/** See StorageBackend.completeUpload. */
export async function completeUpload(
  deps: NameDeps, upload: UploadInfo,
  completion: { readonly partNumbers: readonly number[]; readonly etag: string; readonly attributes: JsonObject; readonly precondition?: Precondition },
): Promise<ObjectVersion> {
  const { bucket: bucketName, name, uploadId } = upload
  for (;;) {
    const bucketId = deps.catalogue.bucketByName(bucketName)?.id ?? 0
    const nameKey = pendingKeys.name(bucketId, name)
    const wait = beforeEnd(deps, upload) ?? (completion.precondition === undefined ? undefined : deps.pending.settled(nameKey))
    if (wait !== undefined) {
      await wait
      continue
    }
    const bucket = requireUpload(deps, upload)
    if (deps.blocked.has(pendingKeys.upload(uploadId))) throw cannotTell()
    completion.precondition?.(findNewest(deps, bucket, name))
    const parts = completion.partNumbers.map((number) => requirePart(deps, uploadId, number))
    const body: CompleteBody = {
      b: bucket.id, n: name, u: uploadId, e: completion.etag, c: toClassCode(upload.storageClass), t: deps.clock.nowMs(),
      z: parts.reduce((sum, [, , size]) => sum + size, 0), a: completion.attributes, l: parts,
    }
    const { sequence } = await deps.sequencer.enqueue({ kind: 'complete', body, keys: [nameKey, pendingKeys.inBucket(bucket.id), pendingKeys.uploadEnd(uploadId)] })
    const row = { sequence, kind: objectKind.completed, json: JSON.stringify(body), attributes_sequence: null, attributes: null }
    return toObjectVersion(deps.catalogue, bucketName, name, row)
  }
}

function requirePart({ catalogue }: NameDeps, uploadId: string, number: number): readonly [number, number, number] {
  const row = catalogue.statements.findUploadPart.get(uploadId, number)
  if (row === undefined) throw new StorageError('no-such-version', 'a part does not exist', { partNumber: number })
  return [number, row.sequence, (JSON.parse(row.json) as PartBody).z]
}

/** See StorageBackend.findCompleted. */
export function findCompleted(deps: NameDeps, bucketName: string, name: string, uploadId: string): ObjectVersion | undefined {
  const row = findNewestRow(deps, requireBucket(deps, bucketName), name)
  if (row?.kind !== objectKind.completed || (JSON.parse(row.json) as CompleteBody).u !== uploadId) return undefined
  return toObjectVersion(deps.catalogue, bucketName, name, row)
}

/** Its parts die. Faults: no-such-upload and those of writing. */
export async function abortUpload(deps: NameDeps, upload: UploadInfo): Promise<void> {
  for (;;) {
    const wait = beforeEnd(deps, upload)
    if (wait !== undefined) {
      await wait
      continue
    }
    const bucket = requireUpload(deps, upload)
    const body = { b: bucket.id, n: upload.name, u: upload.uploadId }
    await deps.sequencer.enqueue({ kind: 'abort', body, keys: [pendingKeys.inBucket(bucket.id), pendingKeys.uploadEnd(upload.uploadId)] })
    return
  }
}
