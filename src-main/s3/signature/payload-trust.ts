// What x-amz-content-sha256 says about the body: a hash of it, nothing, or that it comes in signed or unsigned chunks.
import { parseHex } from '../../base/bytes.ts'
import type { HmacKey } from '../../crypto/hmac.ts'
import { refusal } from '../errors.ts'

/** What chunk signatures go on from: the signature of the request's head. */
export interface ChunkSigning {
  readonly key: HmacKey
  /** yyyymmddThhmmssZ */
  readonly date: string
  readonly scopeText: string
  readonly seed: string
}

export type PayloadTrust =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'hashed'; readonly sha256: Uint8Array }
  | { readonly kind: 'chunked'; readonly trailer: boolean; readonly signing: ChunkSigning | undefined }

export const unsignedPayload = 'UNSIGNED-PAYLOAD'
/** SHA-256 of nothing. */
export const emptyPayloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const unsigned: PayloadTrust = { kind: 'unsigned' }

/** `signing` is undefined for an anonymous request. Faults: invalid-argument, not-implemented (ECDSA), access-denied. */
export function readPayloadTrust(value: string, signing: ChunkSigning | undefined): PayloadTrust {
  if (value === unsignedPayload) return unsigned
  if (value.startsWith('STREAMING-')) return readStreaming(value, signing)
  const sha256 = value.length === 64 ? parseHex(value) : undefined
  if (sha256 === undefined) {
    throw refusal(
      'invalid-argument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
      {
        argumentName: 'x-amz-content-sha256',
      },
    )
  }
  return { kind: 'hashed', sha256 }
}

function readStreaming(value: string, signing: ChunkSigning | undefined): PayloadTrust {
  if (value === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return { kind: 'chunked', trailer: true, signing: undefined }
  const trailer = value.endsWith('-TRAILER')
  if (value !== `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`)
    throw refusal('not-implemented', 'This form of streaming signature is not implemented.')
  if (signing === undefined) throw refusal('access-denied')
  return { kind: 'chunked', trailer, signing }
}
