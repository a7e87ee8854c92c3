// Which operation a request means, as data: method, level and subresource → operation, action to be allowed, and what may come in its body.
// A subresource that is known but has no row is 501; an unknown one is 400: neither ever falls through to the object or bucket itself.
import { refusal } from './errors.ts'
import { abortMultipartUpload } from './operations/abort-multipart-upload.ts'
import * as fixed from './operations/bucket-settings.ts'
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts'
import { copyObject } from './operations/copy-object.ts'
import { createBucket } from './operations/create-bucket.ts'
import { createMultipartUpload } from './operations/create-multipart-upload.ts'
import { deleteBucket } from './operations/delete-bucket.ts'
import { deleteObject } from './operations/delete-object.ts'
import { deleteObjects } from './operations/delete-objects.ts'
import { getBucketLocation } from './operations/get-bucket-location.ts'
import { getObject } from './operations/get-object.ts'
import { headBucket } from './operations/head-bucket.ts'
import { headObject } from './operations/head-object.ts'
import { listBuckets } from './operations/list-buckets.ts'
import { listMultipartUploads } from './operations/list-multipart-uploads.ts'
import { listObjectVersions } from './operations/list-object-versions.ts'
import { listObjects } from './operations/list-objects.ts'
import { listObjectsV2 } from './operations/list-objects-v2.ts'
import { listParts } from './operations/list-parts.ts'
import type { Operation } from './operations/operation.ts'
import { putObject } from './operations/put-object.ts'
import { uploadPart } from './operations/upload-part.ts'
import { uploadPartCopy } from './operations/upload-part-copy.ts'
import type { DocumentRule } from './wire/document-body.ts'
import type { RequestHeaders } from './wire/headers.ts'
import type { Query } from './wire/query.ts'
import type { TargetLevel } from './wire/request-target.ts'

export interface Route {
  /** As AWS names it; also what logs and metrics say. */
  readonly name: string
  /** Undefined: the operation asks for each object it touches. */
  readonly action: string | undefined
  readonly operation: Operation
  readonly document?: DocumentRule
  /** Begins its reply when it takes long, so that the client keeps waiting. */
  readonly patient?: true
}

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

function route(name: string, action: string | undefined, operation: Operation, more: Pick<Route, 'document' | 'patient'> = {}): Route {
  return { name, action: action === undefined ? undefined : `s3:${action}`, operation, ...more }
}

