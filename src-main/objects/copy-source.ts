// What is copied from: found, allowed by its conditions, and read through as if a client had sent it.
import type { ObjectVersion } from '../seams/storage-backend.ts'
import { decodeObjectAttributes, type ObjectAttributes } from './attributes.ts'
import { findObject } from './get-object.ts'
import { ObjectError } from './object-fault.ts'
import type { ConditionalRead, ObjectAddress } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { decideRead } from './rules/conditions.ts'
import { copySizeMax } from './rules/content-limits.ts'

export interface CopySource {
  readonly version: ObjectVersion
  readonly attributes: ObjectAttributes
}

/** Faults: those of findObject; precondition-failed for every condition that does not hold (a copy is never "not modified"). */
export async function findCopySource(deps: ObjectsDeps, address: ObjectAddress, condition: ConditionalRead): Promise<CopySource> {
  const version = await findObject(deps, address)
  const decision = decideRead(condition, version, deps.clock.nowMs())
  if (decision.outcome !== 'proceed') {
    throw new ObjectError('precondition-failed', 'the condition on the source does not hold', { condition: `x-amz-copy-source-${decision.condition}` })
  }
  return { version, attributes: decodeObjectAttributes(version.attributes) }
}

/** Faults: entity-too-large. */
export function checkCopySize(size: number): void {
  if (size > copySizeMax) throw new ObjectError('entity-too-large', 'more bytes than one copy may take', { proposedSize: size })
}
