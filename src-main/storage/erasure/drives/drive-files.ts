// The seam under a drive: every read, write, sync and rename the drive worker makes. The system's files in production,
// a virtual drive with faults in simulation. Synchronous, since a drive worker does one thing at a time.

export type FileHandle = number & { readonly brand: 'FileHandle' }

export interface FileStat {
  readonly sizeBytes: number
  readonly deviceId: number
  readonly inode: number
}

/** Paths are relative to the drive's root with `/`. Failures are NodeJS.ErrnoException with `code` (ENOENT, EIO, ENOSPC, EROFS, …). */
export interface DriveFiles {
  /** read-write: must exist. create: made when absent, kept as it is otherwise. create-new: must not exist. */
  open(path: string, mode: 'read' | 'read-write' | 'create' | 'create-new'): FileHandle
  close(file: FileHandle): void
  /** Bytes read; fewer than asked at the end of the file. */
  read(file: FileHandle, into: Uint8Array, position: number): number
  /** The same into several places one after the other, in one call to the system. */
  readParts(file: FileHandle, into: readonly Uint8Array[], position: number): number
  /** Writes all or throws. */
  write(file: FileHandle, parts: readonly Uint8Array[], position: number): void
  /**
   * Like `write`, for a place and a total length that are multiples of 4096: past the system's cache where that is possible, which costs a
   * third of the processor time and leaves nothing for `sync` to flush but the drive's own cache. Absent: `write` does it.
   */
  writeBlocks?(file: FileHandle, parts: readonly Uint8Array[], position: number): void
  /** Whether `writeBlocks` went past the cache: then nothing waits for a sync but the drive's own cache. */
  readonly isDirect?: boolean
  /** fdatasync. */
  sync(file: FileHandle): void
  stat(file: FileHandle): FileStat
  /** Undefined when absent. The empty path is the root. */
  statPath(path: string): FileStat | undefined
  truncate(file: FileHandle, sizeBytes: number): void
  rename(from: string, to: string): void
  unlink(path: string): void
  /** One that is there already is no fault; its parent must exist. */
  makeFolder(path: string): void
  syncFolder(path: string): void
  /** Names in a folder; empty when it does not exist. */
  list(path: string): readonly string[]
  space(): { readonly freeBytes: number; readonly totalBytes: number }
  /** Exclusive, released by the system when the process dies. False when somebody else has it. */
  lock(path: string): boolean
  unlock(): void
}

/** `readParts` by `read`. */
export function readPartByPart(files: Pick<DriveFiles, 'read'>, file: FileHandle, into: readonly Uint8Array[], position: number): number {
  let total = 0
  for (const part of into) {
    const length = files.read(file, part, position + total)
    total += length
    if (length < part.byteLength) break
  }
  return total
}
