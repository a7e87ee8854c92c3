// Writes past the system's cache (O_DIRECT, Linux): the drive takes the bytes from our memory, so nothing is copied in the kernel and a sync
// finds little to do. Needs places, lengths and memory in whole blocks: parts that are such already go out from where they are, in one call;
// others are laid into one page-aligned buffer first, and so is everything on a drive with larger blocks than usual.
import { closeSync, constants, openSync, writeSync, writevSync } from 'node:fs'
import { copyInto } from '../../../base/bytes.ts'
import type { FileHandle } from './drive-files.ts'

const stagingBytes = 4 * 1024 * 1024
const pageBytes = 65_536
/** The block of nearly all drives; those of 4096 say so when they are written to. */
const blockBytes = 512
/** The system's limit on the parts of one writev (IOV_MAX). */
export const partsMax = 1024
const alignedBuffers = new WeakSet<ArrayBufferLike>()

/** Zeros in memory that begins at a page (WebAssembly's does; a Buffer's need not): written from where it is. `sizeBytes` in whole pages of 64 KiB. */
export function allocateAligned(sizeBytes: number): Uint8Array {
  const pages = sizeBytes / pageBytes
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages })
  noteAligned(buffer)
  return new Uint8Array(buffer)
}

/** This memory begins at a page. */
export function noteAligned(buffer: ArrayBufferLike): void {
  alignedBuffers.add(buffer)
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
  /** Until the drive refuses parts in blocks of 512. */
  #takesParts = true

  /** A file was opened that way and has not said no since. */
  get isProven(): boolean {
    return this.#isPossible && this.#handles.size > 0
  }

  /** False: not possible here, all of it is to be written by other means. Throws as writing does; what reached the drive is then unknown. */
  write(file: FileHandle, parts: readonly Uint8Array[], position: number): boolean {
    const handle = this.#handleOf(file)
    if (handle === undefined) return false
    if (this.#takesParts && parts.every(isAligned)) {
      if (unlessRefused(() => { writePartsAsTheyAre(handle, parts, position) })) return true
      this.#takesParts = false
    }
    this.#isPossible = unlessRefused(() => { this.#copyAndWrite(handle, parts, position) })
    return this.#isPossible
  }

  #copyAndWrite(handle: number, parts: readonly Uint8Array[], position: number): void {
    const staging = (this.#staging ??= allocateAligned(stagingBytes))
    let filled = 0
    for (const part of parts) {
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

/** False: its blocks are larger than these, or memory is not to its liking. Other faults are thrown. */
function unlessRefused(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL') return false
    throw error
  }
}

function writePartsAsTheyAre(handle: number, parts: readonly Uint8Array[], position: number): void {
  for (let from = 0; from < parts.length; from += partsMax) {
    const some = parts.length <= partsMax ? parts : parts.slice(from, from + partsMax)
    let done = writevSync(handle, some as Uint8Array[], position)
    // A short write ends at a block: the rest one by one, which tells the fault.
    for (const part of some) {
      const written = Math.min(done, part.byteLength)
      done -= written
      if (written < part.byteLength) writeAll(handle, part.subarray(written), part.byteLength - written, position + written)
      position += part.byteLength
    }
  }
}

function writeAll(handle: number, bytes: Uint8Array, length: number, position: number): void {
  for (let done = 0; done < length; ) done += writeSync(handle, bytes, done, length - done, position + done)
}
