// Conditional headers (RFC 9110 §13) as S3 reads them. ETags lose their quotes and W/; deciding is the object layer's.
import type { ConditionalRead, ConditionalWrite } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { parseHttpDate } from './dates.ts'
import type { RequestHeaders } from './headers.ts'

const none: ConditionalRead = {}

/** Without quotes and W/; `*` stays. */
export function bareEtag(text: string): string {
  const trimmed = text.trim()
  const strong = trimmed.startsWith('W/') ? trimmed.slice(2) : trimmed
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong
}

/** `prefix` is empty or `x-amz-copy-source-`. */
export function readReadConditions(headers: RequestHeaders, prefix: '' | 'x-amz-copy-source-'): ConditionalRead {
  const match = headers.get(`${prefix}if-match`)
  const noneMatch = headers.get(`${prefix}if-none-match`)
  const modifiedSince = headers.get(`${prefix}if-modified-since`)
  const unmodifiedSince = headers.get(`${prefix}if-unmodified-since`)
  if (match === undefined && noneMatch === undefined && modifiedSince === undefined && unmodifiedSince === undefined) return none
  const ifModifiedSinceMs = modifiedSince === undefined ? undefined : parseHttpDate(modifiedSince)
  const ifUnmodifiedSinceMs = unmodifiedSince === undefined ? undefined : parseHttpDate(unmodifiedSince)
  return {
    ...(match === undefined ? {} : { ifMatch: bareEtag(match) }),
    ...(noneMatch === undefined ? {} : { ifNoneMatch: bareEtag(noneMatch) }),
    ...(ifModifiedSinceMs === undefined ? {} : { ifModifiedSinceMs }),
    ...(ifUnmodifiedSinceMs === undefined ? {} : { ifUnmodifiedSinceMs }),
  }
}

/** Faults: not-implemented (If-None-Match with anything but `*`), invalid-request (both). */
export function readWriteConditions(headers: RequestHeaders): ConditionalWrite {
  const match = headers.get('if-match')
  const noneMatch = headers.get('if-none-match')
  if (match === undefined && noneMatch === undefined) return none
  if (match !== undefined && noneMatch !== undefined) throw refusal('invalid-request', 'If-Match and If-None-Match cannot be used together.')
  if (match !== undefined) return { ifMatch: bareEtag(match) }
  if (noneMatch?.trim() !== '*') throw refusal('not-implemented', 'If-None-Match on a write takes only *.')
  return { ifNoneMatch: '*' }
}
