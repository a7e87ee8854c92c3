// The body of an HTTP request as a ByteSource: hands on the very views that the parser gives, holds a bounded number of bytes, then lets TCP push back.
import type { IncomingMessage } from 'node:http'
import type { ByteSource } from '../../base/byte-stream.ts'
import { noPlace } from '../../base/place-list.ts'
import { refusal, type S3Error } from '../errors.ts'
import type { Stallable, StallWatch } from './stall-watch.ts'

const heldBytesMax = 256 * 1024

interface Waiter {
  resolve(bytes: Uint8Array | undefined): void
  reject(error: S3Error): void
}

export class RequestBody implements ByteSource, Stallable {
  readonly #request: IncomingMessage
  readonly #watch: StallWatch
  readonly #beforeFirst: () => void
  #held: Uint8Array[] = []
  #heldBytes = 0
  #waiter: Waiter | undefined
  #started = false
  #ended = false
  #cancelled = false
  #paused = false
  #error: S3Error | undefined

  watchPlace = noPlace
  /** Bytes that came from the client so far. */
  receivedBytes = 0

  /** `beforeFirst` runs when the consumer asks for bytes: the moment for 100 Continue. */
  constructor(request: IncomingMessage, watch: StallWatch, beforeFirst: () => void) {
    this.#request = request
    this.#watch = watch
    this.#beforeFirst = beforeFirst
  }

  /** It ended before its end: no further bytes of this connection mean anything. */
  get isBroken(): boolean {
    return this.#error !== undefined
  }

  /** Faults: incomplete-body (client gone), request-timeout. */
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#cancelled) return undefined
    const chunk = this.#held.shift()
    if (chunk !== undefined) {
      this.#heldBytes -= chunk.byteLength
      return chunk
    }
    if (!this.#started && this.#error === undefined) this.#start()
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#ended) return undefined
    if (this.#paused) this.#resume()
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#watch.begin(this)
    })
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#held = []
    this.#watch.end(this)
    if (this.#started && !this.#ended) this.#request.pause()
    this.#settle()?.resolve(undefined)
  }

  stalled(): void {
    this.fail('request-timeout')
  }

  /** Ends the body with that fault, unless it has ended already. */
  fail(fault: 'incomplete-body' | 'request-timeout'): void {
    if (this.#ended || this.#error !== undefined) return
    const error = refusal(fault)
    this.#error = error
    this.#held = []
    this.#settle()?.reject(error)
  }

  #start(): void {
    this.#started = true
    this.#beforeFirst()
    const request = this.#request
    // The head announced no body; Node then gives no events.
    if (request.readableEnded) {
      this.#ended = true
      return
    }
    request.on('data', (chunk: Uint8Array) => {
      this.#arrived(chunk)
    })
    request.on('end', () => {
      this.#ended = true
      this.#settle()?.resolve(undefined)
    })
    request.on('error', () => {
      this.fail('incomplete-body')
    })
    request.on('close', () => {
      this.fail('incomplete-body')
    })
    if (request.destroyed) this.fail('incomplete-body')
  }

  #resume(): void {
    this.#paused = false
    this.#request.resume()
  }

  #arrived(chunk: Uint8Array): void {
    this.receivedBytes += chunk.byteLength
    if (this.#cancelled || this.#error !== undefined || chunk.byteLength === 0) return
    const waiter = this.#settle()
    if (waiter !== undefined) {
      waiter.resolve(chunk)
      return
    }
    this.#held.push(chunk)
    this.#heldBytes += chunk.byteLength
    if (this.#heldBytes >= heldBytesMax && !this.#paused) {
      this.#paused = true
      this.#request.pause()
    }
  }

  #settle(): Waiter | undefined {
    const waiter = this.#waiter
    if (waiter === undefined) return undefined
    this.#waiter = undefined
    this.#watch.end(this)
    return waiter
  }
}