const routes: Readonly<Record<string, Route>> = {
  'GET service': route('ListBuckets', 'ListAllMyBuckets', listBuckets),

  'PUT bucket': route('CreateBucket', 'CreateBucket', createBucket, { document: { sizeMax: 64 * kibibyte, integrity: 'optional' } }),
  'HEAD bucket': route('HeadBucket', 'ListBucket', headBucket),
  'DELETE bucket': route('DeleteBucket', 'DeleteBucket', deleteBucket),
  'GET bucket': route('ListObjects', 'ListBucket', listObjects),
  'GET bucket list-type': route('ListObjectsV2', 'ListBucket', listObjectsV2),
  'GET bucket versions': route('ListObjectVersions', 'ListBucketVersions', listObjectVersions),
  'GET bucket uploads': route('ListMultipartUploads', 'ListBucketMultipartUploads', listMultipartUploads),
  'GET bucket location': route('GetBucketLocation', 'GetBucketLocation', getBucketLocation),
  'POST bucket delete': route('DeleteObjects', undefined, deleteObjects, { document: { sizeMax: 2 * mebibyte, integrity: 'mandatory' } }),

  'GET bucket acl': route('GetBucketAcl', 'GetBucketAcl', fixed.getBucketAcl),
  'GET bucket versioning': route('GetBucketVersioning', 'GetBucketVersioning', fixed.getBucketVersioning),
  'GET bucket encryption': route('GetBucketEncryption', 'GetEncryptionConfiguration', fixed.getBucketEncryption),
  'GET bucket accelerate': route('GetBucketAccelerateConfiguration', 'GetAccelerateConfiguration', fixed.getBucketAccelerate),
  'GET bucket requestPayment': route('GetBucketRequestPayment', 'GetBucketRequestPayment', fixed.getBucketRequestPayment),
  'GET bucket logging': route('GetBucketLogging', 'GetBucketLogging', fixed.getBucketLogging),
  'GET bucket notification': route('GetBucketNotificationConfiguration', 'GetBucketNotification', fixed.getBucketNotification),
  'GET bucket policy': route('GetBucketPolicy', 'GetBucketPolicy', fixed.absentFromBucket('policy')),
  'GET bucket policyStatus': route('GetBucketPolicyStatus', 'GetBucketPolicyStatus', fixed.absentFromBucket('policy')),
  'GET bucket cors': route('GetBucketCors', 'GetBucketCORS', fixed.absentFromBucket('cors')),
  'GET bucket lifecycle': route('GetBucketLifecycleConfiguration', 'GetLifecycleConfiguration', fixed.absentFromBucket('lifecycle')),
  'GET bucket tagging': route('GetBucketTagging', 'GetBucketTagging', fixed.absentFromBucket('bucket-tags')),
  'GET bucket object-lock': route('GetObjectLockConfiguration', 'GetBucketObjectLockConfiguration', fixed.absentFromBucket('object-lock')),
  'GET bucket replication': route('GetBucketReplication', 'GetReplicationConfiguration', fixed.absentFromBucket('replication')),
  'GET bucket website': route('GetBucketWebsite', 'GetBucketWebsite', fixed.absentFromBucket('website')),
  'GET bucket publicAccessBlock': route('GetPublicAccessBlock', 'GetBucketPublicAccessBlock', fixed.absentFromBucket('public-access-block')),
  'GET bucket ownershipControls': route('GetBucketOwnershipControls', 'GetBucketOwnershipControls', fixed.absentFromBucket('ownership-controls')),
  'DELETE bucket policy': route('DeleteBucketPolicy', 'DeleteBucketPolicy', fixed.deleteAbsentDocument),
  'DELETE bucket cors': route('DeleteBucketCors', 'PutBucketCORS', fixed.deleteAbsentDocument),
  'DELETE bucket lifecycle': route('DeleteBucketLifecycle', 'PutLifecycleConfiguration', fixed.deleteAbsentDocument),
  'DELETE bucket tagging': route('DeleteBucketTagging', 'PutBucketTagging', fixed.deleteAbsentDocument),
  'DELETE bucket website': route('DeleteBucketWebsite', 'DeleteBucketWebsite', fixed.deleteAbsentDocument),

  'PUT object': route('PutObject', 'PutObject', putObject),
  'PUT object copy': route('CopyObject', 'PutObject', copyObject, { patient: true }),
  'GET object': route('GetObject', 'GetObject', getObject),
  'HEAD object': route('HeadObject', 'GetObject', headObject),
  'DELETE object': route('DeleteObject', 'DeleteObject', deleteObject),
  'GET object acl': route('GetObjectAcl', 'GetObjectAcl', fixed.getObjectAcl),
  'GET object tagging': route('GetObjectTagging', 'GetObjectTagging', fixed.getObjectTagging),
  'GET object retention': route('GetObjectRetention', 'GetObjectRetention', fixed.absentFromObject('retention')),
  'GET object legal-hold': route('GetObjectLegalHold', 'GetObjectLegalHold', fixed.absentFromObject('retention')),
  'POST object uploads': route('CreateMultipartUpload', 'PutObject', createMultipartUpload),
  'PUT object uploadId': route('UploadPart', 'PutObject', uploadPart),
  'PUT object uploadId copy': route('UploadPartCopy', 'PutObject', uploadPartCopy, { patient: true }),
  'POST object uploadId': route('CompleteMultipartUpload', 'PutObject', completeMultipartUpload, {
    patient: true,
    document: { sizeMax: 4 * mebibyte, integrity: 'of-object' },
  }),
  'DELETE object uploadId': route('AbortMultipartUpload', 'AbortMultipartUpload', abortMultipartUpload),
  'GET object uploadId': route('ListParts', 'ListMultipartUploadParts', listParts),
}

