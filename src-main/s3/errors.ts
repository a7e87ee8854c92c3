// The only file that knows S3 error codes and their HTTP statuses. A new fault, here or in the object layer, does not compile until it has its row.
// Source: Amazon S3 API reference, "Error responses"; texts are AWS's where AWS has one.
import { TaggedError, type FaultDetails } from '../base/tagged-error.ts'
import { ObjectError, type ObjectFault } from '../objects/index.ts'

/** Settings documents of a bucket that can be asked for but never exist yet. */
export type AbsentDocument =
  'policy' | 'cors' | 'lifecycle' | 'bucket-tags' | 'object-lock' | 'replication' | 'website' | 'public-access-block' | 'ownership-controls' | 'retention'

export type EdgeFault =
  | 'access-denied'
  | 'headers-not-signed'
  | 'request-expired'
  | 'request-not-yet-valid'
  | 'request-too-skewed'
  | 'invalid-access-key'
  | 'signature-mismatch'
  | 'invalid-token'
  /** details.region: the right one, when the region was wrong. */
  | 'authorization-malformed'
  | 'authorization-query-malformed'
  | 'incomplete-body'
  | 'malformed-chunk'
  | 'malformed-trailer'
  | 'body-too-long'
  | 'missing-content-length'
  | 'missing-digest'
  | 'invalid-digest'
  | 'checksum-request-invalid'
  | 'invalid-uri'
  | 'object-name-too-long'
  | 'header-block-too-large'
  | 'metadata-too-large'
  | 'malformed-xml'
  | 'document-too-large'
  | 'missing-document'
  /** details.argumentName, details.argumentValue. */
  | 'invalid-argument'
  | 'invalid-request'
  | 'invalid-storage-class'
  | 'invalid-location'
  | 'bad-request'
  | 'not-implemented'
  | 'method-not-allowed'
  | 'unknown-call'
  | 'cors-forbidden'
  | 'request-timeout'
  | 'slow-down'
  | 'unavailable'
  | `absent-${AbsentDocument}`

/** A request that the edge itself refuses. The message is shown to the client: no secret in it. */
export class S3Error extends TaggedError<EdgeFault> {}

/** An S3Error with the code's usual text, or with one that says more. */
export function refusal(fault: EdgeFault, message?: string, details?: FaultDetails): S3Error {
  return new S3Error(fault, message ?? edgeRows[fault].message, details)
}

export interface ErrorReply {
  /** Undefined for a bug. */
  readonly fault: EdgeFault | ObjectFault | undefined
  readonly status: number
  readonly code: string
  readonly message: string
  readonly retryAfterSeconds?: number
  /** Further elements of the error document. */
  readonly elements: readonly (readonly [name: string, value: string])[]
  readonly details: FaultDetails
}

interface Row {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly retryAfterSeconds?: number
}

const row = (status: number, code: string, message: string, retryAfterSeconds?: number): Row =>
  retryAfterSeconds === undefined ? { status, code, message } : { status, code, message, retryAfterSeconds }

