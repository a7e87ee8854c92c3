// An S3 server on loopback over fake objects, and a raw client that sends exactly the bytes it is told.
import { createSecretKey } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { systemClock, type Clock } from '../../../src-main/base/clock.ts'
import { silentLogger } from '../../../src-main/base/logger.ts'
import { systemRandom } from '../../../src-main/base/random.ts'
import { decideAccess, type AccessKeys } from '../../../src-main/iam/index.ts'
import type { Objects } from '../../../src-main/objects/index.ts'
import { createS3Server, s3HttpOptions, type RequestSummary, type S3Server, type S3Settings } from '../../../src-main/s3/index.ts'
import { signV4 } from '../../support/sign-v4.ts'
import { fakeObjects, type FakeObjects } from './fake-objects.ts'

export const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }

export const accessKeys: AccessKeys = {
  findAccessKey(accessKeyId) {
    return accessKeyId === credentials.accessKeyId ? rootKey : undefined
  },
}
const rootKey = { accessKeyId: credentials.accessKeyId, signingSeed: createSecretKey(Buffer.from(`AWS4${credentials.secretAccessKey}`)), isRoot: true }

export interface Fixture {
  readonly objects: FakeObjects
  readonly server: Server
  readonly s3: S3Server
  readonly host: string
  readonly port: number
  readonly summaries: RequestSummary[]
  close(): Promise<void>
}

export async function openFixture(options: { settings?: Partial<S3Settings>; clock?: Clock; objects?: () => Objects | undefined } = {}): Promise<Fixture> {
  const objects = fakeObjects()
  const summaries: RequestSummary[] = []
  const s3 = createS3Server({
    objects: options.objects ?? (() => objects),
    accessKeys,
    decideAccess,
    clock: options.clock ?? systemClock,
    logger: silentLogger,
    random: systemRandom,
    settings: { lingerMs: 100, ...options.settings },
    onRequest: (summary) => summaries.push(summary),
  })
  const server = createServer(s3HttpOptions)
  s3.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    objects,
    server,
    s3,
    port: address.port,
    host: `127.0.0.1:${address.port}`,
    summaries,
    async close() {
      s3.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface RawReply {
  readonly text: string
  readonly status: number
  readonly code: string
}

/** Sends pieces one by one, then ends its side if told so; resolves with all that came back when the connection is over. */
export function sendRaw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  options: { halfClose?: boolean; pauseMs?: number; idleMs?: number } = {},
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let text = ''
    const done = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), code: /<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? '' })
    }
    const timer = setTimeout(done, options.idleMs ?? 5000)
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    socket.on('end', done)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (text === '') reject(error)
      else done()
    })
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((resume) => setTimeout(resume, options.pauseMs ?? 5))
      }
      if (options.halfClose === true) socket.end()
    })()
  })
}

/** A signed head as text, ready for sendRaw; `extra` headers are sent unsigned, as they are. */
export function signedHead(
  fixture: Fixture,
  method: string,
  path: string,
  payloadHash: string,
  headers: Record<string, string> = {},
  extra: Record<string, string> = {},
  query = '',
): string {
  const signed = signV4(credentials, { method, path, query, host: fixture.host, payloadHash, headers })
  const lines = Object.entries({ ...signed, ...extra }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${lines.join('')}\r\n`
}