/** Names that choose another operation. */
const subresources = new Set([
  ...Object.keys(routes).flatMap((key) => key.split(' ').slice(2, 3)),
  ...[
    'abac',
    'analytics',
    'annotation',
    'append',
    'attributes',
    'encryption',
    'events',
    'intelligent-tiering',
    'inventory',
    'legal-hold',
    'metadataConfiguration',
  ],
  ...['metadataInventoryTable', 'metadataJournalTable', 'metadataTable', 'metrics', 'object-lock', 'policy', 'publicAccessBlock', 'renameObject'],
  ...['replication-check', 'replication-metrics', 'replication-reset', 'replication-reset-status', 'restore', 'retention', 'select', 'session', 'torrent'],
])
subresources.delete('copy')

/** Parameters of reads: they say how, not what. */
const readParameters = new Set([
  ...['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type', 'continuation-token', 'start-after', 'fetch-owner', 'metadata', 'allow-unordered'],
  ...['key-marker', 'version-id-marker', 'upload-id-marker', 'max-uploads', 'max-parts', 'part-number-marker', 'max-buckets', 'bucket-region'],
  ...['partNumber', 'versionId', 'response-content-type', 'response-content-language', 'response-content-encoding', 'response-content-disposition'],
  ...['response-cache-control', 'response-expires'],
])

/** Parameters of writes, by route; any other would be taken for something else than it says. */
const writeParameters: Readonly<Record<string, readonly string[]>> = {
  'PUT object uploadId': ['partNumber'],
  'PUT object uploadId copy': ['partNumber'],
  'DELETE object': ['versionId'],
  'POST bucket delete': ['encoding-type'],
  'POST object uploads': ['encoding-type'],
}

const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])

/** Faults: not-implemented, unknown-call, method-not-allowed, invalid-request, cors-forbidden. */
export function chooseRoute(method: string, level: TargetLevel, query: Query, headers: RequestHeaders): Route {
  if (!methods.has(method)) throw refusal(method === 'OPTIONS' ? 'cors-forbidden' : 'method-not-allowed', undefined, { method })
  const subresource = query.length === 0 ? '' : findSubresource(query)
  const key = `${method} ${level}${subresource === '' ? '' : ` ${subresource}`}${method === 'PUT' && headers.has('x-amz-copy-source') ? ' copy' : ''}`
  const found = routes[key]
  if (found === undefined) {
    if (subresource !== '') throw refusal('not-implemented', `The subresource ${subresource} is not implemented for ${method}.`)
    throw level === 'service' || method === 'POST'
      ? refusal('not-implemented', 'This call is not implemented.')
      : refusal('method-not-allowed', undefined, { method })
  }
  if (query.length > 0) refuseUnknownParameters(query, subresource, method === 'GET' || method === 'HEAD' ? undefined : (writeParameters[key] ?? []))
  return found
}

function findSubresource(query: Query): string {
  let found = ''
  for (const { name } of query) {
    if (name === found || !subresources.has(name)) continue
    if (found !== '') throw refusal('invalid-request', `Conflicting query parameters: ${found} and ${name}.`)
    found = name
  }
  return found
}

function refuseUnknownParameters(query: Query, subresource: string, allowed: readonly string[] | undefined): void {
  for (const { name } of query) {
    if (name === subresource || isOfSigning(name)) continue
    if (allowed === undefined ? !readParameters.has(name) : !allowed.includes(name)) throw refusal('unknown-call')
  }
}

/** Signature, checksums hoisted into a presigned URL, and the SDKs' `x-id`. */
function isOfSigning(name: string): boolean {
  return name === 'x-id' || name.startsWith('X-Amz-') || name.startsWith('x-amz-')
}
