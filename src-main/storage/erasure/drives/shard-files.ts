// Shard files of one drive: chunks are written as they come and synced once, before a record refers to the file. A file that no record
// refers to is rubbish, whatever is in it. Every chunk is checked against its tag when it is read.
import { hashOf, isAt } from '../format/fields.ts'
import { FormatError } from '../format/format-error.ts'
import {
  chunkLengthMax, chunkTag, chunkTagBytes, decodeShardFileHeader, encodeShardFileHeader, isPayloadId, shardFileHeaderBytes, shardSlotOffset,
} from '../format/shard-file.ts'
import { DriveError } from './drive-connection.ts'
import { isReadError, isReadOnlyError, isSystemError } from './drive-fault.ts'
import type { DriveFiles, FileHandle } from './drive-files.ts'
import { shardFolder, shardPath, shardsFolder } from './drive-paths.ts'
import type { ReadShardChunk, ShardReadResult, WriteShardChunk } from './drive-protocol.ts'
import { HandleCache, type OpenFile } from './handle-cache.ts'
import type { Standing } from './standing.ts'

interface OpenShardFile extends OpenFile {
  /** 0: the header is not whole, or another file's. */
  readonly chunkLength: number
  readonly isWritable: boolean
}

const handlesMax = 64
/** 5 TiB in chunks of 64 KiB, and some. */
const chunkIndexMax = 0x0fff_ffff

export class ShardFiles {
  readonly #files: DriveFiles
  readonly #memory: Uint8Array
  readonly #standing: Standing
  readonly #driveId: Uint8Array
  readonly #opened: HandleCache<string, OpenShardFile>
  /** Folders whose names were synced since the drive was opened. */
  readonly #durableFolders = new Set<string>()
  readonly #tag = Buffer.alloc(chunkTagBytes)
  readonly #header = Buffer.alloc(shardFileHeaderBytes)

  constructor(files: DriveFiles, memory: Uint8Array, standing: Standing, driveId: Uint8Array) {
    this.#files = files
    this.#memory = memory
    this.#standing = standing
    this.#driveId = driveId
    this.#opened = new HandleCache(files, handlesMax, (payloadId) => this.#openFile(payloadId))
  }

