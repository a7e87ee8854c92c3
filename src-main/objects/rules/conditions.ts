// Conditional requests (RFC 9110 §13) as Amazon S3 decides them, which is not quite as the RFC does. Pure.
import type { ConditionalRead, ConditionalWrite } from '../object-types.ts'

export interface Validators {
  readonly etag: string
  readonly modifiedMs: number
}

export type ReadCondition = 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-Unmodified-Since'
export type ReadDecision =
  | { readonly outcome: 'proceed' }
  | { readonly outcome: 'not-modified' | 'precondition-failed'; readonly condition: ReadCondition }

const proceed: ReadDecision = { outcome: 'proceed' }

/** `*`, or a list of ETags with or without quotes and W/. */
export function etagMatches(condition: string, etag: string): boolean {
  if (condition === '*' || condition === etag) return true
  return condition.includes(',') || condition.includes('"')
    ? condition.split(',').some((entry) => {
        const text = entry.trim().replace(/^W\//, '').replace(/^"|"$/g, '')
        return text === '*' || text === etag
      })
    : false
}

/**
 * If-Match beats If-Unmodified-Since, If-None-Match beats If-Modified-Since, and a failing If-Unmodified-Since (without If-Match) beats
 * all else. Dates count in whole seconds; an If-Modified-Since in the future is ignored.
 */
export function decideRead(condition: ConditionalRead, current: Validators, nowMs: number): ReadDecision {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = condition
  const modifiedMs = current.modifiedMs - (current.modifiedMs % 1000)
  if (ifMatch !== undefined) {
    if (!etagMatches(ifMatch, current.etag)) return { outcome: 'precondition-failed', condition: 'If-Match' }
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    return { outcome: 'precondition-failed', condition: 'If-Unmodified-Since' }
  }
  if (ifNoneMatch !== undefined) return etagMatches(ifNoneMatch, current.etag) ? { outcome: 'not-modified', condition: 'If-None-Match' } : proceed
  if (ifModifiedSinceMs === undefined || ifModifiedSinceMs > nowMs || modifiedMs > ifModifiedSinceMs) return proceed
  return { outcome: 'not-modified', condition: 'If-Modified-Since' }
}

export type WriteDecision =
  | { readonly outcome: 'proceed' | 'no-such-object' }
  | { readonly outcome: 'precondition-failed'; readonly condition: 'If-Match' | 'If-None-Match' }

/** `currentEtag` undefined: there is no live object (a delete marker counts as none). */
export function decideWrite(condition: ConditionalWrite, currentEtag: string | undefined): WriteDecision {
  const { ifMatch, ifNoneMatch } = condition
  if (ifMatch !== undefined) {
    if (currentEtag === undefined) return { outcome: 'no-such-object' }
    if (!etagMatches(ifMatch, currentEtag)) return { outcome: 'precondition-failed', condition: 'If-Match' }
  }
  if (ifNoneMatch !== undefined && currentEtag !== undefined && etagMatches(ifNoneMatch, currentEtag)) {
    return { outcome: 'precondition-failed', condition: 'If-None-Match' }
  }
  return { outcome: 'proceed' }
}

export function isConditional(condition: ConditionalWrite): boolean {
  return condition.ifMatch !== undefined || condition.ifNoneMatch !== undefined
}
