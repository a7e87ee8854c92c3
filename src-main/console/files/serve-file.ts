// `/files/` over HTTP: the request's bytes as they come, the reply's bytes as fast as they are taken.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ByteSource } from '../../base/byte-stream.ts'
import type { Clock } from '../../base/clock.ts'
import type { Caller } from '../call-context.ts'
import type { FileExchange, FileReply } from './file-exchange.ts'
import type { FileHeaders } from './file-headers.ts'
import { stallMs } from './transfer-source.ts'

/** What still comes of a refused upload is thrown away, so that the sender reads the refusal; not for ever. */
const lingerMs = 5000
const lingerBytesMax = 64 * 1024 * 1024

/** Rejects with the refusal while nothing was sent. */
export async function serveFile(files: FileExchange, incoming: IncomingMessage, outgoing: ServerResponse, caller: Caller, clock: Clock): Promise<void> {
  const gone = new AbortController()
  outgoing.on('close', () => { gone.abort() })
  const { reply, release } = await files.serve({
    method: incoming.method ?? '', path: incoming.url ?? '', headers: toFileHeaders(incoming), caller, signal: gone.signal,
    // The socket outlives a body that nobody reads to its end: the refusal goes out over it.
    body: incoming.iterator({ destroyOnReturn: false }),
  })
  try {
    await send(reply, outgoing, clock)
  } finally {
    release()
  }
}

/** For a refused request: the connection ends when its body did, or when too much of it comes. */
export function lingerOver(incoming: IncomingMessage, clock: Clock): void {
  if (incoming.complete) return
  let sizeBytes = 0
  const cancel = clock.after(lingerMs, () => { incoming.socket.destroy() })
  incoming.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.byteLength
    if (sizeBytes > lingerBytesMax) incoming.socket.destroy()
  })
  incoming.once('end', cancel)
  incoming.once('close', cancel)
  incoming.resume()
}

async function send({ status, headers, body }: FileReply, outgoing: ServerResponse, clock: Clock): Promise<void> {
  if (typeof body === 'string') {
    outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
    outgoing.end(body)
    return
  }
  outgoing.writeHead(status, headers)
  if (body === undefined) outgoing.end()
  else await sendBytes(body.source, body.lengthBytes, outgoing, clock)
}

/** A body that breaks off, or is not as long as was said, breaks the connection: the client then knows. */
async function sendBytes(source: ByteSource, lengthBytes: number, outgoing: ServerResponse, clock: Clock): Promise<void> {
  let sentBytes = 0
  try {
    for (let view = await source.next(); view !== undefined && !outgoing.destroyed; view = await source.next()) {
      sentBytes += view.byteLength
      await write(outgoing, view, clock)
    }
  } catch {
    outgoing.destroy()
  } finally {
    source.cancel()
  }
  if (sentBytes === lengthBytes) outgoing.end()
  else outgoing.destroy()
}

/** The view may be used again when this resolves: the system has taken it, or the connection is over. */
async function write(outgoing: ServerResponse, view: Uint8Array, clock: Clock): Promise<void> {
  const cancel = clock.after(stallMs, () => { outgoing.destroy() })
  const over = new AbortController()
  try {
    const taken = new Promise<void>((resolve) => { outgoing.write(view, () => { resolve() }) })
    await Promise.race([taken, once(outgoing, 'close', { signal: over.signal })])
  } finally {
    cancel()
    over.abort()
  }
}

function toFileHeaders({ headers }: IncomingMessage): FileHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]))
}
