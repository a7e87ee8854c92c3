// The object layer's table of contents, as its users (S3 edge, console) see it. Every method rejects with ObjectError only.
import type { CancelSignal } from '../base/cancel-signal.ts'
import type {
  BucketSummary, CompleteUploadRequest, CopyObjectRequest, CopyPartRequest, CreatedUpload, CreateUploadRequest, DeleteRequest, DeleteResult,
  GetObjectRequest, InspectedObject, ListedUploadsPage, ListObjectsRequest, ListUploadsRequest, ObjectAddress, ObjectsPage, PartInfo, PartsPage, PutObjectRequest,
  ReadObject, UploadAddress, UploadPartRequest, WrittenObject,
} from './object-types.ts'

export interface Objects {
  createBucket(name: string): Promise<BucketSummary>
  findBucket(name: string): Promise<BucketSummary | undefined>
  listBuckets(): Promise<readonly BucketSummary[]>
  deleteBucket(name: string): Promise<void>

  putObject(request: PutObjectRequest, signal: CancelSignal): Promise<WrittenObject>
  /** What a PUT would be refused for before its body is read (bucket, name, size, class, conditions): for Expect: 100-continue. */
  checkPut(request: Omit<PutObjectRequest, 'body'> & { readonly size: number }): Promise<void>
  getObject(request: GetObjectRequest, signal: CancelSignal): Promise<ReadObject>
  /** Like getObject without a body; range and partNumber are honoured. */
  headObject(request: GetObjectRequest): Promise<ReadObject>
  /** What was done with its bytes, read back from what is stored. */
  inspectObject(address: ObjectAddress): Promise<InspectedObject>
  deleteObject(request: DeleteRequest): Promise<DeleteResult>
  /** At most 1000, one batch; results in order. */
  deleteObjects(bucket: string, deletions: readonly Omit<DeleteRequest, 'bucket'>[]): Promise<readonly DeleteResult[]>
  copyObject(request: CopyObjectRequest, signal: CancelSignal): Promise<WrittenObject>
  listObjects(request: ListObjectsRequest): Promise<ObjectsPage>

  createUpload(request: CreateUploadRequest, signal: CancelSignal): Promise<CreatedUpload>
  uploadPart(request: UploadPartRequest, signal: CancelSignal): Promise<PartInfo>
  copyPart(request: CopyPartRequest, signal: CancelSignal): Promise<PartInfo>
  completeUpload(request: CompleteUploadRequest, signal: CancelSignal): Promise<WrittenObject>
  abortUpload(address: UploadAddress): Promise<void>
  listParts(address: UploadAddress, after: number, limit: number): Promise<PartsPage>
  listUploads(request: ListUploadsRequest): Promise<ListedUploadsPage>
}
