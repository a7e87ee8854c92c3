// Writes past the system's cache (O_DIRECT, Linux): the drive takes the bytes from our memory, so nothing is copied in the kernel and a sync
// finds little to do. Needs places, lengths and memory in whole blocks: the parts are laid into one page-aligned buffer first.
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { copyInto } from '../../../base/bytes.ts'
import type { FileHandle } from './drive-files.ts'

const stagingBytes = 4 * 1024 * 1024
const pageBytes = 65_536
const blockBytes = 4096
const alignedBuffers = new WeakSet<ArrayBufferLike>()

/** Zeros in memory that begins at a page (WebAssembly's does; a Buffer's need not): written from where it is. `sizeBytes` in whole pages of 64 KiB. */
export function allocateAligned(sizeBytes: number): Uint8Array {
  const pages = sizeBytes / pageBytes
  const bytes = new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer)
  alignedBuffers.add(bytes.buffer)
  return bytes
}

function isAligned(part: Uint8Array): boolean {
  return part.byteLength % blockBytes === 0 && part.byteOffset % blockBytes === 0 && alignedBuffers.has(part.buffer)
}

export class DirectWriter {
  /** A second handle per file that is written. */
  readonly #handles = new Map<FileHandle, number>()
  #staging: Uint8Array | undefined
  /** Other systems, and file systems that refuse it. */
  #isPossible = process.platform === 'linux'

  /** A file was opened that way and has not said no since. */
  get isProven(): boolean {
    return this.#isPossible && this.#handles.size > 0
  }

  /** False: not possible here, all of it is to be written by other means. Throws as writing does; what reached the drive is then unknown. */
  write(file: FileHandle, parts: readonly Uint8Array[], position: number): boolean {
    const handle = this.#handleOf(file)
    if (handle === undefined) return false
    try {
      this.#writeParts(handle, parts, position)
      return true
    } catch (error) {
      // Opened, but its blocks are larger than ours, or memory is not to its liking.
      if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error
      this.#isPossible = false
      return false
    }
  }

  #writeParts(handle: number, parts: readonly Uint8Array[], position: number): void {
    const staging = (this.#staging ??= allocateAligned(stagingBytes))
    let filled = 0
    for (const part of parts) {
      if (filled === 0 && isAligned(part)) {
        writeAll(handle, part, part.byteLength, position)
        position += part.byteLength
        continue
      }
      for (let from = 0; from < part.byteLength; ) {
        const length = Math.min(part.byteLength - from, staging.byteLength - filled)
        copyInto(staging, length === part.byteLength ? part : part.subarray(from, from + length), filled)
        from += length
        filled += length
        if (filled < staging.byteLength) continue
        writeAll(handle, staging, filled, position)
        position += filled
        filled = 0
      }
    }
    if (filled > 0) writeAll(handle, staging, filled, position)
  }

  /** Before the file is closed. */
  forget(file: FileHandle): void {
    const handle = this.#handles.get(file)
    if (handle === undefined) return
    this.#handles.delete(file)
    closeSync(handle)
  }

  #handleOf(file: FileHandle): number | undefined {
    if (!this.#isPossible) return undefined
    const known = this.#handles.get(file)
    if (known !== undefined) return known
    try {
      const handle = openSync(`/proc/self/fd/${file}`, constants.O_WRONLY | constants.O_DIRECT)
      this.#handles.set(file, handle)
      return handle
    } catch {
      this.#isPossible = false
      return undefined
    }
  }
}

function writeAll(handle: number, bytes: Uint8Array, length: number, position: number): void {
  for (let done = 0; done < length; ) done += writeSync(handle, bytes, done, length - done, position + done)
}
