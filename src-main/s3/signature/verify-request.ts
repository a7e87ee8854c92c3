// Who sent the request, and how far its body is vouched for: Signature Version 4 in the header or in the query, or nobody.
// What is not signed but could change the meaning (host, x-amz-*) is refused.
import type { Clock } from '../../base/clock.ts'
import type { HmacKey } from '../../crypto/hmac.ts'
import type { AccessKey, AccessKeys } from '../../iam/index.ts'
import { refusal, type S3Error } from '../errors.ts'
import { formatBasicDate, formatXmlDate, parseBasicDate, parseHttpDate } from '../wire/dates.ts'
import type { RequestHeaders } from '../wire/headers.ts'
import { findParameter, type Query } from '../wire/query.ts'
import { algorithm, type AuthorizationReader, type SignatureClaim, type Signer } from './authorization-header.ts'
import { formatCanonicalRequest, hashCanonicalRequest } from './canonical-request.ts'
import { readPayloadTrust, unsignedPayload, type ChunkSigning, type PayloadTrust } from './payload-trust.ts'
import { isPresigned, parsePresigned } from './presigned-url.ts'
import { isSignature, type SigningKeys } from './signing-key.ts'

export interface Authentication {
  /** Undefined: anonymous. */
  readonly accessKey: AccessKey | undefined
  readonly payload: PayloadTrust
}

export interface SignedRequest {
  readonly method: string
  readonly canonicalPath: string
  readonly query: Query
  readonly headers: RequestHeaders
}

export interface Verifier {
  readonly accessKeys: AccessKeys
  readonly signingKeys: SigningKeys
  readonly authorizations: AuthorizationReader
  readonly clock: Clock
  readonly region: string
}

const skewMaxMs = 15 * 60_000

