// GET, HEAD and PUT of `/files/<bucket>/<name>`, whatever carries them: browser or desktop window. The caller's place was checked before.
// Order: signed in? → a call of the page (PUT)? → what is asked? → the object layer. Bytes are streamed with bounded memory.
import type { ByteSource } from '../../base/byte-stream.ts'
import { fileSizeHeader, filesPath, parseFilePath, type FileAddress } from '../../contract/files.ts'
import { partNumberMax } from '../../contract/objects.ts'
import { csrfHeader } from '../../contract/procedures.ts'
import { ObjectError, type IncomingBody, type ReadObject } from '../../objects/index.ts'
import type { Caller, ConsoleServices } from '../call-context.ts'
import { ConsoleError } from '../errors.ts'
import { openObjects } from '../handlers/buckets.ts'
import { describeFile, parseContentType, parseEtag, parseRange, parseSize, type FileHeaders } from './file-headers.ts'
import { ReceivedBytes, type TransferWatch } from './transfer-source.ts'

export interface FileRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: FileHeaders
  readonly caller: Caller
  readonly body: AsyncIterable<Uint8Array> | undefined
  /** The client went away. */
  readonly signal: AbortSignal
}

export interface FileReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Undefined: a reply without a body. The receiver drains or cancels a source. */
  readonly body?: { readonly lengthBytes: number; readonly source: ByteSource } | string
}

const transfersMax = 64
/** Bytes that move are activity of the operator, noted so often. */
const activityEveryMs = 10_000

export class FileExchange {
  readonly #services: ConsoleServices
  #transfers = 0

  constructor(services: ConsoleServices) {
    this.#services = services
  }

  static isFor(path: string): boolean {
    return path.startsWith(filesPath)
  }

  /** Faults: not-signed-in, missing-csrf-header, bad-input, busy, those of the object layer. `release` when the reply is over, or on a fault. */
  async serve(request: FileRequest): Promise<{ readonly reply: FileReply; readonly release: () => void }> {
    const { method, caller } = request
    this.#requireOperator(caller)
    if (method === 'PUT' && request.headers[csrfHeader] === undefined) throw new ConsoleError('missing-csrf-header', `The request lacks the header ${csrfHeader}.`)
    const address = parseFilePath(request.path)
    if (address === undefined) throw new ConsoleError('bad-object-name', 'This address names no object.', { hint: 'It is /files/<bucket>/<name>, both percent-encoded.' })
    if (this.#transfers >= transfersMax) throw new ConsoleError('busy', 'Many transfers are under way.', { hint: 'Try again in a moment.', retryAfterSeconds: 1 })
    this.#transfers++
    let isReleased = false
    const release = (): void => {
      if (!isReleased) this.#transfers--
      isReleased = true
    }
    try {
      const query = new URLSearchParams(request.path.split('?')[1] ?? '')
      const reply = method === 'PUT' ? await this.#put(request, address, query) : await this.#get(request, address, query.get('view') === '1')
      return { reply, release }
    } catch (error) {
      release()
      throw error
    }
  }

  async #put(request: FileRequest, address: FileAddress, query: URLSearchParams): Promise<FileReply> {
    const { headers, signal } = request
    const body = this.#receive(request)
    const objects = openObjects(this.#services.store)
    const part = readPart(query)
    const contentType = parseContentType(headers['content-type'])
    const written =
      part === undefined
        ? await objects.putObject({ ...address, body, headers: contentType === undefined ? {} : { contentType }, userMetadata: {}, condition: {} }, signal)
        : await objects.uploadPart({ ...address, ...part, body }, signal)
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ etag: written.etag }) }
  }

  /** Faults: bad-input. */
  #receive({ headers, body, caller }: FileRequest): IncomingBody {
    const sizeBytes = parseSize(headers[fileSizeHeader]) ?? parseSize(headers['content-length'])
    if (sizeBytes === undefined || body === undefined) {
      throw new ConsoleError('bad-input', 'The request does not say how many bytes it brings.', { hint: `Send Content-Length or ${fileSizeHeader}.` })
    }
    return { size: sizeBytes, source: new ReceivedBytes(body, this.#watchOf(caller)), digests: { payloadSha256: false, md5Announced: false }, expected: () => ({}) }
  }

  async #get({ method, headers, signal, caller }: FileRequest, address: FileAddress, isView: boolean): Promise<FileReply> {
    const objects = openObjects(this.#services.store)
    const request = { ...address, condition: readConditions(headers), ...(await this.#readRange(headers, address)) }
    let read: ReadObject
    try {
      read = method === 'HEAD' ? await objects.headObject(request) : await objects.getObject(request, signal)
    } catch (error) {
      if (error instanceof ObjectError && error.fault === 'not-modified') return { status: 304, headers: {} }
      throw error
    }
    const { info, range, length, body } = read
    const described = { ...describeFile(info, isView), 'content-length': String(length) }
    return {
      status: range === undefined ? 200 : 206,
      headers: range === undefined ? described : { ...described, 'content-range': `bytes ${range.from}-${range.to}/${info.size}` },
      ...(body === undefined ? {} : { body: { lengthBytes: length, source: this.#guarded(body, caller) } }),
    }
  }

  /** If-Range (RFC 9110 §13.1.5): another object than the one begun with is sent whole. */
  async #readRange(headers: FileHeaders, address: FileAddress): Promise<{ range?: NonNullable<ReturnType<typeof parseRange>> }> {
    const range = parseRange(headers['range'])
    if (range === undefined) return {}
    if (headers['if-range'] === undefined) return { range }
    const { info } = await openObjects(this.#services.store).headObject({ ...address, condition: {} })
    return parseEtag(headers['if-range']) === info.etag ? { range } : {}
  }

  #guarded(source: ByteSource, caller: Caller): ByteSource {
    const { beforeEach } = this.#watchOf(caller)
    return {
      next: () => {
        beforeEach()
        return source.next()
      },
      cancel: () => { source.cancel() },
    }
  }

  #watchOf(caller: Caller): TransferWatch {
    const { clock } = this.#services
    let notedMs = clock.monotonicMs()
    return {
      clock,
      beforeEach: () => {
        const now = clock.monotonicMs()
        if (now - notedMs < activityEveryMs) return
        notedMs = now
        this.#requireOperator(caller)
      },
    }
  }

  /** Faults: not-signed-in. */
  #requireOperator(caller: Caller): void {
    if (caller.kind === 'local' || this.#services.sessions.isSignedIn(caller, true)) return
    throw new ConsoleError('not-signed-in', 'This needs signing in.', { hint: 'Sign in and try again.' })
  }
}

function readConditions(headers: FileHeaders): { ifMatch?: string; ifNoneMatch?: string } {
  const [ifMatch, ifNoneMatch] = [parseEtag(headers['if-match']), parseEtag(headers['if-none-match'])]
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) }
}

/** Undefined: the whole object. Faults: bad-part. */
function readPart(query: URLSearchParams): { readonly uploadId: string; readonly partNumber: number } | undefined {
  const [uploadId, part] = [query.get('uploadId'), query.get('part')]
  if (uploadId === null && part === null) return undefined
  const partNumber = /^\d{1,5}$/.test(part ?? '') ? Number(part) : 0
  if (uploadId === null || uploadId === '' || uploadId.length > 128 || partNumber < 1 || partNumber > partNumberMax) {
    throw new ConsoleError('bad-part', 'The part of the upload is not named as it should be.', { hint: 'Send uploadId and part, from 1 to 10000.' })
  }
  return { uploadId, partNumber }
}