const edgeRows: Readonly<Record<EdgeFault, Row>> = {
  'access-denied': row(403, 'AccessDenied', 'Access Denied'),
  'headers-not-signed': row(403, 'AccessDenied', 'There were headers present in the request which were not signed'),
  'request-expired': row(403, 'AccessDenied', 'Request has expired'),
  'request-not-yet-valid': row(403, 'AccessDenied', 'Request is not valid yet'),
  'request-too-skewed': row(403, 'RequestTimeTooSkewed', "The difference between the request time and the server's time is too large."),
  'invalid-access-key': row(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'),
  'signature-mismatch': row(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ),
  'invalid-token': row(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.'),
  'authorization-malformed': row(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.'),
  'authorization-query-malformed': row(400, 'AuthorizationQueryParametersError', 'The query parameters that authorise the request are malformed.'),
  'incomplete-body': row(400, 'IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header.'),
  'malformed-chunk': row(400, 'InvalidRequest', 'The aws-chunked body is malformed.'),
  'malformed-trailer': row(
    400,
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ),
  'body-too-long': row(400, 'InvalidRequest', 'The body is longer than it was announced to be.'),
  'missing-content-length': row(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.'),
  'missing-digest': row(400, 'InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*'),
  'invalid-digest': row(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.'),
  'checksum-request-invalid': row(400, 'InvalidRequest', 'The checksum headers of the request are not valid.'),
  'invalid-uri': row(400, 'InvalidURI', "Couldn't parse the specified URI."),
  'object-name-too-long': row(400, 'KeyTooLongError', 'Your key is too long'),
  'header-block-too-large': row(400, 'RequestHeaderSectionTooLarge', 'Your request header section exceeds the maximum allowed size.'),
  'metadata-too-large': row(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size'),
  'malformed-xml': row(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema'),
  'document-too-large': row(400, 'MaxMessageLengthExceeded', 'Your request was too big.'),
  'missing-document': row(400, 'MissingRequestBodyError', 'Request body is empty.'),
  'invalid-argument': row(400, 'InvalidArgument', 'Invalid Argument'),
  'invalid-request': row(400, 'InvalidRequest', 'Invalid Request'),
  'invalid-storage-class': row(400, 'InvalidStorageClass', 'The storage class you specified is not valid'),
  'invalid-location': row(400, 'InvalidLocationConstraint', 'The specified location-constraint is not valid'),
  'bad-request': row(400, 'BadRequest', 'Bad Request'),
  'not-implemented': row(501, 'NotImplemented', 'A header or query you provided implies functionality that is not implemented.'),
  'method-not-allowed': row(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'),
  'unknown-call': row(400, 'BadRequest', 'An unsupported API call for this method and query.'),
  'cors-forbidden': row(403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.'),
  'request-timeout': row(400, 'RequestTimeout', 'Your socket connection to the server was not read from or written to within the timeout period.'),
  'slow-down': row(503, 'SlowDown', 'Please reduce your request rate.', 1),
  unavailable: row(503, 'ServiceUnavailable', 'The store is sealed or starting. Please try again later.', 30),
  'absent-policy': row(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist'),
  'absent-cors': row(404, 'NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
  'absent-lifecycle': row(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
  'absent-bucket-tags': row(404, 'NoSuchTagSet', 'The TagSet does not exist'),
  'absent-object-lock': row(404, 'ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
  'absent-replication': row(404, 'ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  'absent-website': row(404, 'NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  'absent-public-access-block': row(404, 'NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found'),
  'absent-ownership-controls': row(404, 'OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'),
  'absent-retention': row(404, 'NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration'),
}

const objectRows: Readonly<Record<ObjectFault, Row>> = {
  'no-such-bucket': row(404, 'NoSuchBucket', 'The specified bucket does not exist'),
  'bucket-exists': row(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.'),
  'bucket-not-empty': row(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty'),
  'invalid-bucket-name': row(400, 'InvalidBucketName', 'The specified bucket is not valid.'),
  'too-many-buckets': row(400, 'TooManyBuckets', 'You have attempted to create more buckets than allowed'),
  'no-such-object': row(404, 'NoSuchKey', 'The specified key does not exist.'),
  'no-such-version': row(404, 'NoSuchVersion', 'The specified version does not exist.'),
  'no-such-upload': row(
    404,
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ),
  'delete-marker': row(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'),
  'object-name-too-long': row(400, 'KeyTooLongError', 'Your key is too long'),
  'invalid-object-name': row(400, 'InvalidArgument', 'The object key is not valid.'),
  'precondition-failed': row(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'),
  'not-modified': row(304, 'NotModified', 'Not Modified'),
  'invalid-range': row(416, 'InvalidRange', 'The requested range is not satisfiable'),
  'invalid-part-number': row(416, 'InvalidPartNumber', 'The requested partnumber is not satisfiable'),
  'digest-mismatch': row(400, 'BadDigest', 'The Content-MD5 or checksum value you specified did not match what we received.'),
  'incomplete-body': row(400, 'IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header.'),
  'body-too-long': row(400, 'InvalidRequest', 'The body is longer than it was announced to be.'),
  'entity-too-large': row(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.'),
  'entity-too-small': row(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed object size.'),
  'metadata-too-large': row(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size'),
  'invalid-part': row(
    400,
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ),
  'invalid-part-order': row(400, 'InvalidPartOrder', 'The list of parts was not in ascending order. The parts list must be specified in order by part number.'),
  'invalid-storage-class': row(400, 'InvalidStorageClass', 'The storage class you specified is not valid'),
  'copy-onto-itself': row(
    400,
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  ),
  'invalid-encryption': row(400, 'InvalidArgument', 'The encryption request you specified is not valid.'),
  'unsupported-encryption': row(501, 'NotImplemented', 'The encryption you asked for is not implemented.'),
  'invalid-checksum-request': row(400, 'InvalidRequest', 'The checksum you specified does not fit the upload.'),
  'no-such-document': row(404, 'NoSuchConfiguration', 'The specified configuration does not exist.'),
  'keys-sealed': row(503, 'ServiceUnavailable', 'The keystore is sealed. Please try again later.', 30),
  'key-store-unreachable': row(503, 'ServiceUnavailable', 'The keystore cannot be reached. Please try again later.', 5),
  'no-such-key': row(500, 'InternalError', 'The key that protects this store is not there.'),
  'key-not-authentic': row(500, 'InternalError', 'The data key of this object does not open.'),
  'key-not-authorised': row(403, 'AccessDenied', 'The encryption key refuses this use.'),
  'storage-full': row(507, 'XMinioStorageFull', 'The drives are full. Free some space and try again.'),
  'write-quorum-lost': row(503, 'SlowDownWrite', 'Too few drives take writes. Please try again.', 5),
  'read-quorum-lost': row(503, 'SlowDownRead', 'Too few drives can be read. Please try again.', 5),
  damaged: row(500, 'XMinioObjectTampered', 'The stored object is damaged beyond repair; nothing of it is given out.'),
  busy: row(503, 'SlowDown', 'Please reduce your request rate.', 1),
  closed: row(503, 'ServiceUnavailable', 'The store is closing. Please try again later.', 5),
  cancelled: row(503, 'ServiceUnavailable', 'The request was given up. Please try again.', 1),
}

const internalRow = row(500, 'InternalError', 'We encountered an internal error. Please try again.')

/** Which facts of a refusal are shown, and under which element. */
const elementNames: Readonly<Record<string, string>> = {
  argumentName: 'ArgumentName',
  argumentValue: 'ArgumentValue',
  condition: 'Condition',
  region: 'Region',
  size: 'ActualObjectSize',
  rangeRequested: 'RangeRequested',
  headersNotSigned: 'HeadersNotSigned',
  requestTime: 'RequestTime',
  serverTime: 'ServerTime',
  maxSkewMs: 'MaxAllowedSkewMilliseconds',
  expires: 'Expires',
  expirySeconds: 'X-Amz-Expires',
  stringToSign: 'StringToSign',
  canonicalRequest: 'CanonicalRequest',
  partNumber: 'PartNumber',
  proposedSize: 'ProposedSize',
  minSizeAllowed: 'MinSizeAllowed',
  uploadId: 'UploadId',
  method: 'Method',
}

/** What a request that ended in `error` is answered. Anything that is not a refusal is a bug and an InternalError. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof S3Error) return { ...edgeRows[error.fault], fault: error.fault, message: error.message, ...shown(error.details) }
  if (error instanceof ObjectError) return { ...objectRow(error), fault: error.fault, ...shown(error.details) }
  return { ...internalRow, fault: undefined, elements: [], details: {} }
}

function objectRow(error: ObjectError): Row {
  if (error.fault === 'digest-mismatch' && error.details['algorithm'] === 'sha256-payload') return sha256Row
  return objectRows[error.fault]
}

const sha256Row = row(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.")

function shown(details: FaultDetails): Pick<ErrorReply, 'elements' | 'details'> {
  const elements: [string, string][] = []
  for (const [fact, value] of Object.entries(details)) {
    const name = elementNames[fact]
    if (name !== undefined && value !== undefined) elements.push([name, String(value)])
  }
  return { elements, details }
}
