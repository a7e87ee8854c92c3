// StorageBackend: buckets, versions of objects, multipart uploads and their bytes, whatever keeps them (local drives | another S3).
// Reads of names answer from what is committed or about to be; every write is durable on the write quorum of its class when its promise resolves.
import type { ByteSource } from '../base/byte-stream.ts'
import type { CancelSignal } from '../base/cancel-signal.ts'
import type { JsonObject } from '../base/json.ts'
import { TaggedError } from '../base/tagged-error.ts'
import type { Digests, ReadRecipe, WriteRecipe } from '../crypto/body-recipe.ts'

export type StorageFault =
  | 'no-such-bucket' | 'bucket-exists' | 'bucket-not-empty'
  | 'no-such-version' | 'no-such-upload'
  /** The body ended before its declared size. */
  | 'body-too-short'
  /** The body went on past its declared size. */
  | 'body-too-long'
  /** No room on enough drives. */
  | 'storage-full'
  /** Too few drives take writes. Nothing became visible, or (drive lost between write and answer) the write may yet appear whole. */
  | 'write-quorum-lost'
  /** Too few good shards can be reached now; drives that are away may bring them back. */
  | 'read-quorum-lost'
  /** More shards are damaged than parity repairs, with every drive present. */
  | 'damaged'
  /** Queues are full; try again. */
  | 'busy'
  | 'closed'
  | 'cancelled'

export class StorageError extends TaggedError<StorageFault> {}

export type StorageClass = 'STANDARD' | 'REDUCED_REDUNDANCY'

/** Where one part's bytes are. Opaque above storage; plain JSON so that it can stand in metadata. */
export interface StoredBody {
  /** Bytes as the client sent them. */
  readonly size: number
  /** The engine's own reference. */
  readonly reference: JsonObject
}

export interface BucketInfo {
  readonly name: string
  readonly createdMs: number
  /** Settings, one JSON text per kind (for example `encryption`). */
  readonly documents: Readonly<Record<string, string>>
}

export interface ObjectVersion {
  readonly bucket: string
  readonly name: string
  /** `null` (the text) for the version of an unversioned bucket. */
  readonly versionId: string
  readonly isDeleteMarker: boolean
  /** Plain bytes. */
  readonly size: number
  /** Without quotes; `-N` at the end for a multipart object. */
  readonly etag: string
  readonly modifiedMs: number
  readonly storageClass: StorageClass
  /** The object layer's own: headers, user metadata, checksums, encryption envelope. At most `attributesSizeMax` as JSON. */
  readonly attributes: JsonObject
  /** One per part in order; empty when the object is. Each entry's `attributes` is the object layer's own for that part. */
  readonly parts: readonly StoredPart[]
}

export interface StoredPart {
  readonly partNumber: number
  readonly body: StoredBody
  readonly attributes: JsonObject
}

export const attributesSizeMax = 64 * 1024
export const partsMax = 10_000

/** A body that was taken in: its shards are where they will stay, but nothing refers to them. Commit it once or discard it. */
export interface StagedBody {
  readonly size: number
  readonly digests: Digests
  /** Frees what it holds. Harmless after a commit, and twice. */
  discard(): void
}

/**
 * Called with the newest version (undefined: absent or a delete marker) in the same turn in which the write gets its place in the order,
 * so that it and the write are atomic. To refuse, it throws; the write then rejects with just that error.
 */
export type Precondition = (current: ObjectVersion | undefined) => void

export interface PutVersion {
  readonly bucket: string
  readonly name: string
  readonly etag: string
  readonly storageClass: StorageClass
  readonly attributes: JsonObject
  readonly partAttributes: JsonObject
  /** Undefined for an object of no bytes. */
  readonly body: StagedBody | undefined
  readonly precondition?: Precondition
}

export interface DeletedVersion {
  readonly name: string
  /** What was removed; undefined when there was nothing. */
  readonly removed: ObjectVersion | undefined
}

export interface ListQuery {
  readonly bucket: string
  readonly prefix: string
  /** Empty: none. May be several characters. */
  readonly delimiter: string
  /** Exclusive; in unsigned UTF-8 byte order. A common prefix that equals it, or lies at or before it, is not repeated. */
  readonly after: string
  /** Objects and common prefixes together, 1 to 1000. */
  readonly limit: number
}

export interface ListPage {
  /** Newest live versions; delete markers never show. */
  readonly objects: readonly ObjectVersion[]
  readonly commonPrefixes: readonly string[]
  /** Give it as `after` to go on; undefined at the end. */
  readonly next: string | undefined
}

export interface UploadInfo {
  readonly uploadId: string
  readonly bucket: string
  readonly name: string
  readonly startedMs: number
  readonly storageClass: StorageClass
  readonly attributes: JsonObject
}

export interface UploadedPart extends StoredPart {
  readonly etag: string
  readonly modifiedMs: number
}

export interface ListUploadsQuery {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string
  /** Exclusive pair; `uploadId` empty means after every upload of that name. */
  readonly afterName: string
  readonly afterUploadId: string
  readonly limit: number
}

export interface UploadsPage {
  readonly uploads: readonly UploadInfo[]
  readonly commonPrefixes: readonly string[]
  readonly next: { readonly name: string; readonly uploadId: string } | undefined
}

export type StorageHealth = 'ok' | 'degraded' | 'at-risk' | 'read-only' | 'offline'

export interface SpaceReport {
  /** Bytes of user data that still fit, by the fullest drive and the default class. */
  readonly usableFreeBytes: number
  readonly usableTotalBytes: number
  readonly rawFreeBytes: number
  readonly rawTotalBytes: number
}

export type DriveState = 'ok' | 'healing' | 'out-of-service' | 'missing' | 'full' | 'read-only' | 'damaged'

