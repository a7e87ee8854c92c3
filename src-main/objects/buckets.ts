// Buckets: made, found, listed, removed.
import { ObjectError } from './object-fault.ts'
import type { BucketSummary } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { isBucketName } from './rules/bucket-name.ts'
import { bucketsMax } from './rules/content-limits.ts'
import type { BucketInfo } from '../seams/storage-backend.ts'

/** Faults: invalid-bucket-name, bucket-exists, too-many-buckets and those of writing. */
export async function createBucket(deps: ObjectsDeps, name: string): Promise<BucketSummary> {
  if (!isBucketName(name)) throw new ObjectError('invalid-bucket-name', 'not a name for a bucket')
  const buckets = await deps.storage.listBuckets()
  if (buckets.length >= bucketsMax && !buckets.some((bucket) => bucket.name === name)) {
    throw new ObjectError('too-many-buckets', `a store has at most ${bucketsMax} buckets`)
  }
  return toSummary(await deps.storage.createBucket(name, {}))
}

export async function findBucket(deps: ObjectsDeps, name: string): Promise<BucketSummary | undefined> {
  const bucket = await deps.storage.findBucket(name)
  return bucket && toSummary(bucket)
}

/** By name in byte order. */
export async function listBuckets(deps: ObjectsDeps): Promise<readonly BucketSummary[]> {
  return (await deps.storage.listBuckets()).map(toSummary)
}

/** Uploads under way do not count; they end with it. Faults: no-such-bucket, bucket-not-empty and those of writing. */
export async function deleteBucket(deps: ObjectsDeps, name: string): Promise<void> {
  await deps.storage.deleteBucket(name)
}

function toSummary({ name, createdMs }: BucketInfo): BucketSummary {
  return { name, createdMs }
}
