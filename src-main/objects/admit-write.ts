// What a write is refused for before a byte of its body is read; and the precondition that decides again, atomically, at its commit.
import { ObjectError } from './object-fault.ts'
import type { ConditionalWrite, UserMetadata } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { decideWrite, isConditional } from './rules/conditions.ts'
import { userMetadataSize, userMetadataSizeMax } from './rules/content-limits.ts'
import { findNameFault } from './rules/object-name.ts'
import type { ObjectVersion, Precondition, StorageClass } from '../seams/storage-backend.ts'

export interface WriteToAdmit {
  readonly bucket: string
  readonly name: string
  readonly userMetadata: UserMetadata
  readonly storageClass?: StorageClass
  readonly condition?: ConditionalWrite
}

/** Faults: invalid-object-name, object-name-too-long, metadata-too-large, invalid-storage-class, no-such-bucket, precondition-failed, no-such-object. */
export async function admitWrite(deps: ObjectsDeps, write: WriteToAdmit): Promise<void> {
  checkName(write.name)
  if (userMetadataSize(write.userMetadata) > userMetadataSizeMax) {
    throw new ObjectError('metadata-too-large', `names and values of user metadata have more than ${userMetadataSizeMax} bytes`)
  }
  chooseStorageClass(write.storageClass)
  const { condition } = write
  if (condition === undefined || !isConditional(condition)) return requireBucket(deps, write.bucket)
  toPrecondition(condition)?.(liveOnly(await deps.storage.findVersion(write.bucket, write.name)))
}

/** Faults: no-such-bucket. */
export async function requireBucket(deps: ObjectsDeps, bucket: string): Promise<void> {
  if ((await deps.storage.findBucket(bucket)) === undefined) throw new ObjectError('no-such-bucket', 'no bucket of this name')
}

/** Faults: invalid-object-name, object-name-too-long. */
export function checkName(name: string): void {
  const fault = findNameFault(name)
  if (fault !== undefined) throw new ObjectError(fault, 'an object name has 1 to 1024 bytes of UTF-8 and no NUL')
}

/** The class asked for, or STANDARD. Faults: invalid-storage-class. */
export function chooseStorageClass(asked: StorageClass | undefined): StorageClass {
  if (asked === undefined) return 'STANDARD'
  if (asked === 'STANDARD' || asked === 'REDUCED_REDUNDANCY') return asked
  throw new ObjectError('invalid-storage-class', 'no storage class of this name')
}

/** Undefined when there is nothing to test. What it throws: precondition-failed, no-such-object. */
export function toPrecondition(condition: ConditionalWrite): Precondition | undefined {
  if (!isConditional(condition)) return undefined
  return (current) => {
    const decision = decideWrite(condition, current?.etag)
    switch (decision.outcome) {
      case 'proceed': return
      case 'no-such-object': throw new ObjectError('no-such-object', 'there is no object whose ETag could match')
      case 'precondition-failed': throw new ObjectError('precondition-failed', 'the condition does not hold', { condition: decision.condition })
    }
  }
}

export function liveOnly(version: ObjectVersion | undefined): ObjectVersion | undefined {
  return version?.isDeleteMarker === true ? undefined : version
}
