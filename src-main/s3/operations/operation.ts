// What one S3 operation is: a function from a call to a reply. It reads the call, asks the object layer, and words the answer; nothing else.
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { IncomingBody, ObjectAddress, Objects } from '../../objects/index.ts'
import type { Reply } from '../reply.ts'
import type { S3Settings } from '../settings.ts'
import type { RequestHeaders } from '../wire/headers.ts'
import type { Query } from '../wire/query.ts'

export interface S3Call {
  readonly bucket: string
  readonly name: string
  readonly query: Query
  readonly headers: RequestHeaders
  readonly settings: S3Settings
  readonly isAnonymous: boolean
  /** The client waits for 100 Continue, which it gets with the first read of the body. */
  readonly expectsContinue: boolean
  /** `http://host`, as the client addressed us. */
  readonly origin: string
  /** Aborted when the client is gone. */
  readonly signal: CancelSignal
  /** Once, for operations whose body is an object's bytes. */
  openBody(): IncomingBody
  /** Once: the verified bytes of a request document; undefined when there are none. */
  readDocument(): Promise<Uint8Array | undefined>
  /** Whether the caller may do that as well. */
  mayDo(action: string, bucket: string, name: string): boolean
}

export type Operation = (call: S3Call, objects: Objects) => Promise<Reply>

export function addressOf(call: S3Call, versionId: string | undefined): ObjectAddress {
  return versionId === undefined || versionId === '' ? { bucket: call.bucket, name: call.name } : { bucket: call.bucket, name: call.name, versionId }
}
