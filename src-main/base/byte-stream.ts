// Bytes on their way, pulled by the consumer. One interface in both directions: a request body going in, an object coming out.
import { noBytes } from './bytes.ts'

export type MaybePromise<T> = T | Promise<T>

export interface ByteSource {
  /**
   * The next bytes, or undefined at the end. The view is valid only until the next call of `next` or `cancel`:
   * copy it or have it written before. Never an empty view. Rejects with the producer's own fault; after that it is over.
   */
  next(): MaybePromise<Uint8Array | undefined>
  /** Gives up what is left and frees what is held. May be called at any time, also twice; `next` afterwards gives undefined. */
  cancel(): void
}

/** A source over bytes that are already there. */
export function byteSourceOf(...chunks: readonly Uint8Array[]): ByteSource {
  let index = 0
  let cancelled = false
  return {
    next() {
      while (!cancelled && index < chunks.length) {
        const chunk = chunks[index++]
        if (chunk !== undefined && chunk.byteLength > 0) return chunk
      }
      return undefined
    },
    cancel() {
      cancelled = true
    },
  }
}

/** Everything the source gives, at most `sizeMax` bytes. Undefined when there is more (the source is then cancelled). */
export async function readAll(source: ByteSource, sizeMax: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const chunk = await source.next()
    if (chunk === undefined) break
    size += chunk.byteLength
    if (size > sizeMax) {
      source.cancel()
      return undefined
    }
    const copy = new Uint8Array(chunk.byteLength)
    copy.set(chunk)
    parts.push(copy)
  }
  if (parts.length === 1) return parts[0] ?? noBytes
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
