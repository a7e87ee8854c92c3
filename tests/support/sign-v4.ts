// A client's side of SigV4 for tests and benchmarks, written from the public description, independent of the server's code.
import { createHash, createHmac } from 'node:crypto'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface RequestToSign {
  readonly method: string
  /** Already percent-encoded, begins with `/`. */
  readonly path: string
  /** Already encoded and sorted, without `?`. */
  readonly query?: string
  readonly host: string
  readonly headers?: Readonly<Record<string, string>>
  /** Hex, or one of the S3 words. */
  readonly payloadHash: string
  readonly date?: Date
}

const seeds = new Map<string, Buffer>()

function signingSecret(credentials: Credentials, day: string, region: string): Buffer {
  const name = `${credentials.accessKeyId}/${day}/${region}`
  const known = seeds.get(name)
  if (known !== undefined) return known
  const hmac = (secret: string | Buffer, text: string): Buffer => createHmac('sha256', secret).update(text).digest()
  const made = hmac(hmac(hmac(hmac(`AWS4${credentials.secretAccessKey}`, day), region), 's3'), 'aws4_request')
  seeds.set(name, made)
  return made
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** All headers to send, `authorization` included. */
export function signV4(credentials: Credentials, request: RequestToSign, region = 'us-east-1'): Record<string, string> {
  const stamp = (request.date ?? new Date()).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = stamp.slice(0, 8)
  const headers: Record<string, string> = { host: request.host, 'x-amz-content-sha256': request.payloadHash, 'x-amz-date': stamp }
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value.trim()
  const names = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-') || name === 'content-md5').sort()
  const canonical = [
    request.method, request.path, request.query ?? '',
    ...names.map((name) => `${name}:${headers[name] ?? ''}`), '', names.join(';'), request.payloadHash,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256Hex(canonical)].join('\n')
  const signature = createHmac('sha256', signingSecret(credentials, day, region)).update(toSign).digest('hex')
  headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return headers
}
