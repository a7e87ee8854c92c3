// The log of one drive: writer, reader, compactor and locations over its segments, as the drive's calls use them.
import { uuidBytes } from '../format/fields.ts'
import type { DriveIdentity, RecordHead } from './drive-protocol.ts'
import { Compactor } from './compactor.ts'
import type { DriveFiles } from './drive-files.ts'
import type { AppendRecord, DriveSpace, LogSummary, ReadShard, ShardReadResult } from './drive-protocol.ts'
import { Locations } from './locations.ts'
import { LogReader } from './log-reader.ts'
import { startLog } from './log-start.ts'
import { LogWriter } from './log-writer.ts'
import { SegmentStore } from './segment-store.ts'
import type { Standing } from './standing.ts'

export class SegmentLog {
  readonly #files: DriveFiles
  readonly #store: SegmentStore
  readonly #locations = new Locations()
  readonly #writer: LogWriter
  readonly #reader: LogReader
  readonly #compactor: Compactor
  /** What the drive held when it was opened. */
  readonly summary: LogSummary

  /** Reads the log and makes it ready for appends. Faults: io-error, gone, foreign (a later version wrote it). */
  constructor(files: DriveFiles, memory: Uint8Array, standing: Standing, identity: DriveIdentity) {
    const owner = { deploymentId: uuidBytes(identity.deploymentId), driveId: uuidBytes(identity.driveId) }
    this.#files = files
    this.#store = new SegmentStore(files, standing, owner, identity.segmentSizeBytes)
    this.#writer = new LogWriter(files, memory, this.#store, this.#locations, owner)
    this.#reader = new LogReader(files, memory, this.#store, this.#locations, owner.driveId)
    this.#compactor = new Compactor(files, this.#store, this.#writer, this.#reader, this.#locations, owner)
    this.summary = startLog({ files, store: this.#store, writer: this.#writer, locations: this.#locations, owner })
  }

  append(records: readonly AppendRecord[]): void {
    this.#writer.append(records)
  }

  readHead(sequence: number): { readonly head: RecordHead; readonly metadata: Uint8Array } {
    return this.#reader.readHead(sequence)
  }

  readShard(read: ReadShard): ShardReadResult {
    return this.#reader.readShard(read)
  }

  release(sequences: readonly number[]): void {
    for (const sequence of sequences) {
      if (!this.#locations.remove(sequence)) continue
      this.#store.bury(this.#store.get(this.#locations.segment), this.#locations.length, sequence)
    }
    this.#store.recycleEmptied()
  }

  compact(deadShareMin: number): { readonly moved: number; readonly recycled: number } {
    return this.#compactor.step(deadShareMin)
  }

  /** Whether the file system still has the two segments' worth of room that payload must leave to deletions and compaction. */
  hasRoomForPayload(): boolean {
    return this.#store.available() >= 2
  }

  /** A small step of upkeep; `isIdle`: nobody has called for a while. True when there is more to do. */
  tend(isIdle: boolean): boolean {
    return this.#store.tend(isIdle)
  }

  space(): DriveSpace {
    const { freeBytes, totalBytes } = this.#files.space()
    let liveBytes = 0
    let deadBytes = 0
    let readyBytes = 0
    let deadFloor = Infinity
    for (const segment of this.#store.segments.values()) {
      liveBytes += segment.liveBytes
      if (segment.state === 'ready') readyBytes += segment.sizeBytes
      else {
        const used = segment.state === 'active' ? segment.recordsEnd : segment.sizeBytes
        deadBytes += used - segment.liveBytes
        readyBytes += segment.sizeBytes - used
        deadFloor = Math.min(deadFloor, segment.deadFloor)
      }
    }
    return { freeBytes, totalBytes, liveBytes, deadBytes, readyBytes, segments: this.#store.segments.size, deadFloor }
  }

  sync(): void {
    this.#writer.sync()
  }

  close(): void {
    this.#store.close()
  }
}
