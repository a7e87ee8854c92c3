// The aws-chunked body of Signature Version 4 as a ByteSource over a ByteSource: a state machine over bytes, since a frame can straddle any
// number of reads. Gives views of the data as they come; ends only when the last signature and the trailers have been verified.
//   hex(size)[;chunk-signature=64hex]\r\n data \r\n … 0[;chunk-signature=…]\r\n [trailers] \r\n
import { createHash, type Hash } from 'node:crypto'
import { AssertionError } from '../../base/assert.ts'
import type { ByteSource, MaybePromise } from '../../base/byte-stream.ts'
import { refusal } from '../errors.ts'
import { emptyPayloadHash, type ChunkSigning } from './payload-trust.ts'
import { isSignature } from './signing-key.ts'

export interface ChunkedBodyOptions {
  /** x-amz-decoded-content-length. */
  readonly size: number
  readonly signing: ChunkSigning | undefined
  /** Whether trailers may follow. */
  readonly trailer: boolean
}

const lineSizeMax = 4096
const tailSizeMax = 16_384
const lineFeed = 0x0a
const carriageReturn = 0x0d

type State = 'size-line' | 'data' | 'data-end' | 'tail' | 'verified' | 'cancelled'

export class ChunkedBody implements ByteSource {
  readonly #source: ByteSource
  readonly #options: ChunkedBodyOptions
  readonly #trailers = new Map<string, string>()
  #input: Uint8Array | undefined
  #at = 0
  #state: State = 'size-line'
  /** A line that straddles reads, or the tail. */
  #held: Uint8Array[] = []
  #heldSize = 0
  #chunkLeft = 0
  #dataLeft: number
  #signature: string
  #claimed: string | undefined
  #hash: Hash | undefined

  constructor(source: ByteSource, options: ChunkedBodyOptions) {
    this.#source = source
    this.#options = options
    this.#dataLeft = options.size
    this.#signature = options.signing?.seed ?? ''
  }

  /** True when the body has ended and everything about it was verified. */
  get isVerified(): boolean {
    return this.#state === 'verified'
  }

  /** Lower-case names; complete once the body is verified. */
  get trailers(): ReadonlyMap<string, string> {
    return this.#trailers
  }

  /** Faults: malformed-chunk, malformed-trailer, signature-mismatch, incomplete-body, body-too-long, and the source's own. */
  next(): MaybePromise<Uint8Array | undefined> {
    try {
      return this.#advance()
    } catch (error) {
      this.cancel()
      return Promise.reject(error instanceof Error ? error : new AssertionError('a source threw what is no error'))
    }
  }

