// A browser's side of the console over real HTTPS and WebSocket: cookie, CSRF header, origin, the authority as its only root.
import { request, type RequestOptions } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { WebSocket } from 'ws'
import type { DrivesReport } from '../../src-main/contract/drives.ts'
import { liveMessage, livePath, type LiveMessage } from '../../src-main/contract/live.ts'
import type { StateReport } from '../../src-main/contract/state.ts'

export interface Page {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  // What a test then looks into.
  readonly value: Readonly<Record<string, unknown>>
}

export interface BrowserOptions {
  readonly port: number
  readonly authority: Buffer
  readonly userAgent?: string
  /** The address to come from. */
  readonly from?: string
  readonly setUpCode?: string
}

export class ConsoleBrowser {
  cookie: string | undefined
  setCookie: string | undefined
  readonly #options: BrowserOptions

  constructor(options: BrowserOptions) {
    this.#options = options
    this.cookie = undefined
  }

  get origin(): string {
    return `https://127.0.0.1:${this.#options.port}`
  }

  headers(): Record<string, string> {
    const { userAgent = 'a browser', setUpCode } = this.#options
    return {
      'user-agent': userAgent, ...(this.cookie === undefined ? {} : { cookie: this.cookie }), ...(setUpCode === undefined ? {} : { 'x-coffer-setup-code': setUpCode }),
    }
  }

  /** `headers` win over the browser's own; undefined leaves one out. */
  fetch(method: string, path: string, body?: Buffer | string, headers: Readonly<Record<string, string | undefined>> = {}): Promise<Page> {
    const { port, authority, from } = this.#options
    const all = Object.entries({ origin: this.origin, 'sec-fetch-site': 'same-origin', 'x-coffer-csrf': '1', ...this.headers(), ...headers })
    const options: RequestOptions = {
      host: '127.0.0.1', port, path, method, ca: authority, agent: false, servername: '', headers: Object.fromEntries(all.filter(([, value]) => value !== undefined)),
      ...(from === undefined ? {} : { localAddress: from }),
    }
    return new Promise((resolve, reject) => {
      const outgoing = request(options, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const [cookie] = incoming.headers['set-cookie'] ?? []
          if (cookie !== undefined) {
            this.setCookie = cookie
            this.cookie = cookie.split(';')[0]
          }
          const bytes = Buffer.concat(chunks)
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, value: parse(bytes) })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  call(procedure: string, input: unknown = {}, headers: Readonly<Record<string, string | undefined>> = {}): Promise<Page> {
    return this.fetch('POST', `/api/${procedure}`, JSON.stringify(input), { 'content-type': 'application/json', ...headers })
  }

  /** The status of a refused upgrade, or the open line. */
  watch(headers: Readonly<Record<string, string>> = {}): Promise<LiveView | number> {
    const { port, authority, from } = this.#options
    const socket = new WebSocket(`wss://127.0.0.1:${port}${livePath}`, {
      ca: authority, headers: { origin: this.origin, ...this.headers(), ...headers }, ...(from === undefined ? {} : { localAddress: from }),
    })
    return new Promise((resolve, reject) => {
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0)
        socket.terminate()
      })
      socket.on('error', reject)
      socket.on('open', () => { resolve(view) })
      const view = new LiveView(socket)
    })
  }
}

/** Everything that was told, and the end. */
export class LiveView {
  readonly told: { readonly message: LiveMessage; readonly atMs: number }[] = []
  closed: number | undefined
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => { this.told.push({ message: liveMessage.parse(JSON.parse(data.toString())), atMs: performance.now() }) })
    socket.on('close', (code) => { this.closed = code })
  }

  last(topic: 'state'): StateReport | undefined
  last(topic: 'drives'): DrivesReport | undefined
  last(topic: LiveMessage['topic']): LiveMessage['value'] | undefined {
    return this.told.findLast(({ message }) => message.topic === topic)?.message.value
  }

  /** Milliseconds until it holds. Rejects after `limitMs`. */
  async until(what: string, holds: () => boolean, limitMs = 10_000): Promise<number> {
    const began = performance.now()
    while (!holds()) {
      if (performance.now() - began > limitMs) throw new Error(`not ${what} within ${limitMs} ms; last state ${JSON.stringify(this.last('state'))}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return performance.now() - began
  }

  close(): void {
    this.#socket.terminate()
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}
