// The S3 server as handlers for a Node http or https server: sockets, ports and TLS belong to whoever calls `attach`.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { RandomSource } from '../base/random.ts'
import type { AccessKeys, DecideAccess } from '../iam/index.ts'
import type { Objects } from '../objects/index.ts'
import { refusal, toErrorReply, type EdgeFault } from './errors.ts'
import { Connections } from './connections.ts'
import { Exchange } from './exchange.ts'
import { serveExchange, type Edge } from './pipeline.ts'
import { openRequestIds } from './request-ids.ts'
import { defaultS3Settings, type S3Settings } from './settings.ts'
import { AuthorizationReader } from './signature/authorization-header.ts'
import { SigningKeys } from './signature/signing-key.ts'
import { StallWatch } from './wire/stall-watch.ts'
import { element, wrap, xmlDeclaration } from './wire/xml-writer.ts'

export interface S3ServerOptions {
  /** Undefined while sealed or starting: requests get 503 with Retry-After. */
  readonly objects: () => Objects | undefined
  readonly accessKeys: AccessKeys
  readonly decideAccess: DecideAccess
  readonly clock: Clock
  readonly logger: Logger
  readonly random: RandomSource
  readonly settings?: Partial<S3Settings>
  /** Once per request, when its connection is done with it. Must not throw. */
  readonly onRequest?: (summary: RequestSummary) => void
}

export interface RequestSummary {
  readonly requestId: string
  /** `PutObject`; undefined when the request was refused before it had a route. */
  readonly operation: string | undefined
  readonly status: number
  /** S3 error code; empty for a success. */
  readonly code: string
  readonly durationMs: number
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly accessKeyId: string | undefined
  readonly remoteAddress: string | undefined
}

export interface S3Server {
  /** Serves the requests of that server from now on, and sets its timeouts. Create it with `s3HttpOptions`. */
  attach(server: Server | TlsServer): void
  readonly requestsInFlight: number
  /** Stops timers; ends nothing that runs. */
  close(): void
}

/** For `createServer` of node:http and node:https. Header blocks are limited by hand, so that the answer is an S3 error. */
export const s3HttpOptions = {
  maxHeaderSize: 64 * 1024,
  requestTimeout: 0,
  headersTimeout: 60_000,
  /** Never: idle connections are swept (connections.ts). */
  keepAliveTimeout: 0,
  requireHostHeader: false,
  noDelay: true,
  optimizeEmptyRequests: true,
} as const

export function createS3Server(options: S3ServerOptions): S3Server {
  return new S3RequestServer(options)
}

class S3RequestServer implements S3Server {
  readonly #edge: Edge
  readonly #nextRequestId: () => string
  readonly #onRequest: ((summary: RequestSummary) => void) | undefined
  readonly #connections: Connections
  requestsInFlight = 0
  /** Arrived in this turn of the loop and not yet begun. */
  #arrived: Exchange[] = []

  constructor(options: S3ServerOptions) {
    const settings = { ...defaultS3Settings, ...options.settings }
    const { objects, accessKeys, decideAccess, clock, logger } = options
    const verifier = { accessKeys, signingKeys: new SigningKeys(), authorizations: new AuthorizationReader(), clock, region: settings.region }
    this.#edge = { settings, clock, logger, decideAccess, objects, verifier, watch: new StallWatch(clock, settings.idleTimeoutMs) }
    this.#connections = new Connections(clock)
    this.#nextRequestId = openRequestIds(options.random)
    this.#onRequest = options.onRequest
  }

  attach(server: Server | TlsServer): void {
    server.requestTimeout = s3HttpOptions.requestTimeout
    server.headersTimeout = s3HttpOptions.headersTimeout
    server.keepAliveTimeout = s3HttpOptions.keepAliveTimeout
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response, false)
    })
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response, true)
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      this.#connectionFailed(error, socket)
    })
  }

  close(): void {
    this.#edge.watch.close()
    this.#connections.close()
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const exchange = new Exchange(request, response, this.#nextRequestId(), expectsContinue, this.#edge)
    const startedMs = this.#edge.clock.monotonicMs()
    const connection = this.#connections.beginRequest(request.socket)
    this.requestsInFlight++
    response.on('error', ignoreLateWrite)
    if (!request.complete) connection.sending = exchange
    response.on('close', () => {
      this.requestsInFlight--
      this.#connections.endRequest(connection)
      exchange.closed()
      this.#onRequest?.(summarise(exchange, this.#edge.clock.monotonicMs() - startedMs))
    })
    if (this.requestsInFlight > this.#edge.settings.requestsInFlightMax) exchange.sendError(refusal('slow-down'))
    else this.#beginWithOthers(exchange)
  }

  /**
   * What arrives in one turn of the loop begins together, behind the last of it: each step is then taken by one request after the other, while the
   * processor still has its code at hand (docs/adr/0012).
   */
  #beginWithOthers(exchange: Exchange): void {
    this.#arrived.push(exchange)
    if (this.#arrived.length > 1) return
    setImmediate(() => {
      const arrived = this.#arrived
      this.#arrived = []
      for (const one of arrived) void serveExchange(one, this.#edge)
    })
  }

  /** The parser gave up: bytes that are no HTTP, or a connection that ended in the middle of a body. */
  #connectionFailed(error: NodeJS.ErrnoException, socket: Duplex): void {
    const exchange = this.#connections.find(socket)?.sending
    if (exchange !== undefined && !exchange.request.complete && !exchange.response.writableEnded && socket.writable) {
      exchange.body.fail('incomplete-body')
      return
    }
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const { status, code, message } = toErrorReply(refusal(toFault(error.code)))
    const requestId = this.#nextRequestId()
    const content = element('Code', code) + element('Message', message) + element('Resource', '/') + element('RequestId', requestId)
    const body = xmlDeclaration + wrap('Error', content + element('HostId', this.#edge.settings.hostId))
    const head = `HTTP/1.1 ${status} Bad Request\r\nServer: Coffer\r\nx-amz-request-id: ${requestId}\r\nContent-Type: application/xml\r\n`
    socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`, () => {
      socket.destroy()
    })
  }
}

/** A write after the client has gone; `close` tells us of that. */
function ignoreLateWrite(): void {}

function toFault(code: string | undefined): EdgeFault {
  if (code === 'HPE_HEADER_OVERFLOW') return 'header-block-too-large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-timeout' : 'bad-request'
}

function summarise(exchange: Exchange, durationMs: number): RequestSummary {
  return {
    requestId: exchange.requestId,
    operation: exchange.route?.name,
    status: exchange.response.statusCode,
    code: exchange.code,
    durationMs,
    bytesReceived: exchange.body.receivedBytes,
    bytesSent: exchange.bytesSent,
    accessKeyId: exchange.accessKey?.accessKeyId,
    remoteAddress: exchange.request.socket.remoteAddress,
  }
}
