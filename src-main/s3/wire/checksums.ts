// What a client announces about the bytes it sends: Content-MD5, one x-amz-checksum-*, in a header, in a trailer, or in a presigned query.
import { parseBase64 } from '../../base/bytes.ts'
import { parseChecksum } from '../../base/checksum.ts'
import type { Checksum, ChecksumAlgorithm } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import type { RequestHeaders } from './headers.ts'
import { findParameter, type Query } from './query.ts'

export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256']

/** Names of elements in XML, `ChecksumCRC32` and so on. */
export const checksumElements: Readonly<Record<ChecksumAlgorithm, string>> = {
  crc32: 'ChecksumCRC32',
  crc32c: 'ChecksumCRC32C',
  crc64nvme: 'ChecksumCRC64NVME',
  sha1: 'ChecksumSHA1',
  sha256: 'ChecksumSHA256',
}

export interface AnnouncedDigests {
  readonly md5: Uint8Array | undefined
  readonly checksum: AnnouncedChecksum | undefined
}

export interface AnnouncedChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Undefined: it comes in a trailer of that name. */
  readonly value: Uint8Array | undefined
}

const headerPrefix = 'x-amz-checksum-'

/** Faults: invalid-digest, checksum-request-invalid. */
export function readAnnouncedDigests(headers: RequestHeaders, query: Query): AnnouncedDigests {
  return { md5: readContentMd5(headers), checksum: readChecksum(headers, query) }
}

function readContentMd5(headers: RequestHeaders): Uint8Array | undefined {
  const text = headers.get('content-md5')
  if (text === undefined) return undefined
  const md5 = parseBase64(text)
  if (md5?.byteLength !== 16) throw refusal('invalid-digest')
  return md5
}

function readChecksum(headers: RequestHeaders, query: Query): AnnouncedChecksum | undefined {
  const sent = findSentChecksum(headers, query)
  const trailing = readTrailerName(headers.get('x-amz-trailer'))
  if (sent !== undefined && trailing !== undefined)
    throw refusal('checksum-request-invalid', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')
  const announced = sent ?? (trailing === undefined ? undefined : { algorithm: trailing, value: undefined })
  const named = headers.get('x-amz-sdk-checksum-algorithm') ?? findParameter(query, 'x-amz-sdk-checksum-algorithm')
  if (named !== undefined && named !== '') {
    const algorithm = parseChecksumAlgorithm(named)
    if (announced === undefined) {
      throw refusal(
        'checksum-request-invalid',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      )
    }
    if (announced.algorithm !== algorithm) throw refusal('checksum-request-invalid', 'Value for x-amz-sdk-checksum-algorithm header is invalid.')
  }
  return announced
}

function findSentChecksum(headers: RequestHeaders, query: Query): AnnouncedChecksum | undefined {
  let found: AnnouncedChecksum | undefined
  for (const algorithm of checksumAlgorithms) {
    const name = headerPrefix + algorithm
    const text = headers.get(name) ?? (query.length === 0 ? undefined : findParameter(query, name))
    if (text === undefined) continue
    if (found !== undefined) throw refusal('checksum-request-invalid', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')
    found = { algorithm, value: parseChecksumValue(algorithm, text) }
  }
  if (found === undefined) refuseUnknownAlgorithms(headers)
  return found
}

const notValues = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-checksum-mode'])

function refuseUnknownAlgorithms(headers: RequestHeaders): void {
  for (const name of headers.keys()) {
    if (name.startsWith(headerPrefix) && !notValues.has(name)) throw refusal('checksum-request-invalid', 'The checksum algorithm is not supported.')
  }
}

/** Faults: checksum-request-invalid. */
export function parseChecksumValue(algorithm: ChecksumAlgorithm, text: string): Uint8Array {
  const value = parseChecksum(algorithm, text)
  if (value === undefined) throw refusal('checksum-request-invalid', `Value for ${headerPrefix}${algorithm} header is invalid.`)
  return value
}

/** As clients write it, `CRC32` in any case. Faults: checksum-request-invalid. */
export function parseChecksumAlgorithm(text: string): ChecksumAlgorithm {
  const name = text.toLowerCase()
  const algorithm = checksumAlgorithms.find((known) => known === name)
  if (algorithm === undefined)
    throw refusal(
      'checksum-request-invalid',
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    )
  return algorithm
}

/** Several trailers at once, or one that is no checksum, are refused. */
function readTrailerName(value: string | undefined): ChecksumAlgorithm | undefined {
  if (value === undefined || value === '') return undefined
  const name = value.trim().toLowerCase()
  const algorithm = checksumAlgorithms.find((known) => headerPrefix + known === name)
  if (algorithm === undefined) throw refusal('checksum-request-invalid', 'The value specified in the x-amz-trailer header is not supported')
  return algorithm
}

/** The value that a trailer brought. Faults: malformed-trailer, checksum-request-invalid. */
export function readTrailingChecksum(algorithm: ChecksumAlgorithm, trailers: ReadonlyMap<string, string>): Uint8Array {
  const text = trailers.get(headerPrefix + algorithm)
  if (text === undefined || trailers.size !== 1) throw refusal('malformed-trailer')
  return parseChecksumValue(algorithm, text)
}

/** Flat name and value pairs for a reply. */
export function checksumHeaders(checksum: Checksum | undefined): string[] {
  return checksum === undefined ? [] : [headerPrefix + checksum.algorithm, checksum.value, 'x-amz-checksum-type', checksum.type]
}
