// Sends one HTTP request exactly as told, over TCP or a socket file.
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // What a test then looks into.
  readonly value: Readonly<Record<string, unknown>>
}

export interface Sent {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
  /** Lets headers through that say more than is sent. */
  readonly raw?: boolean
}

export function send(target: { readonly port: number } | { readonly socketPath: string }, path: string, sent: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ ...target, host: '127.0.0.1', path, method: sent.method ?? 'GET', headers: sent.headers ?? {}, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        let value: Record<string, unknown> = {}
        try {
          value = JSON.parse(text) as Record<string, unknown>
        } catch {
          // Not every answer is JSON.
        }
        outgoing.destroy()
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, value })
      })
    })
    outgoing.on('error', reject)
    if (sent.raw === true) outgoing.flushHeaders()
    else outgoing.end(sent.body)
  })
}

/** A call as the console's own page makes it. */
export function callHeaders(more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return { 'content-type': 'application/json', 'x-coffer-csrf': '1', ...more }
}
