// From the catalogue's rows to the versions and parts that the seam promises, and what every operation on names shares.
import { encodeUtf8 } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import type { JsonObject } from '../../base/json.ts'
import type { RandomSource } from '../../base/random.ts'
import { StorageError, type ObjectVersion, type StoredBody, type StoredPart, type UploadedPart } from '../../seams/storage-backend.ts'
import { objectKind } from './commit/catalogue-apply.ts'
import type { BucketEntry, ObjectRow, PartRow, VersionPartRow } from './commit/catalogue-schema.ts'
import type { Catalogue } from './commit/catalogue.ts'
import { pendingKeys, type PendingWrites } from './commit/pending-writes.ts'
import { toStorageClass, type CompleteBody, type ObjectBody, type PartBody } from './commit/record-body.ts'
import type { Sequencer } from './commit/sequencer.ts'

/** What operations on names work with. */
export interface NameDeps {
  readonly catalogue: Catalogue
  readonly sequencer: Sequencer
  readonly pending: PendingWrites
  /** Names and uploads of which nothing can be said until more drives are back. */
  readonly blocked: ReadonlyMap<string, number>
  readonly clock: Clock
  readonly random: RandomSource
}

export const nullVersionId = 'null'

const keptJsonLengthMax = 4096

export function requireBucket({ catalogue }: NameDeps, name: string): BucketEntry {
  const bucket = catalogue.bucketByName(name)
  if (bucket === undefined) throw new StorageError('no-such-bucket', 'the bucket does not exist')
  return bucket
}

/** The newest version. Faults: read-quorum-lost when it cannot be told which one that is. */
export function findNewest(deps: NameDeps, bucket: BucketEntry, name: string): ObjectVersion | undefined {
  requireTold(deps, bucket, name)
  const { catalogue } = deps
  const known = catalogue.newest.find(bucket.id, name)
  if (known !== undefined) return known
  const row = catalogue.statements.findObject.get(bucket.id, encodeUtf8(name))
  if (row === undefined) return undefined
  const version = toObjectVersion(catalogue, bucket.body.n, name, row)
  // Small ones only: thousands are kept.
  if (row.kind === objectKind.whole && row.json.length + (row.attributes?.length ?? 0) <= keptJsonLengthMax) catalogue.newest.remember(bucket.id, name, version)
  return version
}

/** As it stands in the catalogue. Faults: those of findNewest. */
export function findNewestRow(deps: NameDeps, bucket: BucketEntry, name: string): ObjectRow | undefined {
  requireTold(deps, bucket, name)
  return deps.catalogue.statements.findObject.get(bucket.id, encodeUtf8(name))
}

function requireTold({ blocked }: NameDeps, bucket: BucketEntry, name: string): void {
  if (blocked.size > 0 && blocked.has(pendingKeys.name(bucket.id, name))) throw cannotTell()
}

export function cannotTell(): StorageError {
  return new StorageError('read-quorum-lost', 'drives that are away know whether the last write was finished')
}

export function toObjectVersion(catalogue: Catalogue, bucket: string, name: string, row: ObjectRow): ObjectVersion {
  // The row was written from a record whose shape was checked.
  const body = JSON.parse(row.json) as ObjectBody | CompleteBody
  const version = {
    bucket, name, versionId: nullVersionId, isDeleteMarker: false, size: body.z, etag: body.e, modifiedMs: body.t, storageClass: toStorageClass(body.c),
    attributes: row.attributes === null ? body.a : (JSON.parse(row.attributes) as JsonObject),
  }
  if (row.kind === objectKind.whole) return { ...version, parts: wholeParts(row.sequence, body as ObjectBody) }
  return withPartsOnDemand(catalogue, row.sequence, version)
}

/** A version that was just written, without asking the catalogue. */
export function toWrittenVersion(bucket: string, sequence: number, body: ObjectBody): ObjectVersion {
  return {
    bucket, name: body.n, versionId: nullVersionId, isDeleteMarker: false, size: body.z, etag: body.e, modifiedMs: body.t,
    storageClass: toStorageClass(body.c), attributes: body.a, parts: wholeParts(sequence, body),
  }
}

function wholeParts(sequence: number, body: ObjectBody): readonly StoredPart[] {
  return body.p === undefined ? [] : [{ partNumber: 1, body: toStoredBody(sequence, body.z, body.p), attributes: body.q ?? {} }]
}

/** Ten thousand parts are read only when somebody asks for them: a listing does not. */
function withPartsOnDemand(catalogue: Catalogue, sequence: number, version: Omit<ObjectVersion, 'parts'>): ObjectVersion {
  let parts: readonly StoredPart[] | undefined
  return {
    ...version,
    get parts() {
      parts ??= catalogue.statements.versionParts.all(sequence).map(toVersionPart)
      return parts
    },
  }
}

function toVersionPart({ number, sequence, size, json }: VersionPartRow): StoredPart {
  if (json === null) return { partNumber: number, body: { size, reference: { s: sequence } }, attributes: {} }
  const body = JSON.parse(json) as PartBody
  return { partNumber: number, body: toStoredBody(sequence, body.z, body.p), attributes: body.a }
}

export function toUploadedPart({ number, sequence, json }: PartRow): UploadedPart {
  const body = JSON.parse(json) as PartBody
  return { partNumber: number, body: toStoredBody(sequence, body.z, body.p), attributes: body.a, etag: body.e, modifiedMs: body.t }
}

/** s: sequence of the record, p: its placement. */
function toStoredBody(sequence: number, size: number, placement: JsonObject | undefined): StoredBody {
  return { size, reference: placement === undefined ? { s: sequence } : { s: sequence, p: placement } }
}

/** Just above every name that begins with `prefix`: no UTF-8 has a byte FF. */
export function afterPrefix(prefix: string): Buffer {
  return Buffer.concat([Buffer.from(prefix, 'utf8'), Buffer.of(0xff)])
}
