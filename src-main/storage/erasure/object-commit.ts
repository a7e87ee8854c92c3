// Makes versions: a staged body becomes the newest version of its name, or the attributes of the newest one change.
import type { JsonObject } from '../../base/json.ts'
import { StorageError, type ObjectVersion, type Precondition, type PutVersion } from '../../seams/storage-backend.ts'
import { pendingKeys } from './commit/pending-writes.ts'
import { toClassCode, type ObjectBody } from './commit/record-body.ts'
import { placementToJson } from './layout/placement-json.ts'
import { findNewest, findNewestRow, requireBucket, toObjectVersion, toWrittenVersion, type NameDeps } from './object-version.ts'
import { takePayload } from './staged-body.ts'

/** See StorageBackend.putVersion. */
export async function putVersion(deps: NameDeps, version: PutVersion): Promise<ObjectVersion> {
  const { bucket: bucketName, name, etag, storageClass, attributes, partAttributes, body, precondition } = version
  try {
    for (;;) {
      const bucket = requireBucket(deps, bucketName)
      const nameKey = pendingKeys.name(bucket.id, name)
      const wait = deps.pending.settled(pendingKeys.bucket(bucketName)) ?? (precondition === undefined ? undefined : deps.pending.settled(nameKey))
      if (wait !== undefined) {
        await wait
        continue
      }
      // From here to `enqueue` nothing is awaited: the precondition holds when the write gets its place in the order.
      precondition?.(findNewest(deps, bucket, name))
      const payload = takePayload(body)
      const record: ObjectBody = {
        b: bucket.id, n: name, e: etag, c: toClassCode(storageClass), t: deps.clock.nowMs(), z: payload?.placement.size ?? 0, a: attributes,
        ...(payload && { p: placementToJson(payload.placement), q: partAttributes }),
      }
      const keys = [nameKey, pendingKeys.inBucket(bucket.id)]
      const applied = await deps.sequencer.enqueue({ kind: 'object', body: record, keys, ...(payload && { payload }) })
      return toWrittenVersion(bucketName, applied.sequence, record)
    }
  } finally {
    // Harmless when it was taken.
    body?.discard()
  }
}

/** See StorageBackend.replaceAttributes. */
export async function replaceAttributes(deps: NameDeps, bucketName: string, name: string, attributes: JsonObject, precondition?: Precondition): Promise<ObjectVersion> {
  for (;;) {
    const bucket = requireBucket(deps, bucketName)
    const nameKey = pendingKeys.name(bucket.id, name)
    const wait = deps.pending.settled(pendingKeys.bucket(bucketName)) ?? deps.pending.settled(nameKey)
    if (wait !== undefined) {
      await wait
      continue
    }
    const row = findNewestRow(deps, bucket, name)
    const current = row === undefined ? undefined : toObjectVersion(deps.catalogue, bucketName, name, row)
    precondition?.(current)
    if (row === undefined || current === undefined) throw new StorageError('no-such-version', 'the object does not exist')
    const body = { b: bucket.id, n: name, o: row.sequence, a: attributes }
    await deps.sequencer.enqueue({ kind: 'attributes', body, keys: [nameKey, pendingKeys.inBucket(bucket.id)] })
    return toObjectVersion(deps.catalogue, bucketName, name, { ...row, attributes: JSON.stringify(attributes) })
  }
}
