// Takes a body out of its source into shared memory: every byte is copied once, as it comes. No promise and no closure per chunk when
// the source has its bytes at hand.
import type { ByteSource } from '../../base/byte-stream.ts'
import { copyInto, noBytes } from '../../base/bytes.ts'
import type { CancelSignal } from '../../base/cancel-signal.ts'
import { StorageError } from '../../seams/storage-backend.ts'
import { cancelled } from './body-fault.ts'

export class BodyIntake {
  readonly #source: ByteSource
  readonly #signal: CancelSignal
  /** What was got but did not fit in the stripe before; valid until the next call of `next`. */
  #rest: Uint8Array | undefined
  #into: Uint8Array = noBytes
  #at = 0
  #toEnd = false
  #atEnd = false
  #resolve: (() => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #onChunk: ((chunk: Uint8Array | undefined) => void) | undefined
  #onError: ((error: unknown) => void) | undefined

  constructor(source: ByteSource, signal: CancelSignal) {
    this.#source = source
    this.#signal = signal
  }

  /**
   * Fills `into`; with `toEnd` the source must then be at its end. Undefined: done at once. One at a time.
   * Faults: body-too-short, body-too-long, cancelled, and the source's own as it is.
   */
  fill(into: Uint8Array, toEnd: boolean): Promise<void> | undefined {
    if (this.#signal.aborted) throw cancelled()
    this.#into = into
    this.#at = 0
    this.#toEnd = toEnd
    const waitFor = this.#pump()
    if (waitFor === undefined) return undefined
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#signal.addEventListener('abort', this, { once: true })
      this.#listen(waitFor)
    })
  }

  /** The signal says stop. */
  handleEvent(): void {
    this.#settle(cancelled())
  }

  /** Takes what comes at once; a promise is given back to be waited for, undefined means filled. */
  #pump(): Promise<Uint8Array | undefined> | undefined {
    for (;;) {
      if (this.#rest !== undefined) this.#copy(this.#rest)
      if (this.#at === this.#into.byteLength && (!this.#toEnd || this.#atEnd)) return undefined
      const next = this.#source.next()
      if (next instanceof Promise) return next
      this.#accept(next)
    }
  }

  #accept(chunk: Uint8Array | undefined): void {
    if (chunk !== undefined) {
      if (this.#at === this.#into.byteLength) throw new StorageError('body-too-long', 'the body goes on past its declared size')
      this.#rest = chunk
      return
    }
    if (this.#at < this.#into.byteLength) throw new StorageError('body-too-short', 'the body ended before its declared size')
    this.#atEnd = true
  }

  #copy(chunk: Uint8Array): void {
    const room = this.#into.byteLength - this.#at
    if (chunk.byteLength <= room) {
      copyInto(this.#into, chunk, this.#at)
      this.#at += chunk.byteLength
      this.#rest = undefined
      return
    }
    if (this.#toEnd) throw new StorageError('body-too-long', 'the body goes on past its declared size')
    copyInto(this.#into, chunk.subarray(0, room), this.#at)
    this.#at += room
    this.#rest = chunk.subarray(room)
  }

  #listen(chunk: Promise<Uint8Array | undefined>): void {
    this.#onChunk ??= (given) => {
      if (this.#resolve === undefined) return
      try {
        this.#accept(given)
        const waitFor = this.#pump()
        if (waitFor === undefined) this.#settle(undefined)
        else this.#listen(waitFor)
      } catch (error) {
        this.#settle(error)
      }
    }
    this.#onError ??= (error) => { this.#settle(error) }
    chunk.then(this.#onChunk, this.#onError)
  }

  #settle(error: unknown): void {
    const resolve = this.#resolve
    const reject = this.#reject
    if (resolve === undefined || reject === undefined) return
    this.#resolve = undefined
    this.#reject = undefined
    this.#signal.removeEventListener('abort', this)
    if (error === undefined) resolve()
    else reject(error)
  }
}
