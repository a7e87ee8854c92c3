// A small S3 client for tests: signs by itself, keeps connections, shows status, headers and body as they came.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { sha256Hex, signV4, type Credentials } from './sign-v4.ts'

export interface S3Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** `<Code>` of an error document, or empty. */
  readonly code: string
}

export interface S3TestClientOptions {
  readonly endpoint: string
  readonly credentials: Credentials
  readonly authority?: Buffer
  readonly connectionsMax?: number
}

export interface S3RequestOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly timeoutMs?: number
}

function encodePart(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

export class S3TestClient {
  readonly #url: URL
  readonly #options: S3TestClientOptions
  readonly #agent: HttpAgent | HttpsAgent

  constructor(options: S3TestClientOptions) {
    this.#options = options
    this.#url = new URL(options.endpoint)
    const agentOptions = { keepAlive: true, maxSockets: options.connectionsMax ?? 32 }
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent({ ...agentOptions, ...(options.authority === undefined ? {} : { ca: options.authority }) }) : new HttpAgent(agentOptions)
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Rejects only when there is no answer (connection lost, deadline). */
  send(method: string, bucket: string, objectName: string | undefined, options: S3RequestOptions = {}): Promise<S3Reply> {
    const body = options.body ?? new Uint8Array(0)
    const path = `/${bucket}${objectName === undefined ? '' : `/${objectName.split('/').map(encodePart).join('/')}`}`
    const query = Object.entries(options.query ?? {})
      .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
      .sort()
      .join('&')
    const headers = signV4(this.#options.credentials, { method, path, query, host: this.#url.host, payloadHash: sha256Hex(body), ...(options.headers === undefined ? {} : { headers: options.headers }) })
    headers['content-length'] = String(body.byteLength)
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest
      const outgoing = send(
        { host: this.#url.hostname, port: this.#url.port, method, path: query === '' ? path : `${path}?${query}`, headers, agent: this.#agent, timeout: options.timeoutMs ?? 60_000 },
        (incoming: IncomingMessage) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', reject)
          incoming.on('aborted', () => { reject(new Error('answer cut')) })
          incoming.on('end', () => {
            const whole = Buffer.concat(chunks)
            const code = incoming.headers['content-type']?.includes('xml') === true ? (/<Code>([^<]*)<\/Code>/.exec(whole.toString())?.[1] ?? '') : ''
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: whole, code })
          })
        },
      )
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async #expect(reply: Promise<S3Reply>, ...statuses: number[]): Promise<S3Reply> {
    const answer = await reply
    if (!statuses.includes(answer.status)) throw new Error(`answer ${answer.status} ${answer.code}: ${answer.body.toString().slice(0, 500)}`)
    return answer
  }

  async createBucket(bucket: string): Promise<void> {
    await this.#expect(this.send('PUT', bucket, undefined), 200)
  }

  async put(bucket: string, name: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const reply = await this.#expect(this.send('PUT', bucket, name, { body, headers }), 200)
    return String(reply.headers['etag']).replaceAll('"', '')
  }

  /** Undefined: absent. */
  async get(bucket: string, name: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer | undefined> {
    const reply = await this.#expect(this.send('GET', bucket, name, { headers }), 200, 206, 404)
    return reply.status === 404 ? undefined : reply.body
  }

  async delete(bucket: string, name: string): Promise<void> {
    await this.#expect(this.send('DELETE', bucket, name), 204)
  }

  /** Every name under a prefix, all pages. */
  async list(bucket: string, prefix = '', pageSize = 1000): Promise<string[]> {
    const names: string[] = []
    let token: string | undefined
    do {
      const reply = await this.#expect(
        this.send('GET', bucket, undefined, { query: { 'list-type': '2', prefix, 'max-keys': String(pageSize), 'encoding-type': 'url', ...(token === undefined ? {} : { 'continuation-token': token }) } }),
        200,
      )
      const text = reply.body.toString()
      for (const match of text.matchAll(/<Contents>.*?<Key>([^<]*)<\/Key>/gs)) names.push(decodeURIComponent((match[1] ?? '').replaceAll('+', ' ')))
      token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1]
    } while (token !== undefined)
    return names
  }

  async createUpload(bucket: string, name: string): Promise<string> {
    const reply = await this.#expect(this.send('POST', bucket, name, { query: { uploads: '' } }), 200)
    return /<UploadId>([^<]*)</.exec(reply.body.toString())?.[1] ?? ''
  }

  async uploadPart(bucket: string, name: string, uploadId: string, partNumber: number, body: Uint8Array): Promise<string> {
    const reply = await this.#expect(this.send('PUT', bucket, name, { query: { uploadId, partNumber: String(partNumber) }, body }), 200)
    return String(reply.headers['etag'])
  }

  async completeUpload(bucket: string, name: string, uploadId: string, etags: readonly string[]): Promise<void> {
    const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join('')
    await this.#expect(this.send('POST', bucket, name, { query: { uploadId }, body: Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`) }), 200)
  }
}
