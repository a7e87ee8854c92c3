// GetObject: GET /bucket/name, and what HEAD shares with it.
import type { ContentHeaders, GetObjectRequest, ReadObject } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import type { Reply } from '../reply.ts'
import { checksumHeaders } from '../wire/checksums.ts'
import { readReadConditions } from '../wire/conditions.ts'
import { parseCount } from '../wire/headers.ts'
import { describeObject, refuseEncryptionHeaders } from '../wire/object-headers.ts'
import { findParameter } from '../wire/query.ts'
import { parseRange } from '../wire/range.ts'
import { addressOf, type Operation, type S3Call } from './operation.ts'

export const getObject: Operation = async (call, objects) => {
  const request = readGetRequest(call)
  const overrides = readOverrides(call)
  return toReply(call, request, overrides, await objects.getObject(request, call.signal))
}

/** Faults: invalid-request, invalid-argument, bad-request, not-implemented. */
export function readGetRequest(call: S3Call): GetObjectRequest {
  refuseEncryptionHeaders(call.headers)
  const rangeText = call.headers.get('range')
  const partText = call.query.length === 0 ? undefined : findParameter(call.query, 'partNumber')
  if (rangeText !== undefined && partText !== undefined) throw refusal('invalid-request', 'Cannot specify both Range header and partNumber query parameter')
  const range = rangeText === undefined ? undefined : parseRange(rangeText)
  return {
    ...addressOf(call, findParameter(call.query, 'versionId')),
    condition: readReadConditions(call.headers, ''),
    ...(range === undefined ? {} : { range }),
    ...(partText === undefined ? {} : { partNumber: readPartNumber(partText) }),
  }
}

/** 1 to 10,000. Faults: invalid-argument. */
export function readPartNumber(text: string): number {
  const partNumber = parseCount(text)
  if (partNumber !== undefined && partNumber >= 1 && partNumber <= 10_000) return partNumber
  throw refusal('invalid-argument', 'Part number must be an integer between 1 and 10000, inclusive', { argumentName: 'partNumber', argumentValue: text })
}

const overridable: readonly (readonly [parameter: string, header: keyof ContentHeaders])[] = [
  ['response-content-type', 'contentType'],
  ['response-content-language', 'contentLanguage'],
  ['response-content-encoding', 'contentEncoding'],
  ['response-content-disposition', 'contentDisposition'],
  ['response-cache-control', 'cacheControl'],
  ['response-expires', 'expires'],
]
const noOverrides: Partial<ContentHeaders> = {}

/** Header values that the client wants to see instead. Faults: invalid-request (anonymous), invalid-argument (line breaks and other controls). */
export function readOverrides(call: S3Call): Partial<ContentHeaders> {
  if (call.query.length === 0) return noOverrides
  const overrides: { -readonly [Header in keyof ContentHeaders]: string } = {}
  for (const [parameter, header] of overridable) {
    const value = findParameter(call.query, parameter)
    if (value === undefined) continue
    if (call.isAnonymous) throw refusal('invalid-request', 'Request specific response headers cannot be used for anonymous GET requests.')
    if (/(?!\t)\p{Cc}/u.test(value)) throw refusal('invalid-argument', 'A response header value holds control characters.', { argumentName: parameter })
    overrides[header] = value
  }
  return overrides
}

/** For GET and HEAD alike; `read.body` is absent for HEAD. */
export function toReply(call: S3Call, request: GetObjectRequest, overrides: Partial<ContentHeaders>, read: ReadObject): Reply {
  const { info, range, length } = read
  const headers = describeObject(info, overrides)
  const isPart = request.partNumber !== undefined
  if (range !== undefined) headers.push('Content-Range', `bytes ${range.from}-${range.to}/${info.size}`)
  else if (call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && !(isPart && info.partCount !== undefined))
    headers.push(...checksumHeaders(info.checksum))
  if (isPart && info.partCount !== undefined) headers.push('x-amz-mp-parts-count', String(info.partCount))
  return { status: range !== undefined || isPart ? 206 : 200, headers, stream: { length, source: read.body } }
}