  /** Not durable before `sync`. Faults: refused, and what the drive says. */
  write({ payloadId, chunkIndex, chunkLength, from, hashOffset }: WriteShardChunk): void {
    this.#requireChunk(payloadId, chunkIndex, chunkLength, from.offset, from.length)
    if (hashOffset < 0 || hashOffset + 32 > this.#memory.byteLength) throw new DriveError('refused', 'a hash outside the shared memory')
    const { handle } = this.#forWriting(payloadId, chunkLength)
    const hash = this.#memory.subarray(hashOffset, hashOffset + 32)
    const tag = chunkTag(this.#driveId, payloadId, chunkIndex, from.length, hash)
    this.#files.write(handle, [tag, this.#memory.subarray(from.offset, from.offset + from.length)], shardSlotOffset(chunkIndex, chunkLength))
  }

  /** Data, then names. Faults: not-found (no such file), and what the drive says. */
  sync(payloadIds: readonly string[]): void {
    const folders = new Set<string>()
    for (const payloadId of payloadIds) {
      const opened = this.#tryOpen(payloadId)
      if (opened === undefined) throw new DriveError('not-found', 'no such shard file')
      this.#files.sync(opened.handle)
      folders.add(shardFolder(payloadId))
    }
    for (const folder of folders) {
      this.#files.syncFolder(folder)
      if (this.#durableFolders.has(folder)) continue
      this.#files.syncFolder(shardsFolder)
      this.#durableFolders.add(folder)
    }
  }

  /** Into shared memory, checked, unless its hash is not wanted. Only a failure of the whole drive is thrown. */
  read({ payloadId, chunkIndex, chunkLength, into, skipHash }: ReadShardChunk): ShardReadResult {
    this.#requireChunk(payloadId, chunkIndex, chunkLength, into.offset, into.length)
    try {
      const opened = this.#tryOpen(payloadId)
      if (opened === undefined) return 'not-found'
      if (opened.chunkLength !== chunkLength) return 'damaged'
      const slot = shardSlotOffset(chunkIndex, chunkLength)
      if (skipHash !== true && this.#files.read(opened.handle, this.#tag, slot) < chunkTagBytes) return 'damaged'
      const chunk = this.#memory.subarray(into.offset, into.offset + into.length)
      if (this.#files.read(opened.handle, chunk, slot + chunkTagBytes) < into.length) return 'damaged'
      return skipHash === true || isAt(this.#tag, 0, chunkTag(this.#driveId, payloadId, chunkIndex, into.length, hashOf(chunk))) ? 'ok' : 'damaged'
    } catch (error) {
      if (isReadError(error) && this.#standing.stands()) return 'io-error'
      throw error
    }
  }

  /** Files that are not there are no fault. */
  remove(payloadIds: readonly string[]): void {
    for (const payloadId of payloadIds) {
      if (!isPayloadId(payloadId)) continue
      this.#opened.forget(payloadId)
      try {
        this.#files.unlink(shardPath(payloadId))
      } catch (error) {
        if (!this.#isAbsent(error)) throw error
      }
    }
  }

  list(): string[] {
    const found: string[] = []
    for (const folder of this.#files.list(shardsFolder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue
      for (const name of this.#files.list(`${shardsFolder}/${folder}`)) if (isPayloadId(name) && name.startsWith(folder)) found.push(name)
    }
    return found
  }

  close(): void {
    this.#opened.closeAll()
  }

  #requireChunk(payloadId: string, chunkIndex: number, chunkLength: number, offset: number, length: number): void {
    const isRight = isPayloadId(payloadId) && Number.isInteger(chunkIndex) && chunkIndex >= 0 && chunkIndex <= chunkIndexMax && chunkLength >= 1 && chunkLength <= chunkLengthMax
    if (!isRight || length < 1 || length > chunkLength || offset < 0 || offset + length > this.#memory.byteLength) {
      throw new DriveError('refused', 'a chunk with a wrong place or length', { chunkIndex, chunkLength, length })
    }
  }

  /** Undefined when there is no such file; a drive that is not there any more is a fault. */
  #tryOpen(payloadId: string): OpenShardFile | undefined {
    try {
      return this.#opened.get(payloadId)
    } catch (error) {
      if (this.#isAbsent(error)) return undefined
      throw error
    }
  }

  #isAbsent(error: unknown): boolean {
    if (!isSystemError(error) || error.code !== 'ENOENT') return false
    this.#standing.doubt()
    this.#standing.require()
    return true
  }

  #forWriting(payloadId: string, chunkLength: number): OpenShardFile {
    const opened = this.#tryOpen(payloadId)
    if (opened?.isWritable === false) throw new DriveError('read-only', 'the drive can only be read')
    if (opened?.chunkLength === chunkLength) return opened
    this.#opened.forget(payloadId)
    this.#create(payloadId, chunkLength)
    return this.#opened.get(payloadId)
  }

  #create(payloadId: string, chunkLength: number): void {
    this.#standing.require()
    const path = shardPath(payloadId)
    const handle = this.#openOrMakeFolder(path, shardFolder(payloadId))
    try {
      this.#files.truncate(handle, 0)
      this.#files.write(handle, [encodeShardFileHeader({ payloadId, driveId: this.#driveId, chunkLength })], 0)
    } finally {
      this.#files.close(handle)
    }
  }

  #openOrMakeFolder(path: string, folder: string): FileHandle {
    try {
      return this.#files.open(path, 'create')
    } catch (error) {
      if (!this.#isAbsent(error)) throw error
      this.#files.makeFolder(folder)
      return this.#files.open(path, 'create')
    }
  }

  #openFile(payloadId: string): OpenShardFile {
    const { handle, isWritable } = this.#openForBoth(shardPath(payloadId))
    try {
      return { handle, isWritable, chunkLength: this.#readChunkLength(handle, payloadId) }
    } catch (error) {
      this.#files.close(handle)
      throw error
    }
  }

  #openForBoth(path: string): { readonly handle: FileHandle; readonly isWritable: boolean } {
    try {
      return { handle: this.#files.open(path, 'read-write'), isWritable: true }
    } catch (error) {
      if (!isReadOnlyError(error)) throw error
      return { handle: this.#files.open(path, 'read'), isWritable: false }
    }
  }

  #readChunkLength(handle: FileHandle, payloadId: string): number {
    if (this.#files.read(handle, this.#header, 0) < shardFileHeaderBytes) return 0
    try {
      const header = decodeShardFileHeader(this.#header)
      return header.payloadId === payloadId && isAt(header.driveId, 0, this.#driveId) ? header.chunkLength : 0
    } catch (error) {
      if (error instanceof FormatError && error.fault === 'damaged') return 0
      throw error
    }
  }
}
