// DriveFiles on the system's own files, below one root. The lock is an exclusive transaction on a small database file: the kernel frees it
// when the process dies, however it dies.
import { accessSync, closeSync, constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, readvSync, renameSync, statfsSync, statSync, unlinkSync, writeSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { DirectWriter, partsMax } from './direct-writer.ts'
import { readPartByPart, type DriveFiles, type FileHandle, type FileStat } from './drive-files.ts'

const openFlags = {
  read: constants.O_RDONLY,
  'read-write': constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT,
  'create-new': constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const

export class SystemDriveFiles implements DriveFiles {
  readonly #root: string
  readonly #direct = new DirectWriter()
  #lock: Database.Database | undefined

  constructor(root: string) {
    this.#root = root
  }

  open(path: string, mode: keyof typeof openFlags): FileHandle {
    return openSync(this.#at(path), openFlags[mode], 0o600) as FileHandle
  }

  close(file: FileHandle): void {
    this.#direct.forget(file)
    closeSync(file)
  }

  read(file: FileHandle, into: Uint8Array, position: number): number {
    let length = readSync(file, into, 0, into.byteLength, position)
    while (length > 0 && length < into.byteLength) {
      const more = readSync(file, into, length, into.byteLength - length, position + length)
      if (more === 0) break
      length += more
    }
    return length
  }

  readParts(file: FileHandle, into: readonly Uint8Array[], position: number): number {
    let asked = 0
    for (const part of into) asked += part.byteLength
    const length = readvSync(file, into as Uint8Array[], position)
    if (length === 0 || length === asked) return length
    // A short read (a signal, the end of the file): part by part, which tells.
    return readPartByPart(this, file, into, position)
  }

  write(file: FileHandle, parts: readonly Uint8Array[], position: number): void {
    if (parts.length === 1) {
      writeAll(file, parts[0] as Uint8Array, position)
      return
    }
    for (let from = 0; from < parts.length; from += partsMax) {
      const some = parts.length <= partsMax ? parts : parts.slice(from, from + partsMax)
      position += writevAll(file, some, position)
    }
  }

  writeBlocks(file: FileHandle, parts: readonly Uint8Array[], position: number): void {
    if (!this.#direct.write(file, parts, position)) this.write(file, parts, position)
  }

  get isDirect(): boolean {
    return this.#direct.isProven
  }

  sync(file: FileHandle): void {
    fdatasyncSync(file)
  }

  stat(file: FileHandle): FileStat {
    const { size, dev, ino } = fstatSync(file)
    return { sizeBytes: size, deviceId: dev, inode: ino }
  }

  statPath(path: string): FileStat | undefined {
    const stat = statSync(this.#at(path), { throwIfNoEntry: false })
    return stat && { sizeBytes: stat.size, deviceId: stat.dev, inode: stat.ino }
  }

  truncate(file: FileHandle, sizeBytes: number): void {
    ftruncateSync(file, sizeBytes)
  }

  rename(from: string, to: string): void {
    renameSync(this.#at(from), this.#at(to))
  }

  unlink(path: string): void {
    unlinkSync(this.#at(path))
  }

  makeFolder(path: string): void {
    try {
      mkdirSync(this.#at(path), 0o700)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
  }

  syncFolder(path: string): void {
    // Windows cannot open folders; its file systems journal names themselves.
    if (process.platform === 'win32') return
    const folder = openSync(this.#at(path), constants.O_RDONLY)
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  list(path: string): readonly string[] {
    try {
      return readdirSync(this.#at(path))
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return []
      throw error
    }
  }

  space(): { readonly freeBytes: number; readonly totalBytes: number } {
    const { bavail, blocks, bsize } = statfsSync(this.#root)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  }

  lock(path: string): boolean {
    let database: Database.Database | undefined
    try {
      database = new Database(this.#at(path), { timeout: 0 })
      database.exec('BEGIN EXCLUSIVE')
      this.#lock = database
      return true
    } catch (error) {
      database?.close()
      if (hasCode(error, 'SQLITE_BUSY') || hasCode(error, 'SQLITE_LOCKED')) return false
      // Nobody can write there: nothing to be protected from.
      if (this.#isReadOnly()) return true
      throw toSystemError(error)
    }
  }

  unlock(): void {
    this.#lock?.close()
    this.#lock = undefined
  }

  #isReadOnly(): boolean {
    try {
      accessSync(this.#root, constants.W_OK)
      return false
    } catch (error) {
      return hasCode(error, 'EROFS')
    }
  }

  #at(path: string): string {
    return path === '' ? this.#root : join(this.#root, path)
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.byteLength; ) done += writeSync(file, bytes, done, bytes.byteLength - done, position + done)
}

/** Returns the bytes written: all of them. */
function writevAll(file: number, parts: readonly Uint8Array[], position: number): number {
  let total = 0
  for (const part of parts) total += part.byteLength
  let done = writevSync(file, parts as Uint8Array[], position)
  if (done === total) return total
  // A short write (a signal, a full drive): the rest part by part, which tells the fault.
  let start = 0
  for (const part of parts) {
    const end = start + part.byteLength
    if (end > done) {
      writeAll(file, part.subarray(Math.max(0, done - start)), position + Math.max(start, done))
      done = end
    }
    start = end
  }
  return total
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** What the lock's library met, as the system would say it. */
function toSystemError(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const system = code.startsWith('SQLITE_FULL') ? 'ENOSPC' : code.startsWith('SQLITE_READONLY') ? 'EROFS' : 'EIO'
  return Object.assign(new Error('the lock could not be taken', { cause: error }), { code: system })
}
