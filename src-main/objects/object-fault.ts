// The object layer's one error. The S3 edge maps each fault to a status and code; nothing else crosses.
import { TaggedError } from '../base/tagged-error.ts'

export type ObjectFault =
  | 'no-such-bucket' | 'bucket-exists' | 'bucket-not-empty' | 'invalid-bucket-name' | 'too-many-buckets'
  | 'no-such-object' | 'no-such-version' | 'no-such-upload' | 'delete-marker'
  | 'object-name-too-long' | 'invalid-object-name'
  /** details.condition names the header. */
  | 'precondition-failed'
  /** A conditional read whose answer is 304. details: etag, modifiedMs. */
  | 'not-modified'
  /** details.size is the object's size. */
  | 'invalid-range'
  | 'invalid-part-number'
  /** details.algorithm: which digest differs from what the client announced (sha256 of the payload, md5, or a checksum). */
  | 'digest-mismatch'
  | 'incomplete-body' | 'body-too-long'
  | 'entity-too-large' | 'entity-too-small' | 'metadata-too-large'
  | 'invalid-part' | 'invalid-part-order'
  | 'invalid-storage-class'
  | 'copy-onto-itself'
  | 'invalid-encryption' | 'unsupported-encryption' | 'invalid-checksum-request'
  | 'no-such-document'
  | 'keys-sealed' | 'key-store-unreachable' | 'no-such-key' | 'key-not-authentic' | 'key-not-authorised'
  | 'storage-full' | 'write-quorum-lost' | 'read-quorum-lost' | 'damaged' | 'busy' | 'closed' | 'cancelled'

export class ObjectError extends TaggedError<ObjectFault> {}
