// Requests of the desktop window: the same procedures and files as over HTTPS, without a network between.
import { authorityPath, describeAuthority, type AuthorityReply } from './authority-file.ts'
import { toChunks } from './files/transfer-source.ts'
import { FileExchange } from './files/file-exchange.ts'
import { localCaller } from './caller.ts'
import type { DispatchReply } from './dispatch.ts'
import { ConsoleError } from './errors.ts'
import type { HttpEdge } from './https-server.ts'

export interface LocalRequest {
  readonly method: string
  /** With its query, encoded. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array> | undefined
}

export interface LocalReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/** Never rejects: refusals are replies. Whoever does not read the body to its end calls its `return`. */
export async function handleLocally({ services, dispatcher, transfers }: Pick<HttpEdge, 'services' | 'dispatcher' | 'transfers'>, { method, path, headers, body }: LocalRequest): Promise<LocalReply> {
  try {
    if ((method === 'GET' || method === 'HEAD') && path.split('?', 1)[0] === authorityPath) return toAuthorityReply(describeAuthority(services.certificates), method)
    if (!FileExchange.isFor(path) || !['GET', 'HEAD', 'PUT'].includes(method)) throw new ConsoleError('unknown-procedure', 'There is nothing here.')
    const gone = new AbortController()
    const { reply, release } = await transfers.serve({ method, path, headers, caller: localCaller, body, signal: gone.signal })
    const end = (): void => {
      gone.abort()
      release()
    }
    if (reply.body === undefined || typeof reply.body === 'string') {
      end()
      return { ...reply, body: toIterable(...(reply.body === undefined ? [] : [Buffer.from(reply.body)])) }
    }
    return { ...reply, body: toChunks(reply.body.source, end) }
  } catch (error) {
    return toRefusal(dispatcher.refuse(error, 'files'))
  }
}

function toAuthorityReply({ status, headers, text }: AuthorityReply, method: 'GET' | 'HEAD'): LocalReply {
  const bytes = Buffer.from(text)
  return {
    status,
    headers: { ...headers, 'content-length': String(bytes.byteLength), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    body: toIterable(...(method === 'GET' ? [bytes] : [])),
  }
}

function toRefusal({ status, body, retryAfterSeconds }: DispatchReply): LocalReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }) },
    body: toIterable(Buffer.from(body)),
  }
}

async function* toIterable(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
