// A segment read front to back through one buffer. Places that cannot be read are zeros, and noted.
import { viewOf } from '../format/fields.ts'
import { isReadError } from './drive-fault.ts'
import type { DriveFiles, FileHandle } from './drive-files.ts'

const windowBytes = 1024 * 1024
const retryBytes = 4096
/** More unreadable places than this in one go are a broken drive, not a broken place. */
const unreadableMax = 64

export class SegmentWindow {
  readonly #files: DriveFiles
  #handle: FileHandle | undefined
  #limit = 0
  #start = 0
  #end = 0
  bytes = Buffer.alloc(windowBytes)
  view = viewOf(this.bytes)
  unreadable = 0

  constructor(files: DriveFiles) {
    this.#files = files
  }

  /** Begins another file, of which [0, limit) will be read. */
  begin(handle: FileHandle, limit: number): void {
    this.#handle = handle
    this.#limit = limit
    this.#start = 0
    this.#end = 0
    this.unreadable = 0
  }

  /** Index in `bytes` where `position` stands, with `length` bytes after it, all below the limit. */
  at(position: number, length: number): number {
    if (position < this.#start || position + length > this.#end) this.#load(position, length)
    return position - this.#start
  }

  #load(position: number, length: number): void {
    if (length > this.bytes.byteLength) {
      this.bytes = Buffer.alloc(length)
      this.view = viewOf(this.bytes)
    }
    this.#start = position
    this.#end = Math.min(position + this.bytes.byteLength, this.#limit)
    this.readOrZeros(this.bytes.subarray(0, this.#end - position), position)
  }

  /** Fills `into`; zeros stand for what is past the end of the file or cannot be read. */
  readOrZeros(into: Uint8Array, position: number): void {
    if (this.#handle === undefined) return
    try {
      into.fill(0, this.#files.read(this.#handle, into, position))
    } catch (error) {
      if (!isReadError(error)) throw error
      this.#readInPieces(this.#handle, into, position)
    }
  }

  #readInPieces(handle: FileHandle, into: Uint8Array, position: number): void {
    for (let from = 0; from < into.byteLength; from += retryBytes) {
      const piece = into.subarray(from, from + retryBytes)
      try {
        piece.fill(0, this.#files.read(handle, piece, position + from))
      } catch (error) {
        if (!isReadError(error) || ++this.unreadable > unreadableMax) throw error
        piece.fill(0)
      }
    }
  }
}
