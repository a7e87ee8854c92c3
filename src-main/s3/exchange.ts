// One request and its response: what operations see of it (S3Call), and the ways to answer it. Every answer leaves the connection in a known state:
// read to its end, or closed after a bounded wait so that the client can read the answer.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Cancellation, type CancelSignal } from '../base/cancel-signal.ts'
import type { Clock } from '../base/clock.ts'
import type { AccessKey, DecideAccess } from '../iam/index.ts'
import type { IncomingBody } from '../objects/index.ts'
import { toErrorReply, type ErrorReply } from './errors.ts'
import type { S3Call } from './operations/operation.ts'
import { replyText, type Reply } from './reply.ts'
import type { Route } from './routes.ts'
import type { S3Settings } from './settings.ts'
import type { PayloadTrust } from './signature/payload-trust.ts'
import type { Authentication } from './signature/verify-request.ts'
import { formatHttpDate } from './wire/dates.ts'
import { readDocumentBody, type DocumentRule } from './wire/document-body.ts'
import type { RequestHeaders } from './wire/headers.ts'
import { openIncomingBody } from './wire/incoming-body.ts'
import { noQuery, type Query } from './wire/query.ts'
import { RequestBody } from './wire/request-body.ts'
import type { RequestTarget } from './wire/request-target.ts'
import { sendStream } from './wire/response-stream.ts'
import type { StallWatch } from './wire/stall-watch.ts'
import { element, wrap, xmlDeclaration } from './wire/xml-writer.ts'

/** What all requests of a server share. */
export interface ExchangeContext {
  readonly settings: S3Settings
  readonly clock: Clock
  readonly watch: StallWatch
  readonly decideAccess: DecideAccess
}

const noHeaders: RequestHeaders = new Map()
/** A rejected body this short is read to its end and the connection kept. */
const drainedBytesMax = 64 * 1024
/** Of longer ones so much is read away before the connection is closed. */
const lingerBytesMax = 1024 * 1024

