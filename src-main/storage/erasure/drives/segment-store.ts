// The segment files of one drive: made ahead by writing zeros in small steps, taken for the log in order of incarnation, recycled in place
// once nothing in them is live. A segment is ready exactly when a header with a new incarnation is durable in it: its old records are void.
import { encodeSegmentHeader, segmentBlockBytes, tailOffset, type SegmentHeader, type SegmentOwner } from '../format/segment.ts'
import { allocateAligned } from './direct-writer.ts'
import { DriveError } from './drive-connection.ts'
import type { DriveFiles, FileHandle } from './drive-files.ts'
import { segmentPath, segmentsFolder, unfinishedSegmentPath } from './drive-paths.ts'
import { HandleCache, type OpenFile } from './handle-cache.ts'
import { isReadOnlyError, isSystemError } from './drive-fault.ts'
import type { Standing } from './standing.ts'

export interface Segment {
  readonly number: number
  readonly sizeBytes: number
  incarnation: number
  state: 'ready' | 'active' | 'full'
  recordsEnd: number
  liveBytes: number
  /** Smallest sequence of a dead record in it; Infinity when none. */
  deadFloor: number
  /** Only for a full segment that could not be given a summary on the drive (cut file, unreadable places, read-only). */
  entries: Uint8Array | undefined
  /** False: cut; it is only read, and removed when nothing in it is live. */
  isWhole: boolean
  /** Parts of it could not be read at start: it is never written again, nor removed. */
  isUnreadable: boolean
  /** Live bytes when compaction found that only damaged records are left to move; −1 otherwise. */
  stuckAtLive: number
}

const handlesMax = 128
const zeros = allocateAligned(1024 * 1024)
/** What an append may have to wait for. */
const prepareStepBytes = zeros.byteLength
/** More than these, and than the stock, are given back to the file system. */
const readySegmentsMax = 4
/** Made while the drive has nothing to do, so that a burst of writes does not share it with zeros: at most so many, and so much of the drive. */
const stockSegmentsMax = 16
const stockShareMax = 0.004
/** A drive with less room keeps none. */
const stockFreeShareMin = 0.1

interface Unfinished {
  readonly number: number
  readonly handle: FileHandle
  written: number
}

export class SegmentStore {
  readonly #files: DriveFiles
  readonly #standing: Standing
  readonly #owner: SegmentOwner
  readonly #sizeBytes: number
  readonly #handles: HandleCache<number, OpenFile>
  readonly segments = new Map<number, Segment>()
  /** Ascending by incarnation. */
  #ready: Segment[] = []
  #emptied: Segment[] = []
  #unfinished: Unfinished | undefined
  #incarnationMax = 0
  #numberMax = 0
  /** Until a segment is taken the next time: no use in trying over and over. */
  #prepareFailed = false
  /** There are more ready ones than when they were last counted, or less room: it is not asked for after every call. */
  #mayHaveTooMany = true
  #isReadOnly = false

