// What goes into and comes out of the object layer: values, no behaviour. S3's key is `name` here.
import type { ByteSource } from '../base/byte-stream.ts'
import type { DigestAlgorithm } from '../crypto/body-recipe.ts'
import type { StorageClass, StoredPlacement } from '../seams/storage-backend.ts'

export type ChecksumAlgorithm = Exclude<DigestAlgorithm, 'md5'>
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
  /** Base64 of the big-endian digest; COMPOSITE with `-N` at the end. */
  readonly value: string
}

/** Headers that are kept and given back as they came; undefined when not sent. */
export interface ContentHeaders {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
  readonly contentLanguage?: string
  readonly cacheControl?: string
  readonly expires?: string
  readonly websiteRedirectLocation?: string
}

/** Lower-case names without `x-amz-meta-`. Names and values together at most 2 KiB. */
export type UserMetadata = Readonly<Record<string, string>>

export interface EncryptionRequest {
  readonly kind: 'SSE-S3'
}

/** What is in force, for the reply headers. */
export interface EncryptionInfo {
  readonly kind: 'SSE-S3' | 'none'
}

/** What the client announced about the body. Read when the body has ended, so that trailers count. */
export interface ExpectedDigests {
  /** Hex SHA-256 of the payload from x-amz-content-sha256. */
  readonly payloadSha256?: Uint8Array
  readonly md5?: Uint8Array
  /** From a header or a trailer. Algorithm without value: only compute and store it. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: Uint8Array }
}

export interface IncomingBody {
  /** Plain bytes to come: Content-Length, or x-amz-decoded-content-length. */
  readonly size: number
  readonly source: ByteSource
  /** Which digests will be asked for; known before the body. */
  readonly digests: { readonly payloadSha256: boolean; readonly md5Announced: boolean; readonly checksum?: ChecksumAlgorithm }
  /** Called once after the source has ended. */
  expected(): ExpectedDigests
}

export interface ConditionalWrite {
  /** ETag without quotes, or `*`. */
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
}

export interface ConditionalRead extends ConditionalWrite {
  readonly ifModifiedSinceMs?: number
  readonly ifUnmodifiedSinceMs?: number
}

/** As asked, unresolved: exactly one of the forms. */
export type RangeRequest =
  | { readonly form: 'from-to'; readonly from: number; readonly to: number }
  | { readonly form: 'from'; readonly from: number }
  | { readonly form: 'last'; readonly length: number }

export interface ObjectAddress {
  readonly bucket: string
  readonly name: string
  readonly versionId?: string
}

export interface PutObjectRequest extends ObjectAddress {
  readonly body: IncomingBody
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly storageClass?: StorageClass
  readonly encryption?: EncryptionRequest
  readonly condition: ConditionalWrite
}

export interface WrittenObject {
  readonly etag: string
  /** Undefined in an unversioned bucket. */
  readonly versionId?: string
  readonly size: number
  readonly modifiedMs: number
  readonly encryption: EncryptionInfo
  readonly checksum?: Checksum
}

export interface ObjectInfo extends WrittenObject {
  readonly name: string
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly storageClass: StorageClass
  /** Number of parts of a multipart object; undefined for a simple one. */
  readonly partCount?: number
}

export interface EncryptionReceipt {
  readonly algorithm: 'AES-256-GCM'
  readonly keyName: string
  readonly keyVersion: number
  readonly sealedKeyScheme: string
  /** Bytes of content that are encrypted and authenticated together. */
  readonly packageBytes: number
}

export interface InspectedObject {
  readonly info: ObjectInfo
  /** The ETag is the MD5 of the content, or of its parts' MD5s. */
  readonly etagIsOf: 'content' | 'parts'
  /** Absent: stored in the clear. */
  readonly encryption?: EncryptionReceipt
  /** Of its first part. Absent: it has no bytes, or storage is not on local drives. */
  readonly placement?: StoredPlacement
}

export interface GetObjectRequest extends ObjectAddress {
  readonly condition: ConditionalRead
  readonly range?: RangeRequest
  readonly partNumber?: number
}

export interface ReadObject {
  readonly info: ObjectInfo
  /** Resolved; undefined when the whole object is meant. `to` is inclusive. */
  readonly range?: { readonly from: number; readonly to: number }
  /** Bytes of the answer. */
  readonly length: number
  /** Absent for HEAD. The consumer cancels or drains it. */
  readonly body?: ByteSource
}

export interface CopyObjectRequest extends ObjectAddress {
  readonly source: ObjectAddress
  readonly sourceCondition: ConditionalRead
  readonly metadataDirective: 'COPY' | 'REPLACE'
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly storageClass?: StorageClass
  readonly encryption?: EncryptionRequest
  readonly checksumAlgorithm?: ChecksumAlgorithm
  readonly condition: ConditionalWrite
}

export interface CreateUploadRequest extends ObjectAddress {
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly storageClass?: StorageClass
  readonly encryption?: EncryptionRequest
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type?: ChecksumType }
}

export interface UploadAddress {
  readonly bucket: string
  readonly name: string
  readonly uploadId: string
}

export interface CreatedUpload {
  readonly uploadId: string
  readonly encryption: EncryptionInfo
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}

export interface UploadPartRequest extends UploadAddress {
  /** 1 to 10,000. */
  readonly partNumber: number
  readonly body: IncomingBody
}

export interface CopyPartRequest extends UploadAddress {
  readonly partNumber: number
  readonly source: ObjectAddress
  readonly sourceCondition: ConditionalRead
  /** Both ends inclusive. */
  readonly sourceRange?: { readonly from: number; readonly to: number }
}

export interface PartInfo {
  readonly partNumber: number
  readonly etag: string
  readonly size: number
  readonly modifiedMs: number
  readonly encryption: EncryptionInfo
  readonly checksum?: Checksum
}

export interface CompleteUploadRequest extends UploadAddress {
  readonly parts: readonly { readonly partNumber: number; readonly etag: string; readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string } }[]
  /** Of the whole object, when the client sent one. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
  readonly objectSize?: number
  readonly condition: ConditionalWrite
}

export interface ListedObject {
  readonly name: string
  readonly etag: string
  readonly size: number
  readonly modifiedMs: number
  readonly storageClass: StorageClass
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>
}

export interface ListObjectsRequest {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string
  readonly after: string
  /** 0 to 1000. */
  readonly limit: number
}

export interface ObjectsPage {
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  readonly next: string | undefined
}

export interface ListedUpload {
  readonly uploadId: string
  readonly name: string
  readonly startedMs: number
  readonly storageClass: StorageClass
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}

export interface ListUploadsRequest {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter: string
  readonly afterName: string
  readonly afterUploadId: string
  readonly limit: number
}

export interface ListedUploadsPage {
  readonly uploads: readonly ListedUpload[]
  readonly commonPrefixes: readonly string[]
  readonly next: { readonly name: string; readonly uploadId: string } | undefined
}

export interface PartsPage {
  readonly upload: ListedUpload
  readonly parts: readonly PartInfo[]
  readonly truncated: boolean
}

export interface DeleteRequest extends ObjectAddress {
  /** ETag without quotes, or `*`. */
  readonly ifMatch?: string
}

export type DeleteResult =
  | { readonly name: string; readonly versionId?: string; readonly deleteMarkerVersionId?: string }
  | { readonly name: string; readonly versionId?: string; readonly fault: 'precondition-failed' | 'no-such-version' | 'invalid-object-name' | 'object-name-too-long' }

export interface BucketSummary {
  readonly name: string
  readonly createdMs: number
}
