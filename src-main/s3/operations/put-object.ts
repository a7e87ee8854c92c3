// PutObject: PUT /bucket/name
import type { ByteSource } from '../../base/byte-stream.ts'
import type { WrittenObject } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { emptyReply } from '../reply.ts'
import { checksumHeaders } from '../wire/checksums.ts'
import { readWriteConditions } from '../wire/conditions.ts'
import { encryptionHeaders, readDescribingHeaders } from '../wire/object-headers.ts'
import type { Operation } from './operation.ts'

export const putObject: Operation = async (call, objects) => {
  const described = readDescribingHeaders(call.headers)
  const body = call.openBody()
  const request = { bucket: call.bucket, name: call.name, ...described, condition: readWriteConditions(call.headers), body }
  if (call.expectsContinue) await objects.checkPut({ ...request, size: body.size })
  if (body.size === 0) await requireEmpty(body.source)
  const written = await objects.putObject(request, call.signal)
  return emptyReply(200, writtenHeaders(written))
}

/** A body of no bytes may still have chunk framing and trailers, which are verified here since nobody else need read it. */
export async function requireEmpty(source: ByteSource): Promise<void> {
  if ((await source.next()) === undefined) return
  source.cancel()
  throw refusal('body-too-long')
}

/** What every reply about a write says of what was written. */
export function writtenHeaders(written: Pick<WrittenObject, 'etag' | 'versionId' | 'encryption' | 'checksum'>): string[] {
  const pairs = ['ETag', `"${written.etag}"`, ...encryptionHeaders(written.encryption), ...checksumHeaders(written.checksum)]
  if (written.versionId !== undefined) pairs.push('x-amz-version-id', written.versionId)
  return pairs
}