  constructor(files: DriveFiles, standing: Standing, owner: SegmentOwner, sizeBytes: number) {
    this.#files = files
    this.#standing = standing
    this.#owner = owner
    this.#sizeBytes = sizeBytes
    this.#handles = new HandleCache(files, handlesMax, (segmentNumber) => this.#openSegment(segmentNumber))
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get readyCount(): number {
    return this.#ready.length
  }

  /** Faults: read-only (a segment could only be opened for reading). */
  requireWritable(): void {
    if (this.#isReadOnly) throw new DriveError('read-only', 'the drive can only be read')
  }

  handle(segmentNumber: number): FileHandle {
    return this.#handles.get(segmentNumber).handle
  }

  get(segmentNumber: number): Segment {
    const segment = this.segments.get(segmentNumber)
    if (segment === undefined) throw new DriveError('io-error', 'a record in a segment that is not there', { segmentNumber })
    return segment
  }

  /** At start: the file is none of the log's. */
  forget(segmentNumber: number): void {
    this.#handles.forget(segmentNumber)
  }

  /** At start: a number is taken, whatever is in the file. */
  reserveNumber(segmentNumber: number): void {
    this.#numberMax = Math.max(this.#numberMax, segmentNumber)
  }

  /** At start: a segment that was found. Ready ones in order of incarnation. */
  adopt(segment: Segment): void {
    this.segments.set(segment.number, segment)
    this.reserveNumber(segment.number)
    this.#incarnationMax = Math.max(this.#incarnationMax, segment.incarnation)
    if (segment.state === 'ready') this.#ready.push(segment)
  }

  /** Segments that may still be taken: ready ones, and those that there is room for. */
  available(): number {
    return this.#ready.length + Math.floor(Math.max(0, this.#files.space().freeBytes + (this.#unfinished?.written ?? 0)) / this.#sizeBytes)
  }

  /**
   * Makes sure that `needed` segments can be taken, and that `reserve` more could be afterwards. Nothing of the log is written before.
   * Faults: full, and whatever the drive says.
   */
  reserve(needed: number, reserve: number): void {
    if (needed === 0) return
    if (this.#ready.length >= needed + reserve) return
    if (this.available() < needed + reserve) throw new DriveError('full', 'no room for another segment')
    while (this.#ready.length < needed) this.#finish()
  }

  /** The next ready segment, made now if need be. */
  take(): Segment {
    this.#prepareFailed = false
    if (this.#ready.length === 0) this.#finish()
    const segment = this.#ready.shift()
    if (segment === undefined) throw new DriveError('full', 'no room for another segment')
    return segment
  }

  /**
   * One small step of keeping a ready segment ahead and of giving up what is too much; while nobody writes (`isIdle`), of laying in a stock.
   * True when there is more to do.
   */
  tend(isIdle: boolean): boolean {
    this.recycleEmptied()
    if (isIdle) this.#mayHaveTooMany = true
    if (this.#mayHaveTooMany && this.#ready.length > readySegmentsMax && this.#ready.length > this.#stockSegments()) {
      this.#remove(this.#ready.pop() as Segment)
      return true
    }
    this.#mayHaveTooMany = false
    if (!this.#isShort(isIdle) || this.#prepareFailed || (this.#unfinished === undefined && this.available() < 3)) return false
    return this.#prepare() || this.#isShort(isIdle)
  }

  #isShort(isIdle: boolean): boolean {
    return this.#ready.length === 0 || (isIdle && this.#ready.length < this.#stockSegments())
  }

  #stockSegments(): number {
    const { freeBytes, totalBytes } = this.#files.space()
    return freeBytes < totalBytes * stockFreeShareMin ? 1 : Math.min(stockSegmentsMax, Math.floor((totalBytes * stockShareMax) / this.#sizeBytes))
  }

  /** These bytes are dead from now on. */
  bury(segment: Segment, length: number, sequence: number): void {
    segment.liveBytes -= length
    segment.deadFloor = Math.min(segment.deadFloor, sequence)
    if (segment.state === 'full' && segment.liveBytes === 0) this.#emptied.push(segment)
  }

  /** To be called when a segment has become full. */
  noteFull(segment: Segment): void {
    if (segment.liveBytes === 0) this.#emptied.push(segment)
  }

  /** How many. On a fault the rest is tried again by `tend`. */
  recycleEmptied(): number {
    let recycled = 0
    for (let segment = this.#emptied.at(-1); segment !== undefined; segment = this.#emptied.at(-1)) {
      if (segment.state === 'full' && segment.liveBytes === 0 && !segment.isUnreadable) {
        this.#recycle(segment)
        recycled++
      }
      this.#emptied.pop()
    }
    return recycled
  }

  close(): void {
    if (this.#unfinished !== undefined) this.#files.close(this.#unfinished.handle)
    this.#unfinished = undefined
    this.#handles.closeAll()
  }

  /** For reading and writing; on a read-only file system for reading only. */
  #openSegment(segmentNumber: number): OpenFile {
    const path = segmentPath(segmentNumber)
    try {
      return { handle: this.#files.open(path, 'read-write') }
    } catch (error) {
      if (!isReadOnlyError(error)) throw error
      this.#isReadOnly = true
      return { handle: this.#files.open(path, 'read') }
    }
  }

  #recycle(segment: Segment): void {
    this.requireWritable()
    this.#standing.require()
    if (!segment.isWhole || segment.sizeBytes !== this.#sizeBytes) {
      this.#remove(segment)
      return
    }
    const handle = this.handle(segment.number)
    // Used up even when the write fails: it may have reached the drive.
    const incarnation = ++this.#incarnationMax
    this.#writeHeader(handle, { segmentNumber: segment.number, sizeBytes: segment.sizeBytes, incarnation })
    this.#files.sync(handle)
    Object.assign(segment, freshSegment(segment.number, segment.sizeBytes, incarnation))
    this.#ready.push(segment)
    this.#mayHaveTooMany = true
  }

  #remove(segment: Segment): void {
    this.#handles.forget(segment.number)
    this.segments.delete(segment.number)
    this.#files.unlink(segmentPath(segment.number))
    this.#files.syncFolder(segmentsFolder)
  }

  #finish(): void {
    while (this.#prepare()) continue
  }

  /** Writes some more zeros; after the last ones header, sync and name. True when there is more to do. */
  #prepare(): boolean {
    this.#standing.require()
    const unfinished = this.#unfinished ?? this.#begin()
    try {
      const length = Math.min(prepareStepBytes, this.#sizeBytes - unfinished.written)
      if (length > 0) {
        const parts = [zeros.subarray(0, length)]
        if (this.#files.writeBlocks !== undefined && length % segmentBlockBytes === 0) this.#files.writeBlocks(unfinished.handle, parts, unfinished.written)
        else this.#files.write(unfinished.handle, parts, unfinished.written)
        // Synced as it goes where the system caches writes, so that no later sync of the log has to wait for all of it.
        if (this.#files.isDirect !== true) this.#files.sync(unfinished.handle)
        unfinished.written += length
      }
      if (unfinished.written < this.#sizeBytes) return true
      this.#complete(unfinished)
      return false
    } catch (error) {
      this.#giveUp(unfinished, error)
      throw error
    }
  }

  #begin(): Unfinished {
    const number = this.#numberMax + 1
    const handle = this.#files.open(unfinishedSegmentPath(number), 'create')
    this.#numberMax = number
    this.#unfinished = { number, handle, written: 0 }
    return this.#unfinished
  }

  #complete(unfinished: Unfinished): void {
    const incarnation = ++this.#incarnationMax
    this.#writeHeader(unfinished.handle, { segmentNumber: unfinished.number, sizeBytes: this.#sizeBytes, incarnation })
    this.#files.sync(unfinished.handle)
    this.#files.rename(unfinishedSegmentPath(unfinished.number), segmentPath(unfinished.number))
    this.#files.syncFolder(segmentsFolder)
    this.#files.close(unfinished.handle)
    this.#unfinished = undefined
    const segment = freshSegment(unfinished.number, this.#sizeBytes, incarnation)
    this.segments.set(segment.number, segment)
    this.#ready.push(segment)
  }

  /** Leaves no half segment in the way; what cannot be removed now is removed at the next start. */
  #giveUp(unfinished: Unfinished, cause: unknown): void {
    this.#unfinished = undefined
    this.#prepareFailed = true
    if (!isSystemError(cause)) return
    try {
      this.#files.close(unfinished.handle)
      this.#files.unlink(unfinishedSegmentPath(unfinished.number))
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }

  #writeHeader(handle: FileHandle, header: SegmentHeader): void {
    const bytes = encodeSegmentHeader(header, this.#owner)
    this.#files.write(handle, [bytes], 0)
    this.#files.write(handle, [bytes], tailOffset(header.sizeBytes))
  }
}

export function freshSegment(number: number, sizeBytes: number, incarnation: number): Segment {
  return {
    number, sizeBytes, incarnation, state: 'ready', recordsEnd: 0, liveBytes: 0, deadFloor: Infinity, entries: undefined, isWhole: true, isUnreadable: false, stuckAtLive: -1,
  }
}