/** Faults: those of both forms of signature, invalid-access-key, signature-mismatch, headers-not-signed, request-too-skewed, request-expired, invalid-token. */
export function verifyRequest(request: SignedRequest, verifier: Verifier): Authentication {
  const authorization = request.headers.get('authorization')
  const inQuery = request.query.length > 0 && isPresigned(request.query)
  if (authorization !== undefined) {
    if (inQuery)
      throw refusal(
        'invalid-request',
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
      )
    return verifyHeader(request, authorization, verifier)
  }
  if (inQuery) return verifyQuery(request, verifier)
  if (request.query.length > 0 && findParameter(request.query, 'AWSAccessKeyId') !== undefined) {
    throw refusal('invalid-request', 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.')
  }
  return { accessKey: undefined, payload: readPayloadTrust(request.headers.get('x-amz-content-sha256') ?? unsignedPayload, undefined) }
}

function verifyHeader(request: SignedRequest, authorization: string, verifier: Verifier): Authentication {
  const claim = verifier.authorizations.read(authorization)
  const { date, dateMs } = readDate(request.headers)
  const nowMs = verifier.clock.nowMs()
  if (Math.abs(nowMs - dateMs) > skewMaxMs) {
    throw refusal('request-too-skewed', undefined, { requestTime: date, serverTime: formatXmlDate(nowMs), maxSkewMs: skewMaxMs })
  }
  const scopeProblem = findScopeProblem(claim.signer, date, verifier.region)
  if (scopeProblem !== undefined)
    throw refusal('authorization-malformed', `The authorization header is malformed; ${scopeProblem}`, { region: verifier.region })
  const payloadHash = request.headers.get('x-amz-content-sha256')
  if (payloadHash === undefined) throw refusal('invalid-request', 'Missing required header for this request: x-amz-content-sha256')
  const { accessKey, key } = verifySignature(request, claim, date, payloadHash, verifier)
  const signing: ChunkSigning = { key, date, scopeText: claim.signer.scopeText, seed: claim.signature }
  return { accessKey, payload: readPayloadTrust(payloadHash, signing) }
}

function verifyQuery(request: SignedRequest, verifier: Verifier): Authentication {
  const claim = parsePresigned(request.query)
  const scopeProblem = findScopeProblem(claim.signer, claim.date, verifier.region)
  if (scopeProblem !== undefined)
    throw refusal('authorization-query-malformed', `Error parsing the X-Amz-Credential parameter; ${scopeProblem}`, { region: verifier.region })
  const nowMs = verifier.clock.nowMs()
  if (claim.dateMs - nowMs > skewMaxMs) throw refusal('request-not-yet-valid')
  const expiresMs = claim.dateMs + claim.expirySeconds * 1000
  if (nowMs > expiresMs) {
    throw refusal('request-expired', undefined, { expires: formatXmlDate(expiresMs), serverTime: formatXmlDate(nowMs), expirySeconds: claim.expirySeconds })
  }
  const payloadHash = findParameter(request.query, 'X-Amz-Content-Sha256') ?? request.headers.get('x-amz-content-sha256') ?? unsignedPayload
  const { accessKey, key } = verifySignature(request, claim, claim.date, payloadHash, verifier)
  return { accessKey, payload: readPayloadTrust(payloadHash, { key, date: claim.date, scopeText: claim.signer.scopeText, seed: claim.signature }) }
}

/** The date as it stands in the string to sign, `20060102T150405Z`. */
function readDate(headers: RequestHeaders): { readonly date: string; readonly dateMs: number } {
  const amzDate = headers.get('x-amz-date')
  if (amzDate !== undefined) {
    const dateMs = parseBasicDate(amzDate)
    if (dateMs !== undefined) return { date: amzDate, dateMs }
  } else {
    const dateMs = parseHttpDate(headers.get('date') ?? '')
    if (dateMs !== undefined) return { date: formatBasicDate(dateMs), dateMs }
  }
  throw refusal('access-denied', 'AWS authentication requires a valid Date or x-amz-date header')
}

function findScopeProblem(signer: Signer, date: string, region: string): string | undefined {
  if (!date.startsWith(signer.scope.date)) return 'the date in the credential scope is not that of the request.'
  if (signer.scope.service !== 's3') return `incorrect service. This endpoint belongs to "s3".`
  const named = signer.scope.region
  if (named !== region && !((named === '' || named === 'US') && region === 'us-east-1')) return `the region is wrong; expecting '${region}'`
  return undefined
}

function verifySignature(
  request: SignedRequest,
  claim: SignatureClaim,
  date: string,
  payloadHash: string,
  verifier: Verifier,
): { accessKey: AccessKey; key: HmacKey } {
  const { signer } = claim
  refuseUnsigned(request.headers, signer.signedHeaders)
  const accessKey = verifier.accessKeys.findAccessKey(signer.accessKeyId)
  if (accessKey === undefined) throw refusal('invalid-access-key')
  if (request.headers.has('x-amz-security-token') || findParameter(request.query, 'X-Amz-Security-Token') !== undefined) throw refusal('invalid-token')
  const canonical = formatCanonicalRequest({ ...request, signedHeaders: signer.signedHeaders, payloadHash })
  if (canonical === undefined) throw refusal('signature-mismatch')
  const key = verifier.signingKeys.find(accessKey, signer.scope, signer.scopeText)
  const stringToSign = `${algorithm}\n${date}\n${signer.scopeText}\n${hashCanonicalRequest(canonical)}`
  if (!isSignature(claim.signature, key.hexOf(stringToSign))) throw mismatch(stringToSign, canonical, request.query)
  return { accessKey, key }
}

/** What was signed helps people to find the difference. Not shown when it holds a customer's key, or to whoever found somebody's presigned URL. */
function mismatch(stringToSign: string, canonical: string, query: Query): S3Error {
  const shows = !canonical.includes('-customer-key:') && (query.length === 0 || !isPresigned(query))
  return refusal('signature-mismatch', undefined, shows ? { stringToSign, canonicalRequest: canonical } : { stringToSign })
}

function refuseUnsigned(headers: RequestHeaders, signed: readonly string[]): void {
  if (!signed.includes('host')) throw refusal('headers-not-signed', undefined, { headersNotSigned: 'host' })
  for (const name of headers.keys()) {
    if (name.startsWith('x-amz-') && !signed.includes(name)) throw refusal('headers-not-signed', undefined, { headersNotSigned: name })
  }
}