export interface DriveReport {
  readonly driveId: string
  readonly slot: number
  readonly path: string | undefined
  readonly state: DriveState
  /** Why, for people; empty when ok. */
  readonly reason: string
  readonly freeBytes: number
  readonly totalBytes: number
  /** A folder on a disk that holds other things too. */
  readonly isFolder: boolean
  readonly readErrors: number
  readonly writeErrors: number
}

export interface HealReport {
  readonly running: boolean
  readonly recordsDone: number
  readonly recordsTotal: number
  readonly bytesDone: number
  readonly failed: number
}

/** What only local drives can tell. */
export interface DriveFacts {
  readonly health: StorageHealth
  readonly drives: readonly DriveReport[]
  readonly dataShards: number
  readonly parityShards: number
  /** Further losses that reads, and writes, survive now. Negative: already lost. */
  readonly readLossesLeft: number
  readonly writeLossesLeft: number
  readonly space: SpaceReport
  readonly heal: HealReport
  readonly damageFound: number
  readonly damageRepaired: number
}

/** How one body lies on the drives. */
export interface StoredPlacement {
  readonly dataShards: number
  readonly parityShards: number
  /** Small: its shards are in the logs of the drives, not in files of their own. */
  readonly inline: boolean
}

export interface LocalDrives {
  facts(): Promise<DriveFacts>
  /** Undefined: no drive at hand knows. */
  placement(body: StoredBody): StoredPlacement | undefined
}

export interface StorageBackend {
  /** Faults: bucket-exists, write-quorum-lost, storage-full. */
  createBucket(name: string, documents: Readonly<Record<string, string>>): Promise<BucketInfo>
  findBucket(name: string): Promise<BucketInfo | undefined>
  /** By name in byte order. */
  listBuckets(): Promise<readonly BucketInfo[]>
  /** Replaces one document, or removes it (undefined). Faults: no-such-bucket and those of writing. */
  putBucketDocument(name: string, kind: string, document: string | undefined): Promise<void>
  /** Faults: no-such-bucket, bucket-not-empty (uploads under way do not count; they are aborted). */
  deleteBucket(name: string): Promise<void>

  /**
   * Takes in exactly `size` bytes (1 to 5 TiB), runs the recipe, places the shards. Memory used does not depend on `size`.
   * Faults: body-too-short, body-too-long, storage-full, write-quorum-lost, busy, cancelled, and the source's own error as it is.
   */
  stageBody(size: number, source: ByteSource, recipe: WriteRecipe, storageClass: StorageClass, signal: CancelSignal): Promise<StagedBody>
  /** Makes it the newest version of its name, replacing the `null` version. Faults: no-such-bucket, the precondition's, those of writing. Consumes the body, also on fault. */
  putVersion(version: PutVersion): Promise<ObjectVersion>
  /** The newest version, delete markers included; or the one named. Undefined: absent. Faults: no-such-bucket. */
  findVersion(bucket: string, name: string, versionId?: string): Promise<ObjectVersion | undefined>
  /**
   * `length` plain bytes of a body from `offset`, both within its size; touches only what they need. Errors come out of `next`:
   * read-quorum-lost, damaged. Bytes that fail their tag are never given out.
   */
  readBody(body: StoredBody, offset: number, length: number, recipe: ReadRecipe, signal: CancelSignal): ByteSource
  /** One batch: each name's newest version is removed (unversioned bucket). Absent names are not a fault. A precondition that throws rejects the whole call. */
  deleteVersions(bucket: string, deletions: readonly { readonly name: string; readonly versionId?: string; readonly precondition?: Precondition }[]): Promise<readonly DeletedVersion[]>
  /** Changes only the attributes of the version that is newest now (its bytes stay). Faults: no-such-version, the precondition's. */
  replaceAttributes(bucket: string, name: string, attributes: JsonObject, precondition?: Precondition): Promise<ObjectVersion>
  listVersions(query: ListQuery): Promise<ListPage>

  createUpload(upload: { readonly bucket: string; readonly name: string; readonly storageClass: StorageClass; readonly attributes: JsonObject }): Promise<UploadInfo>
  findUpload(bucket: string, name: string, uploadId: string): Promise<UploadInfo | undefined>
  /** Replaces a part of the same number. Faults: no-such-upload (also when it ended meanwhile; the body is then discarded) and those of writing. */
  putPart(upload: UploadInfo, part: { readonly partNumber: number; readonly etag: string; readonly attributes: JsonObject; readonly body: StagedBody | undefined }): Promise<UploadedPart>
  /** Parts above `after` in order, at most `limit`. Faults: no-such-upload. */
  listParts(upload: UploadInfo, after: number, limit: number): Promise<readonly UploadedPart[]>
  /**
   * One record makes the version out of the parts named (numbers ascending, all present); other parts are dropped.
   * Faults: no-such-upload, no-such-version (a part is gone), the precondition's, those of writing.
   */
  completeUpload(upload: UploadInfo, completion: { readonly partNumbers: readonly number[]; readonly etag: string; readonly attributes: JsonObject; readonly precondition?: Precondition }): Promise<ObjectVersion>
  /** The version that this upload became, while it is still the newest of its name: a repeated complete is answered with it. */
  findCompleted(bucket: string, name: string, uploadId: string): Promise<ObjectVersion | undefined>
  abortUpload(upload: UploadInfo): Promise<void>
  listUploads(query: ListUploadsQuery): Promise<UploadsPage>

  health(): StorageHealth
  /** Calls back whenever health or a drive's state changes; the result ends it. */
  watchHealth(listener: () => void): () => void
  /** Only local drives have it. */
  readonly drives?: LocalDrives
}
