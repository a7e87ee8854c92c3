// GET and HEAD: conditions first, then the range or part, then the bytes.
import { assert } from '../base/assert.ts'
import { byteSourceOf, type ByteSource } from '../base/byte-stream.ts'
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { ObjectVersion } from '../seams/storage-backend.ts'
import { decodeObjectAttributes, type ObjectAttributes } from './attributes.ts'
import { describeObject } from './describe-object.ts'
import { ObjectError } from './object-fault.ts'
import { ObjectSource } from './object-source.ts'
import type { ConditionalRead, GetObjectRequest, ObjectAddress, ReadObject } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import { decideRead } from './rules/conditions.ts'
import { locateSegments, partExtent, resolveRange, type ByteRange } from './rules/ranges.ts'

/** A version that was found, and the bytes of it that are meant. */
interface LocatedRead {
  readonly version: ObjectVersion
  readonly attributes: ObjectAttributes
  readonly range: ByteRange | undefined
  readonly from: number
  readonly length: number
}

/** Faults: no-such-bucket, no-such-object, no-such-version, delete-marker, not-modified, precondition-failed, invalid-range, invalid-part-number. */
export async function headObject(deps: ObjectsDeps, request: GetObjectRequest): Promise<ReadObject> {
  return toReadObject(await locate(deps, request))
}

/** Faults: those of headObject and of the keystore; out of the body: damaged, read-quorum-lost, busy, cancelled. */
export async function getObject(deps: ObjectsDeps, request: GetObjectRequest, signal: CancelSignal): Promise<ReadObject> {
  const located = await locate(deps, request)
  const { version, attributes, from, length } = located
  const body = await openBytes(deps, { version, attributes, from, length }, signal)
  return { ...toReadObject(located), body }
}

/** Bytes [from, from + length) of a version. Faults: those of the keystore; out of the source those of reading. */
export async function openBytes(
  deps: ObjectsDeps, read: { readonly version: ObjectVersion; readonly attributes: ObjectAttributes; readonly from: number; readonly length: number }, signal: CancelSignal,
): Promise<ByteSource> {
  const { version, attributes, from, length } = read
  if (length === 0) return byteSourceOf()
  const { envelope } = attributes
  const opening = envelope === undefined ? undefined : deps.contentKeys.open(envelope, version, signal)
  const contentKey = opening instanceof Promise ? await opening : opening
  const segments = locateSegments(partSizesOf(version), from, length)
  return new ObjectSource({ storage: deps.storage, clock: deps.clock, parts: version.parts, contentKey, segments, signal })
}

/** The version meant. Faults: no-such-bucket, no-such-object, no-such-version, delete-marker. */
export async function findObject(deps: ObjectsDeps, { bucket, name, versionId }: ObjectAddress): Promise<ObjectVersion> {
  const version = await deps.storage.findVersion(bucket, name, versionId)
  if (version === undefined) {
    throw versionId === undefined ? new ObjectError('no-such-object', 'no object of this name') : new ObjectError('no-such-version', 'the object has no such version')
  }
  if (!version.isDeleteMarker) return version
  if (versionId !== undefined) throw new ObjectError('delete-marker', 'the version is a delete marker', { versionId, modifiedMs: version.modifiedMs })
  throw new ObjectError('no-such-object', 'the newest version is a delete marker', { deleteMarkerVersionId: version.versionId })
}

/** Faults: precondition-failed, not-modified. */
export function checkReadCondition(deps: ObjectsDeps, condition: ConditionalRead, version: ObjectVersion): void {
  const decision = decideRead(condition, version, deps.clock.nowMs())
  if (decision.outcome === 'proceed') return
  const { etag, modifiedMs } = version
  throw new ObjectError(decision.outcome, 'the condition does not hold', { condition: decision.condition, etag, modifiedMs })
}

async function locate(deps: ObjectsDeps, request: GetObjectRequest): Promise<LocatedRead> {
  const version = await findObject(deps, request)
  checkReadCondition(deps, request.condition, version)
  const attributes = decodeObjectAttributes(version.attributes)
  const whole = { version, attributes, range: undefined, from: 0, length: version.size }
  if (request.partNumber !== undefined) return { ...whole, ...locatePart(version, request.partNumber) }
  if (request.range === undefined) return whole
  const range = resolveRange(request.range, version.size)
  if (range === undefined) throw new ObjectError('invalid-range', 'the range lies outside the object', { size: version.size })
  return { ...whole, range, from: range.from, length: range.to - range.from + 1 }
}

/** Parts are counted from 1 in their order, whatever numbers they were uploaded under; a simple object is its own only part. */
function locatePart(version: ObjectVersion, partNumber: number): { readonly range: ByteRange | undefined; readonly from: number; readonly length: number } {
  const sizes = partSizesOf(version)
  const partCount = Math.max(1, sizes.length)
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > partCount) {
    throw new ObjectError('invalid-part-number', 'the object has no such part', { partNumber, partCount, size: version.size })
  }
  const { from, length } = partExtent(sizes, partNumber - 1)
  return { range: length === 0 ? undefined : { from, to: from + length - 1 }, from, length }
}

function partSizesOf(version: ObjectVersion): readonly number[] {
  const sizes = version.parts.map(({ body }) => body.size)
  assert(sizes.reduce((sum, size) => sum + size, 0) === version.size, 'the sizes of the parts add up')
  return sizes
}

function toReadObject({ version, attributes, range, length }: LocatedRead): ReadObject {
  const info = describeObject(version, attributes)
  return range === undefined ? { info, length } : { info, range, length }
}
