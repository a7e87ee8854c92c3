// Removes versions: one record each, all of one call in one turn and so, as a rule, in one batch.
import type { DeletedVersion, Precondition } from '../../seams/storage-backend.ts'
import { encodeUtf8 } from '../../base/bytes.ts'
import type { Applied } from './commit/catalogue-apply.ts'
import type { BucketEntry } from './commit/catalogue-schema.ts'
import { pendingKeys } from './commit/pending-writes.ts'
import { findNewest, nullVersionId, requireBucket, toObjectVersion, type NameDeps } from './object-version.ts'

export interface Deletion {
  readonly name: string
  readonly versionId?: string
  readonly precondition?: Precondition
}

/** See StorageBackend.deleteVersions. */
export async function deleteVersions(deps: NameDeps, bucketName: string, deletions: readonly Deletion[]): Promise<readonly DeletedVersion[]> {
  for (;;) {
    const bucket = requireBucket(deps, bucketName)
    const wait = deps.pending.settled(pendingKeys.bucket(bucketName)) ?? firstUnsettled(deps, bucket, deletions)
    if (wait === undefined) return deleteNow(deps, bucket, deletions)
    await wait
  }
}

function firstUnsettled({ pending }: NameDeps, bucket: BucketEntry, deletions: readonly Deletion[]): Promise<void> | undefined {
  for (const { name, precondition } of deletions) {
    const wait = precondition === undefined ? undefined : pending.settled(pendingKeys.name(bucket.id, name))
    if (wait !== undefined) return wait
  }
  return undefined
}

async function deleteNow(deps: NameDeps, bucket: BucketEntry, deletions: readonly Deletion[]): Promise<readonly DeletedVersion[]> {
  for (const { name, precondition } of deletions) precondition?.(findNewest(deps, bucket, name))
  const seen = new Set<string>()
  const outcomes = await Promise.allSettled(deletions.map(async ({ name, versionId }) => {
    const nameKey = pendingKeys.name(bucket.id, name)
    const isOurs = (versionId === undefined || versionId === nullVersionId) && !seen.has(name)
    seen.add(name)
    if (!isOurs || !mayExist(deps, bucket, name, nameKey)) return undefined
    return deps.sequencer.enqueue({ kind: 'delete', body: { b: bucket.id, n: name }, keys: [nameKey, pendingKeys.inBucket(bucket.id)] })
  }))
  return outcomes.map((outcome, index) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return toDeleted(deps, bucket, deletions[index]?.name ?? '', outcome.value)
  })
}

/** Also while a write to the name is under way, or nobody can tell: a store that takes no writes must not call anything deleted. */
function mayExist({ catalogue, sequencer, pending, blocked }: NameDeps, bucket: BucketEntry, name: string, nameKey: string): boolean {
  return sequencer.isStopped || pending.has(nameKey) || blocked.has(nameKey) || catalogue.statements.findObject.get(bucket.id, encodeUtf8(name)) !== undefined
}

function toDeleted({ catalogue }: NameDeps, bucket: BucketEntry, name: string, applied: Applied | undefined): DeletedVersion {
  const row = applied?.removed
  return { name, removed: row === undefined ? undefined : toObjectVersion(catalogue, bucket.body.n, name, row) }
}
