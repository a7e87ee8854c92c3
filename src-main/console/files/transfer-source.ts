// Between chunks of a stream and a ByteSource, in both directions. At most one chunk is held; a peer that stalls ends the transfer.
import type { ByteSource } from '../../base/byte-stream.ts'
import type { Clock } from '../../base/clock.ts'
import { ConsoleError } from '../errors.ts'

/** So long may a sender or a taker of bytes be silent. */
export const stallMs = 30_000

export interface TransferWatch {
  readonly clock: Clock
  /** Called as bytes move: throws when the transfer must not go on. */
  readonly beforeEach: () => void
}

/** The bytes that a client sends. Faults out of `next`: cut-off, and those of `beforeEach`. */
export class ReceivedBytes implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #watch: TransferWatch
  #isOver = false

  constructor(body: AsyncIterable<Uint8Array>, watch: TransferWatch) {
    this.#chunks = body[Symbol.asyncIterator]()
    this.#watch = watch
  }

  async next(): Promise<Uint8Array | undefined> {
    while (!this.#isOver) {
      this.#watch.beforeEach()
      const chunk = await withDeadline(this.#chunks.next(), this.#watch.clock)
      if (chunk.done === true) this.#isOver = true
      else if (!this.#wasCancelled() && chunk.value.byteLength > 0) return chunk.value
    }
    return undefined
  }

  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    void this.#chunks.return?.().catch(() => undefined)
  }

  /** While a chunk was waited for. */
  #wasCancelled(): boolean {
    return this.#isOver
  }
}

async function withDeadline<T>(work: Promise<T>, clock: Clock): Promise<T> {
  let cancel: () => void = () => undefined
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(stallMs, () => { reject(new ConsoleError('cut-off', 'No bytes came for 30 s.', { hint: 'Send it again.' })) })
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    if (error instanceof ConsoleError) throw error
    throw new ConsoleError('cut-off', 'The connection ended before the bytes did.', { hint: 'Send it again.', cause: error })
  } finally {
    cancel()
  }
}

/** The bytes of an object as chunks that stay valid: each is a copy. `onEnd` once: at the end, at a fault, or when they are given up. */
export function toChunks(source: ByteSource, onEnd: () => void): AsyncIterableIterator<Uint8Array> {
  let isOver = false
  const end = (): void => {
    if (isOver) return
    isOver = true
    source.cancel()
    onEnd()
  }
  return {
    [Symbol.asyncIterator]() { return this },
    async next() {
      try {
        const view = isOver ? undefined : await source.next()
        if (view !== undefined) return { done: false, value: Uint8Array.from(view) }
      } catch (error) {
        end()
        throw error
      }
      end()
      return { done: true, value: undefined }
    },
    async return() {
      end()
      return { done: true, value: undefined }
    },
  }
}