  cancel(): void {
    if (this.#state !== 'verified') this.#state = 'cancelled'
    this.#input = undefined
    this.#held = []
    this.#source.cancel()
  }

  #advance(): MaybePromise<Uint8Array | undefined> {
    while (!this.#isOver()) {
      if (this.#input === undefined) {
        const read = this.#source.next()
        if (read instanceof Promise) return read.then((bytes) => this.#resume(bytes))
        if (!this.#take(read)) return undefined
      }
      const data = this.#step()
      if (data !== undefined) return data
    }
    return undefined
  }

  #isOver(): boolean {
    return this.#state === 'verified' || this.#state === 'cancelled'
  }

  #resume(bytes: Uint8Array | undefined): MaybePromise<Uint8Array | undefined> {
    if (this.#isOver()) return undefined
    try {
      return this.#take(bytes) ? this.#advance() : undefined
    } catch (error) {
      this.cancel()
      throw error
    }
  }

  /** False at the verified end. */
  #take(bytes: Uint8Array | undefined): boolean {
    if (bytes !== undefined) {
      this.#input = bytes
      this.#at = 0
      return true
    }
    if (this.#state !== 'tail') throw refusal('incomplete-body')
    this.#finishTail()
    this.#state = 'verified'
    return false
  }

  #step(): Uint8Array | undefined {
    const input = this.#input
    if (input === undefined) return undefined
    if (this.#state === 'data') return this.#takeData(input)
    if (this.#state === 'tail') {
      this.#hold(input.subarray(this.#at), tailSizeMax, 'malformed-trailer')
      this.#input = undefined
      return undefined
    }
    const end = input.indexOf(lineFeed, this.#at)
    if (end < 0) {
      this.#hold(input.subarray(this.#at), lineSizeMax, 'malformed-chunk')
      this.#input = undefined
      return undefined
    }
    const line = this.#takeLine(input, end)
    if (this.#state === 'size-line') this.#startChunk(line)
    else if (line === '') this.#state = 'size-line'
    else throw refusal('malformed-chunk')
    return undefined
  }

  /** The held bytes and those up to the line feed, without CR LF. */
  #takeLine(input: Uint8Array, end: number): string {
    this.#hold(input.subarray(this.#at, end), lineSizeMax, 'malformed-chunk')
    this.#advanceTo(input, end + 1)
    const line = this.#takeHeld()
    return line.charCodeAt(line.length - 1) === carriageReturn ? line.slice(0, -1) : line
  }

  #startChunk(line: string): void {
    const semicolon = line.indexOf(';')
    const digits = semicolon < 0 ? line : line.slice(0, semicolon)
    if (!/^[0-9a-fA-F]{1,12}$/.test(digits)) throw refusal('malformed-chunk')
    this.#chunkLeft = parseInt(digits, 16)
    if (this.#options.signing !== undefined) {
      if (!line.startsWith(';chunk-signature=', semicolon) || semicolon < 0) throw refusal('malformed-chunk')
      this.#claimed = line.slice(semicolon + 17)
      this.#hash = createHash('sha256')
    }
    if (this.#chunkLeft > this.#dataLeft) throw refusal('body-too-long')
    this.#dataLeft -= this.#chunkLeft
    if (this.#chunkLeft > 0) {
      this.#state = 'data'
      return
    }
    if (this.#dataLeft > 0) throw refusal('incomplete-body')
    this.#verifyChunk()
    this.#state = 'tail'
  }

  #takeData(input: Uint8Array): Uint8Array {
    const end = Math.min(input.byteLength, this.#at + this.#chunkLeft)
    const data = input.subarray(this.#at, end)
    this.#hash?.update(data)
    this.#chunkLeft -= data.byteLength
    this.#advanceTo(input, end)
    if (this.#chunkLeft === 0) {
      this.#verifyChunk()
      this.#state = 'data-end'
    }
    return data
  }

  #advanceTo(input: Uint8Array, at: number): void {
    this.#at = at
    if (at >= input.byteLength) this.#input = undefined
  }

  #hold(bytes: Uint8Array, sizeMax: number, fault: 'malformed-chunk' | 'malformed-trailer'): void {
    this.#heldSize += bytes.byteLength
    if (this.#heldSize > sizeMax) throw refusal(fault)
    if (bytes.byteLength > 0) this.#held.push(Uint8Array.from(bytes))
  }

  #takeHeld(): string {
    const [only] = this.#held
    const bytes = this.#held.length > 1 || only === undefined ? Buffer.concat(this.#held) : Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    this.#held = []
    this.#heldSize = 0
    return bytes.toString('latin1')
  }

  #verifyChunk(): void {
    if (this.#hash === undefined) return
    this.#verifySignature('AWS4-HMAC-SHA256-PAYLOAD', `${emptyPayloadHash}\n${this.#hash.digest('hex')}`, this.#claimed)
    this.#hash = undefined
  }

  #verifySignature(algorithm: string, last: string, claimed: string | undefined): void {
    const signing = this.#options.signing
    if (signing === undefined) return
    const expected = signing.key.hexOf(`${algorithm}\n${signing.date}\n${signing.scopeText}\n${this.#signature}\n${last}`)
    if (claimed === undefined || !isSignature(claimed, expected)) throw refusal('signature-mismatch')
    this.#signature = claimed
  }

  /** Lines end with LF or CRLF, and blank ones may stand anywhere: minio-go and the SDKs differ. */
  #finishTail(): void {
    let signed = ''
    let claimed: string | undefined
    for (const rawLine of this.#takeHeld().split('\n')) {
      const line = rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine
      if (line === '') continue
      const colon = line.indexOf(':')
      if (colon <= 0 || !this.#options.trailer || claimed !== undefined) throw refusal('malformed-trailer')
      const name = line.slice(0, colon).trim().toLowerCase()
      const value = line.slice(colon + 1).trim()
      if (name === 'x-amz-trailer-signature') {
        claimed = value
        continue
      }
      if (this.#trailers.has(name)) throw refusal('malformed-trailer')
      this.#trailers.set(name, value)
      signed += `${name}:${value}\n`
    }
    if (!this.#options.trailer || this.#options.signing === undefined) return
    this.#verifySignature('AWS4-HMAC-SHA256-TRAILER', createHash('sha256').update(signed, 'latin1').digest('hex'), claimed)
  }
}
