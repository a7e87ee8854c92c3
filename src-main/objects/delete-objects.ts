// DELETE of one or many: one batch for storage, an outcome per name. Absent names are deleted names.
import { assert } from '../base/assert.ts'
import { ObjectError } from './object-fault.ts'
import type { DeleteRequest, DeleteResult } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { liveOnly, requireBucket } from './admit-write.ts'
import { etagMatches } from './rules/conditions.ts'
import { deletionsMax } from './rules/content-limits.ts'
import { findNameFault } from './rules/object-name.ts'
import type { ObjectVersion, Precondition } from '../seams/storage-backend.ts'

type Deletion = Omit<DeleteRequest, 'bucket'>

/** Faults: no-such-bucket and those of writing; all others are in the result. */
export async function deleteObject(deps: ObjectsDeps, request: DeleteRequest): Promise<DeleteResult> {
  const [result] = await deleteObjects(deps, request.bucket, [request])
  if (result === undefined) throw new ObjectError('closed', 'the deletion has no outcome')
  return result
}

/** A deletion and where its outcome goes. */
interface Pending {
  readonly index: number
  readonly deletion: Deletion
}

/**
 * In order of the deletions. A condition is tested before the batch, so that hopeless ones stay out of it, and again as it commits; one
 * that fails only then sends the rest once more. Of equal names the first takes part in a batch; those after it follow in the next.
 */
export async function deleteObjects(deps: ObjectsDeps, bucket: string, deletions: readonly Deletion[]): Promise<readonly DeleteResult[]> {
  assert(deletions.length <= deletionsMax, 'a batch has a limit')
  await requireBucket(deps, bucket)
  const results: DeleteResult[] = []
  let pending: Pending[] = []
  for (const [index, deletion] of deletions.entries()) {
    const refusal = findRefusal(deletion) ?? (await findFailedCondition(deps, bucket, deletion))
    if (refusal === undefined) pending.push({ index, deletion })
    else results[index] = refusal
  }
  while (pending.length > 0) {
    const batch = namesOnce(pending)
    const failed = await deleteBatch(deps, bucket, batch)
    const done = new Set(failed === undefined ? batch : [failed])
    for (const { index, deletion } of done) results[index] = failed === undefined ? deleted(deletion) : refused(deletion, 'precondition-failed')
    pending = pending.filter((entry) => !done.has(entry))
  }
  return results
}

/** Undefined: all were deleted. Else the first whose condition failed; then none was. */
async function deleteBatch(deps: ObjectsDeps, bucket: string, batch: readonly Pending[]): Promise<Pending | undefined> {
  let failed: Pending | undefined
  const toPrecondition = (entry: Pending): Precondition => (current) => {
    if (holds(entry.deletion, current)) return
    failed = entry
    throw new ObjectError('precondition-failed', 'the condition does not hold', { condition: 'If-Match' })
  }
  try {
    await deps.storage.deleteVersions(bucket, batch.map((entry) => {
      const { name, ifMatch } = entry.deletion
      return ifMatch === undefined ? { name } : { name, precondition: toPrecondition(entry) }
    }))
    return undefined
  } catch (error) {
    if (failed !== undefined) return failed
    throw error
  }
}

async function findFailedCondition(deps: ObjectsDeps, bucket: string, deletion: Deletion): Promise<DeleteResult | undefined> {
  if (deletion.ifMatch === undefined) return undefined
  const current = liveOnly(await deps.storage.findVersion(bucket, deletion.name))
  return holds(deletion, current) ? undefined : refused(deletion, 'precondition-failed')
}

function namesOnce(pending: readonly Pending[]): readonly Pending[] {
  const names = new Set<string>()
  return pending.filter(({ deletion: { name } }) => !names.has(name) && names.add(name))
}

/** An object that is not there has nothing that could differ. */
function holds({ ifMatch }: Deletion, current: ObjectVersion | undefined): boolean {
  return ifMatch === undefined || current === undefined || etagMatches(ifMatch, current.etag)
}

function findRefusal(deletion: Deletion): DeleteResult | undefined {
  const fault = findNameFault(deletion.name)
  if (fault !== undefined) return refused(deletion, fault)
  // Buckets are not versioned: the only version is `null`.
  return deletion.versionId === undefined || deletion.versionId === 'null' ? undefined : refused(deletion, 'no-such-version')
}

type RefusedDelete = Extract<DeleteResult, { readonly fault: string }>

function refused({ name, versionId }: Deletion, fault: RefusedDelete['fault']): DeleteResult {
  return versionId === undefined ? { name, fault } : { name, versionId, fault }
}

function deleted({ name, versionId }: Deletion): DeleteResult {
  return versionId === undefined ? { name } : { name, versionId }
}
