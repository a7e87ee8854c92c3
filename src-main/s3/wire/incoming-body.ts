// From the wire's body to what the object layer takes: plain bytes, their number, and the digests the client announced, trailers included.
import type { ByteSource } from '../../base/byte-stream.ts'
import type { ExpectedDigests, IncomingBody } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { ChunkedBody } from '../signature/chunked-body.ts'
import type { PayloadTrust } from '../signature/payload-trust.ts'
import { readAnnouncedDigests, readTrailingChecksum, type AnnouncedDigests } from './checksums.ts'
import { parseCount, type RequestHeaders } from './headers.ts'
import type { Query } from './query.ts'

export interface BodyOfRequest {
  readonly headers: RequestHeaders
  readonly query: Query
  readonly trust: PayloadTrust
  readonly raw: ByteSource
}

/** Checks all that the head says about the body. Faults: missing-content-length, invalid-argument, those of announced digests. */
export function openIncomingBody(request: BodyOfRequest): IncomingBody {
  const announced = readAnnouncedDigests(request.headers, request.query)
  const size = readBodySize(request.headers, request.trust.kind === 'chunked')
  if (request.trust.kind !== 'chunked') {
    if (announced.checksum?.value === undefined && announced.checksum !== undefined) throw refusal('malformed-trailer')
    return toIncomingBody(size, request.raw, request.trust, announced, () => announced.checksum?.value)
  }
  const { trailer, signing } = request.trust
  const decoded = new ChunkedBody(request.raw, { size, signing, trailer })
  return toIncomingBody(size, decoded, request.trust, announced, () => {
    if (!decoded.isVerified) throw refusal('incomplete-body')
    const checksum = announced.checksum
    if (checksum === undefined || checksum.value !== undefined) return checksum?.value
    return readTrailingChecksum(checksum.algorithm, decoded.trailers)
  })
}

function toIncomingBody(
  size: number,
  source: ByteSource,
  trust: PayloadTrust,
  announced: AnnouncedDigests,
  checksumValue: () => Uint8Array | undefined,
): IncomingBody {
  const { md5, checksum } = announced
  const payloadSha256 = trust.kind === 'hashed' ? trust.sha256 : undefined
  return {
    size,
    source,
    digests: {
      payloadSha256: payloadSha256 !== undefined,
      md5Announced: md5 !== undefined,
      ...(checksum === undefined ? {} : { checksum: checksum.algorithm }),
    },
    expected(): ExpectedDigests {
      const value = checksumValue()
      return {
        ...(payloadSha256 === undefined ? {} : { payloadSha256 }),
        ...(md5 === undefined ? {} : { md5 }),
        ...(checksum === undefined || value === undefined ? {} : { checksum: { algorithm: checksum.algorithm, value } }),
      }
    },
  }
}

/** Plain bytes to come. */
function readBodySize(headers: RequestHeaders, chunked: boolean): number {
  const decoded = headers.get('x-amz-decoded-content-length')
  if (decoded !== undefined && (chunked || headers.has('transfer-encoding'))) {
    const size = parseCount(decoded)
    if (size === undefined)
      throw refusal('invalid-argument', 'The x-amz-decoded-content-length is not valid.', { argumentName: 'x-amz-decoded-content-length' })
    return size
  }
  const length = headers.get('content-length')
  if (chunked || length === undefined) throw refusal('missing-content-length')
  return parseCount(length) ?? 0
}
