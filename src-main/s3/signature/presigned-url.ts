// Presigned URLs: the claim of Signature Version 4 carried in the query ("Authenticating requests: using query parameters").
import { refusal } from '../errors.ts'
import { parseBasicDate } from '../wire/dates.ts'
import { parseCount } from '../wire/headers.ts'
import { findParameter, type Query } from '../wire/query.ts'
import { algorithm, toClaim, type SignatureClaim } from './authorization-header.ts'

export interface PresignedClaim extends SignatureClaim {
  readonly date: string
  readonly dateMs: number
  readonly expirySeconds: number
}

const expirySecondsMax = 604_800

export function isPresigned(query: Query): boolean {
  return (
    findParameter(query, 'X-Amz-Signature') !== undefined ||
    findParameter(query, 'X-Amz-Credential') !== undefined ||
    findParameter(query, 'X-Amz-Algorithm') !== undefined
  )
}

/** Faults: authorization-query-malformed. */
export function parsePresigned(query: Query): PresignedClaim {
  const required = (name: string): string => {
    const value = findParameter(query, name)
    if (value !== undefined && value !== '') return value
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  if (required('X-Amz-Algorithm') !== algorithm) throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
  const claim = toClaim(required('X-Amz-Credential'), required('X-Amz-SignedHeaders'), required('X-Amz-Signature'))
  if (claim === undefined) throw malformed('Error parsing the X-Amz-Credential parameter.')
  const date = required('X-Amz-Date')
  const dateMs = parseBasicDate(date)
  if (dateMs === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  return { ...claim, date, dateMs, expirySeconds: parseExpiry(required('X-Amz-Expires')) }
}

function parseExpiry(text: string): number {
  if (text.startsWith('-')) throw malformed('X-Amz-Expires must be non-negative')
  const seconds = parseCount(text)
  if (seconds === undefined) throw malformed('X-Amz-Expires should be a number')
  if (seconds > expirySecondsMax)
    throw malformed('X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds')
  if (seconds === 0) throw malformed('X-Amz-Expires must be at least 1')
  return seconds
}

const malformed = (message: string): Error => refusal('authorization-query-malformed', message)