export class Exchange implements S3Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly expectsContinue: boolean
  readonly #context: ExchangeContext
  readonly #body: RequestBody
  target: RequestTarget | undefined
  headers: RequestHeaders = noHeaders
  route: Route | undefined
  accessKey: AccessKey | undefined
  /** For the summary. */
  code = ''
  bytesSent = 0
  #trust: PayloadTrust = { kind: 'unsigned' }
  #continued = false
  #cancellation: Cancellation | undefined

  constructor(request: IncomingMessage, response: ServerResponse, requestId: string, expectsContinue: boolean, context: ExchangeContext) {
    this.request = request
    this.response = response
    this.requestId = requestId
    this.expectsContinue = expectsContinue
    this.#context = context
    this.#body = new RequestBody(request, context.watch, () => {
      this.#sendContinue()
    })
  }

  get bucket(): string {
    return this.target?.bucket ?? ''
  }

  get name(): string {
    return this.target?.name ?? ''
  }

  get query(): Query {
    return this.target?.query ?? noQuery
  }

  get settings(): S3Settings {
    return this.#context.settings
  }

  get isAnonymous(): boolean {
    return this.accessKey === undefined
  }

  get body(): RequestBody {
    return this.#body
  }

  get origin(): string {
    return `${'encrypted' in this.request.socket ? 'https' : 'http'}://${this.headers.get('host') ?? ''}`
  }

  /** Made when first asked for: most requests are too short to need one. */
  get signal(): CancelSignal {
    if (this.#cancellation === undefined) {
      this.#cancellation = new Cancellation()
      if (this.response.destroyed) this.#cancellation.abort()
    }
    return this.#cancellation
  }

  admit(authentication: Authentication): void {
    this.accessKey = authentication.accessKey
    this.#trust = authentication.payload
  }

  /** The connection of the response is over. */
  closed(): void {
    if (!this.response.writableFinished) this.#cancellation?.abort()
  }

  openBody(): IncomingBody {
    return openIncomingBody({ headers: this.headers, query: this.query, trust: this.#trust, raw: this.#body })
  }

  readDocument(): Promise<Uint8Array | undefined> {
    const rule: DocumentRule = this.route?.document ?? { sizeMax: 0, integrity: 'optional' }
    return readDocumentBody({ headers: this.headers, query: this.query, trust: this.#trust, raw: this.#body }, rule)
  }

  mayDo(action: string, bucket: string, name: string): boolean {
    const request = { accessKey: this.accessKey, action, bucket: bucket === '' ? undefined : bucket, objectName: name === '' ? undefined : name }
    return this.#context.decideAccess(request) === 'allow'
  }

  /** Resolves when the answer is handed to the system. Rejects when the bytes of the answer fail: with nothing sent yet, another answer can be given. */
  async send(reply: Reply): Promise<void> {
    if (reply.stream === undefined) {
      this.#sendWhole(reply.status, reply.headers, replyText(reply), reply.xml !== undefined)
      return
    }
    const { length, source } = reply.stream
    if (source === undefined || length === 0) {
      source?.cancel()
      this.#sendHead(reply.status, reply.headers, length)
      this.#end()
      return
    }
    const first = await source.next()
    this.#sendHead(reply.status, reply.headers, length)
    try {
      this.bytesSent = await sendStream(this.response, length, first, source, this.#context.watch)
    } catch (error) {
      this.response.destroy()
      throw error
    }
  }

  /** The code that was answered; empty when nothing could be. */
  sendError(error: unknown): void {
    if (this.response.headersSent || this.response.destroyed) {
      this.response.destroy()
      return
    }
    const reply = toErrorReply(error)
    this.code = reply.code
    const headers = errorHeaders(reply)
    if (reply.status === 304) {
      this.#sendWhole(304, headers, undefined, false)
      return
    }
    if (this.request.method !== 'HEAD') {
      this.#sendWhole(reply.status, headers, xmlDeclaration + this.formatError(reply), true)
      return
    }
    headers.push('x-minio-error-code', reply.code, 'x-minio-error-desc', `"${reply.message}"`)
    this.#sendWhole(reply.status, headers, undefined, false)
  }

  /** Without the declaration. */
  formatError(reply: ErrorReply): string {
    const { bucket, name } = this
    let xml = element('Code', reply.code) + element('Message', reply.message)
    for (const [tag, text] of reply.elements) xml += element(tag, text)
    if (name !== '') xml += element('Key', name)
    if (bucket !== '') xml += element('BucketName', bucket)
    xml += element('Resource', `/${bucket}${name === '' ? '' : `/${name}`}`)
    return wrap('Error', xml + element('RequestId', this.requestId) + element('HostId', this.settings.hostId))
  }

  /** Begins a 200 whose document comes later: the declaration, then spaces keep the client waiting. */
  beginPatientReply(): void {
    this.response.writeHead(200, [...this.#standardHeaders(), 'Content-Type', 'application/xml'])
    this.response.write(xmlDeclaration)
  }

  endPatientReply(xml: string): void {
    this.response.end(xml)
  }

  #sendContinue(): void {
    if (!this.expectsContinue || this.#continued) return
    this.#continued = true
    this.response.writeContinue()
  }

  #standardHeaders(): string[] {
    return ['Server', 'Coffer', 'x-amz-request-id', this.requestId, 'x-amz-id-2', this.settings.hostId]
  }

  #sendHead(status: number, headers: string[], length: number | undefined): void {
    const all = this.#standardHeaders()
    for (const header of headers) all.push(header)
    if (length !== undefined) all.push('Content-Length', String(length))
    if (this.#mustClose()) all.push('Connection', 'close')
    this.response.writeHead(status, all)
  }

  #sendWhole(status: number, headers: string[], text: string | undefined, isXml: boolean): void {
    if (text === undefined) {
      this.#sendHead(status, headers, status === 204 || status === 304 ? undefined : 0)
      this.#end()
      return
    }
    const bytes = Buffer.from(text, 'utf8')
    this.bytesSent = bytes.byteLength
    this.#sendHead(status, isXml ? [...headers, 'Content-Type', 'application/xml'] : headers, bytes.byteLength)
    if (this.#isRead || !this.#mustClose()) this.#end(bytes)
    else {
      this.response.write(bytes)
      this.#linger()
    }
  }

  /** The last bytes. What is left of the request's body is read away by Node, or we linger. */
  #end(bytes?: Buffer): void {
    if (this.#mustClose()) {
      if (bytes !== undefined) this.response.write(bytes)
      else this.response.flushHeaders()
      this.#linger()
      return
    }
    this.response.end(bytes)
    if (this.#isRead) return
    const cancel = this.#context.clock.after(this.settings.lingerMs, () => {
      this.request.socket.destroy()
    })
    this.request.once('end', cancel).once('close', cancel).resume()
  }

  /** All of it came, or the head announced no body; then Node gives no events. */
  get #isRead(): boolean {
    return this.request.complete || this.request.readableEnded
  }

  /** The head was not read, the rest of the body is too long to read away, or its length or coming is unknown. */
  #mustClose(): boolean {
    if (this.headers === noHeaders) return true
    if (this.request.complete) return false
    if (this.body.isBroken) return true
    const length = this.headers.get('content-length')
    if (length === undefined) return this.headers.has('transfer-encoding')
    if (length === '0') return false
    return (this.expectsContinue && !this.#continued) || Number(length) - this.#body.receivedBytes > drainedBytesMax
  }

  /** The answer is complete on the wire; the response ends when the client has closed, sent all, or had its time. A reset would eat the answer. */
  #linger(): void {
    let bytes = 0
    let over = false
    const finish = (): void => {
      if (over) return
      over = true
      cancel()
      this.response.end()
    }
    const cancel = this.#context.clock.after(this.body.isBroken || this.#isRead ? 0 : this.settings.lingerMs, finish)
    this.request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength
      if (bytes > lingerBytesMax) finish()
    })
    this.request.once('end', finish).once('close', finish).once('error', finish).resume()
  }
}

/** Flat pairs. */
function errorHeaders(reply: ErrorReply): string[] {
  const headers: string[] = []
  const { details } = reply
  if (reply.retryAfterSeconds !== undefined) headers.push('Retry-After', String(reply.retryAfterSeconds))
  if (reply.fault === 'invalid-range' && typeof details['size'] === 'number') headers.push('Content-Range', `bytes */${details['size']}`)
  if (reply.fault === 'delete-marker') headers.push('x-amz-delete-marker', 'true', 'Allow', 'DELETE')
  else if (typeof details['deleteMarkerVersionId'] === 'string')
    headers.push('x-amz-delete-marker', 'true', 'x-amz-version-id', details['deleteMarkerVersionId'])
  if (reply.status === 304 || reply.fault === 'delete-marker') {
    if (typeof details['etag'] === 'string') headers.push('ETag', `"${details['etag']}"`)
    if (typeof details['modifiedMs'] === 'number') headers.push('Last-Modified', formatHttpDate(details['modifiedMs']))
  }
  return headers
}
