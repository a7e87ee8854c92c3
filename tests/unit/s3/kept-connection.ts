// A client that keeps its connection and reads one reply after the other, as they come.
import { connect, type Socket } from 'node:net'
import type { RawReply } from './s3-fixture.ts'
import { untilTrue } from './until-true.ts'

export class KeptConnection {
  readonly #socket: Socket
  #text = ''
  isClosed = false

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' })
    this.#socket.on('data', (bytes) => (this.#text += bytes.toString('latin1')))
    this.#socket.on('close', () => (this.isClosed = true))
    this.#socket.on('error', () => {})
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1')
  }

  ask(text: string): Promise<RawReply> {
    this.send(text)
    return this.nextReply(text.startsWith('HEAD '))
  }

  /** Rejects when the connection ends first, or nothing comes. */
  async nextReply(isHead = false): Promise<RawReply> {
    let length: number | undefined
    await untilTrue(() => (length = lengthOfReply(this.#text, isHead)) !== undefined || this.isClosed)
    if (length === undefined) throw new Error(`the connection ended after ${JSON.stringify(this.#text)}`)
    const text = this.#text.slice(0, length)
    this.#text = this.#text.slice(length)
    return { text, status: Number(text.slice(9, 12)), code: /<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? '' }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Undefined while it is not all there. */
function lengthOfReply(text: string, isHead: boolean): number | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const body = isHead ? 0 : Number(/\r\nContent-Length: (\d+)/.exec(text.slice(0, end))?.[1] ?? 0)
  return text.length < end + 4 + body ? undefined : end + 4 + body
}
