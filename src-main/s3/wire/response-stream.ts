// Sends the bytes of a ByteSource down a response. A view may be reused by its owner after the next call, so the socket must have taken it before:
// the write callback is the backpressure.
import type { ServerResponse } from 'node:http'
import { AssertionError } from '../../base/assert.ts'
import type { ByteSource } from '../../base/byte-stream.ts'
import { noPlace } from '../../base/place-list.ts'
import type { Stallable, StallWatch } from './stall-watch.ts'

/**
 * `first` was already taken out of the source (undefined: it had ended). Resolves with the bytes sent when all is handed to the system, or the client went
 * away. Rejects with the source's error; the head is out by then. A source that does not give exactly `length` bytes breaks the connection.
 */
export function sendStream(response: ServerResponse, length: number, first: Uint8Array | undefined, source: ByteSource, watch: StallWatch): Promise<number> {
  return new Promise((resolve, reject) => {
    new StreamSender(response, length, source, watch, resolve, reject).begin(first)
  })
}

class StreamSender implements Stallable {
  readonly #response: ServerResponse
  readonly #length: number
  readonly #source: ByteSource
  readonly #watch: StallWatch
  readonly #resolve: (sent: number) => void
  readonly #reject: (error: unknown) => void
  watchPlace = noPlace
  #sent = 0
  #over = false
  readonly #written: (error?: Error | null) => void
  readonly #closed: () => void

  constructor(
    response: ServerResponse,
    length: number,
    source: ByteSource,
    watch: StallWatch,
    resolve: (sent: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#response = response
    this.#length = length
    this.#source = source
    this.#watch = watch
    this.#resolve = resolve
    this.#reject = reject
    this.#written = (error) => {
      this.#watch.end(this)
      if (error) this.#finish()
      else this.#pull()
    }
    this.#closed = () => {
      this.#finish()
    }
  }

  begin(first: Uint8Array | undefined): void {
    this.#response.on('close', this.#closed)
    if (this.#response.destroyed) this.#finish()
    else if (first === undefined) this.#end()
    else this.#write(first)
  }

  /** The client takes nothing: it is cut off. */
  stalled(): void {
    this.#response.destroy()
  }

  #pull(): void {
    if (this.#over) return
    let read
    try {
      read = this.#source.next()
    } catch (error) {
      this.#fail(error)
      return
    }
    if (read instanceof Promise) {
      read.then(
        (bytes) => {
          this.#take(bytes)
        },
        (error: unknown) => {
          this.#fail(error)
        },
      )
    } else this.#take(read)
  }

  #take(bytes: Uint8Array | undefined): void {
    if (this.#over) return
    if (bytes === undefined) this.#end()
    else this.#write(bytes)
  }

  #write(bytes: Uint8Array): void {
    this.#sent += bytes.byteLength
    if (this.#sent > this.#length) {
      this.#fail(new AssertionError('the body is longer than its length'))
      return
    }
    this.#watch.begin(this)
    this.#response.write(bytes, this.#written)
  }

  #end(): void {
    if (this.#sent < this.#length) {
      this.#fail(new AssertionError('the body is shorter than its length'))
      return
    }
    this.#response.end()
    this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#leave()
    this.#resolve(this.#sent)
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#leave()
    this.#reject(error)
  }

  #leave(): void {
    this.#over = true
    this.#watch.end(this)
    this.#response.removeListener('close', this.#closed)
    this.#source.cancel()
  }
}
