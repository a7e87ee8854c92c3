// The console over HTTP/1.1: POST /api/<procedure>, the live state, probes, the authority's certificate, the page. Sockets and TLS belong
// to whoever calls `attach`; over the network it must be a TLS server.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { Clock } from '../base/clock.ts'
import { toSeenState } from '../contract/appliance-state.ts'
import { requestSizeMax } from '../contract/procedures.ts'
import { authorityPath, describeAuthority } from './authority-file.ts'
import type { Caller, ConsoleServices } from './call-context.ts'
import { readCaller } from './caller.ts'
import type { Dispatcher, DispatchReply } from './dispatch.ts'
import { ConsoleError } from './errors.ts'
import { checkCall, checkLocal, checkPlace, formatSessionCookie, tooLarge } from './request-checks.ts'
import { FileExchange } from './files/file-exchange.ts'
import { lingerOver, serveFile } from './files/serve-file.ts'
import type { StaticFiles } from './static-files.ts'

export const contentPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const strictHeaders: readonly (readonly [string, string])[] = [
  ['content-security-policy', contentPolicy],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(self), microphone=(), geolocation=()'],
  ['cache-control', 'no-store'],
]

export interface HttpEdge {
  readonly services: ConsoleServices
  readonly dispatcher: Dispatcher
  readonly files: StaticFiles
  readonly transfers: FileExchange
}

const bodyDeadlineMs = 30_000

/** Serves the requests of that server from now on. `kind` says where its connections come from. */
export function attachConsole(edge: HttpEdge, server: Server | TlsServer, kind: Caller['kind']): void {
  server.headersTimeout = 10_000
  // Uploads take as long as they take; every wait for bytes has its own deadline.
  server.requestTimeout = 0
  server.keepAliveTimeout = 65_000
  server.maxRequestsPerSocket = 1000
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    for (const [name, value] of strictHeaders) outgoing.setHeader(name, value)
    incoming.on('error', () => undefined)
    outgoing.on('error', () => undefined)
    serve(edge, incoming, outgoing, kind).catch((error: unknown) => {
      if (outgoing.headersSent || outgoing.destroyed) {
        outgoing.destroy()
        return
      }
      const isFile = FileExchange.isFor(pathOf(incoming))
      // What still comes is thrown away while the refusal goes out; then the connection ends. A page that sends a file reads the
      // refusal only after its last byte, so that is waited for a little.
      if (isFile) lingerOver(incoming, edge.services.clock)
      else incoming.resume()
      sendReply(outgoing, edge.dispatcher.refuse(error, isFile ? 'files' : pathOf(incoming)), !incoming.complete && !isFile)
    })
  })
}

async function serve(edge: HttpEdge, incoming: IncomingMessage, outgoing: ServerResponse, kind: Caller['kind']): Promise<void> {
  const path = pathOf(incoming)
  const method = incoming.method ?? ''
  const isGet = method === 'GET' || method === 'HEAD'
  if (isGet && path === '/health/live') return sendText(outgoing, 200, 'live\n')
  if (isGet && path === '/health/ready') return sendReady(edge, outgoing)
  if (isGet && path === authorityPath) return sendAuthority(edge, outgoing)
  const { headers } = incoming
  if (kind === 'local') checkLocal(headers)
  else checkPlace(headers, edge.services.site.hostNames())
  if (path.startsWith('/api/')) {
    const caller = readCaller(incoming, kind)
    if (method !== 'POST') return sendText(outgoing, 405, 'POST\n', { allow: 'POST' })
    return serveCall(edge, incoming, outgoing, caller, path.slice('/api/'.length))
  }
  if (FileExchange.isFor(path)) {
    if (!isGet && method !== 'PUT') return sendText(outgoing, 405, 'GET, PUT\n', { allow: 'GET, HEAD, PUT' })
    return serveFile(edge.transfers, incoming, outgoing, readCaller(incoming, kind), edge.services.clock)
  }
  if (!isGet) return sendText(outgoing, 405, 'GET\n', { allow: 'GET, HEAD' })
  sendFile(edge, outgoing, path)
}

function pathOf(incoming: IncomingMessage): string {
  return (incoming.url ?? '').split(/[?#]/, 1)[0] ?? ''
}

/** Headers, then permission, then body: a stranger's body is not even read. */
async function serveCall(edge: HttpEdge, incoming: IncomingMessage, outgoing: ServerResponse, caller: Caller, name: string): Promise<void> {
  checkCall(incoming.headers, requestSizeMax)
  const admitted = await edge.dispatcher.admit(name, caller)
  const body = await readBody(incoming, edge.services.clock)
  sendReply(outgoing, await edge.dispatcher.call(admitted, body), false)
}

/** Faults: too-large, bad-input (not UTF-8, or cut off). */
function readBody(incoming: IncomingMessage, clock: Clock): Promise<string> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(bodyDeadlineMs, () => { incoming.destroy() })
    const chunks: Buffer[] = []
    let sizeBytes = 0
    incoming.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength
      if (sizeBytes <= requestSizeMax) chunks.push(chunk)
      else {
        chunks.length = 0
        reject(tooLarge(requestSizeMax))
      }
    })
    incoming.on('end', () => {
      const whole = Buffer.concat(chunks)
      const text = whole.toString('utf8')
      // It may hold a share or a password; the text can't be wiped, the bytes can.
      whole.fill(0)
      for (const chunk of chunks) chunk.fill(0)
      resolve(text)
    })
    incoming.on('close', () => {
      cancel()
      reject(new ConsoleError('bad-input', 'The request was cut off.'))
    })
  })
}

function sendReply(outgoing: ServerResponse, reply: DispatchReply, closes: boolean): void {
  if (reply.session !== undefined) outgoing.setHeader('set-cookie', formatSessionCookie(reply.session.token))
  if (reply.retryAfterSeconds !== undefined) outgoing.setHeader('retry-after', reply.retryAfterSeconds)
  if (closes) outgoing.setHeader('connection', 'close')
  outgoing.writeHead(reply.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply.body) })
  outgoing.end(reply.body)
}

function sendText(outgoing: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text), ...headers })
  outgoing.end(text)
}

/** Ready: S3 clients are served, at least with reads. */
function sendReady({ services: { store } }: HttpEdge, outgoing: ServerResponse): void {
  if (toSeenState(store.view().lifecycle.state, store.health()).reads) sendText(outgoing, 200, 'ready\n')
  else sendText(outgoing, 503, 'not ready\n', { 'retry-after': '5' })
}

function sendAuthority({ services: { certificates } }: HttpEdge, outgoing: ServerResponse): void {
  const { status, headers, text } = describeAuthority(certificates)
  sendText(outgoing, status, text, headers)
}

function sendFile({ files }: HttpEdge, outgoing: ServerResponse, path: string): void {
  const file = files.find(path)
  if (file !== undefined) {
    outgoing.writeHead(200, { 'content-type': file.contentType, 'content-length': file.bytes.byteLength })
    outgoing.end(file.bytes)
  } else if (path === '/') sendText(outgoing, 200, 'Coffer. The console is used with the coffer command on this machine.\n')
  else sendText(outgoing, 404, 'There is nothing here.\n')
}
