// The Authorization header of Signature Version 4: text to values, strictly, without regular expressions on unbounded input.
// All but the signature is the same for every request of a client on one day, so that part is kept.
import { refusal } from '../errors.ts'
import type { CredentialScope } from './signing-key.ts'

/** Who signs, what for, and over which headers. */
export interface Signer {
  readonly accessKeyId: string
  readonly scope: CredentialScope
  /** The scope as the client wrote it. */
  readonly scopeText: string
  readonly signedHeaders: readonly string[]
}

export interface SignatureClaim {
  readonly signer: Signer
  /** 64 hex digits as the client wrote them: also the seed of chunk signatures. */
  readonly signature: string
}

export const algorithm = 'AWS4-HMAC-SHA256'
const signedHeadersMax = 100
const signatureMark = 'Signature='
const signatureLength = 64
const keptSignersMax = 256
const keptTextLengthMax = 1024

export class AuthorizationReader {
  readonly #kept = new Map<string, Signer>()

  /** Faults: authorization-malformed, invalid-request (another kind of signature). */
  read(value: string): SignatureClaim {
    const markAt = value.length - signatureLength - signatureMark.length
    if (markAt < 0 || !value.startsWith(signatureMark, markAt)) return parseAuthorization(value)
    const text = value.slice(0, markAt)
    const kept = this.#kept.get(text)
    if (kept !== undefined) return { signer: kept, signature: value.slice(-signatureLength) }
    const claim = parseAuthorization(value)
    if (text.length <= keptTextLengthMax) {
      if (this.#kept.size >= keptSignersMax) this.#kept.clear()
      this.#kept.set(text, claim.signer)
    }
    return claim
  }
}

/** Faults: authorization-malformed, invalid-request (another kind of signature). */
export function parseAuthorization(value: string): SignatureClaim {
  if (!value.startsWith(algorithm)) {
    throw refusal('invalid-request', 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.')
  }
  let credential: string | undefined
  let signedHeaders: string | undefined
  let signature: string | undefined
  for (const piece of value.slice(algorithm.length).split(',', 8)) {
    const field = piece.trim()
    if (field.startsWith('Credential=')) credential = field.slice(11)
    else if (field.startsWith('SignedHeaders=')) signedHeaders = field.slice(14)
    else if (field.startsWith(signatureMark)) signature = field.slice(signatureMark.length)
  }
  if (credential === undefined || signedHeaders === undefined || signature === undefined) throw refusal('authorization-malformed')
  const claim = toClaim(credential, signedHeaders, signature)
  if (claim === undefined) throw refusal('authorization-malformed')
  return claim
}

/** Undefined when any of the three is malformed. */
export function toClaim(credential: string, signedHeadersText: string, signature: string): SignatureClaim | undefined {
  const signedHeaders = signedHeadersText.split(';', signedHeadersMax + 1)
  const fields = credential.split('/')
  if (signature.length !== signatureLength || signedHeaders.length > signedHeadersMax || fields.length < 5 || fields.at(-1) !== 'aws4_request') return undefined
  // From the right, since an access key id may hold slashes.
  const [date = '', region = '', service = ''] = fields.slice(-4)
  const accessKeyId = fields.slice(0, -4).join('/')
  if (date.length !== 8 || accessKeyId === '') return undefined
  return { signer: { accessKeyId, scope: { date, region, service }, scopeText: fields.slice(-4).join('/'), signedHeaders }, signature }
}
