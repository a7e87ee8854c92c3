// Request documents (XML): read whole within a limit, and verified here against every digest the client announced.
import { equalBytes } from '../../base/bytes.ts'
import { readAll, type ByteSource } from '../../base/byte-stream.ts'
import { ObjectError } from '../../objects/index.ts'
import { refusal } from '../errors.ts'
import { ChunkedBody } from '../signature/chunked-body.ts'
import { readAnnouncedDigests, readTrailingChecksum } from './checksums.ts'
import { digestDocument } from './document-digest.ts'
import { parseCount } from './headers.ts'
import type { BodyOfRequest } from './incoming-body.ts'

export interface DocumentRule {
  readonly sizeMax: number
  /** Whether Content-MD5 or a checksum must be sent, may be sent, or speaks of the object instead of the document. */
  readonly integrity: 'mandatory' | 'optional' | 'of-object'
}

/** Undefined when it is empty. Faults: document-too-large, missing-digest, incomplete-body, digest-mismatch, those of announced digests and of chunks. */
export async function readDocumentBody(request: BodyOfRequest, rule: DocumentRule): Promise<Uint8Array | undefined> {
  const { headers, trust } = request
  const announced = rule.integrity === 'of-object' ? undefined : readAnnouncedDigests(headers, request.query)
  if (rule.integrity === 'mandatory' && announced?.md5 === undefined && announced?.checksum === undefined) throw refusal('missing-digest')
  const size = readDeclaredSize(request)
  if (size !== undefined && size > rule.sizeMax) throw refusal('document-too-large')
  const chunked = trust.kind === 'chunked' ? new ChunkedBody(request.raw, { size: size ?? 0, signing: trust.signing, trailer: trust.trailer }) : undefined
  const bytes = size === 0 && chunked === undefined ? new Uint8Array(0) : await readWithin(chunked ?? request.raw, rule.sizeMax)
  if (size !== undefined && bytes.byteLength !== size) throw refusal(bytes.byteLength < size ? 'incomplete-body' : 'body-too-long')
  if (trust.kind === 'hashed') requireEqual('sha256-payload', digestDocument('sha256', bytes), trust.sha256)
  if (announced?.md5 !== undefined) requireEqual('md5', digestDocument('md5', bytes), announced.md5)
  const checksum = announced?.checksum
  if (checksum !== undefined) {
    const expected = checksum.value ?? readTrailingChecksum(checksum.algorithm, chunked?.trailers ?? new Map())
    requireEqual(checksum.algorithm, digestDocument(checksum.algorithm, bytes), expected)
  }
  return bytes.byteLength === 0 ? undefined : bytes
}

async function readWithin(source: ByteSource, sizeMax: number): Promise<Uint8Array> {
  const bytes = await readAll(source, sizeMax)
  if (bytes === undefined) throw refusal('document-too-large')
  return bytes
}

/** Undefined: sent in HTTP chunks, its size is not known before its end. */
function readDeclaredSize({ headers, trust }: BodyOfRequest): number | undefined {
  const text = trust.kind === 'chunked' ? headers.get('x-amz-decoded-content-length') : headers.get('content-length')
  if (text !== undefined) return parseCount(text) ?? 0
  if (trust.kind === 'chunked') throw refusal('missing-content-length')
  return headers.has('transfer-encoding') ? undefined : 0
}

function requireEqual(algorithm: string, computed: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(computed, expected)) throw new ObjectError('digest-mismatch', 'the document differs from its announced digest', { algorithm })
}
