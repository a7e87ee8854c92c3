// The log's head: records go to the active segment in order, one write and one sync per append; a full segment gets its summary (after its
// records are durable) and the next ready one goes on. After a failed write nothing is known of what reached the drive: the writer then
// takes no more until the drive is opened anew and its log is read.
import { briefHashOf, hashOf, viewOf } from '../format/fields.ts'
import { alignRecord, decodeRecordHeader, encodeRecordHeader, headProblem, inlineOffset, placeRecordHeader, recordCommonBytes, recordHeaderBytes, recordLength, type RecordPlace } from '../format/record.ts'
import { alignToBlock, encodeSegmentFooter, footerInTail, recordsStart, summaryEntryBytes, summaryOffset, tailOffset, type SegmentOwner } from '../format/segment.ts'
import { allocateAligned } from './direct-writer.ts'
import { DriveError } from './drive-connection.ts'
import { toDriveError } from './drive-fault.ts'
import type { DriveFiles } from './drive-files.ts'
import type { AppendRecord } from './drive-protocol.ts'
import type { Locations } from './locations.ts'
import type { Segment, SegmentStore } from './segment-store.ts'
import { SummaryBuilder } from './summary-builder.ts'

/** A whole record as it stands in its old segment, in memory of the caller's that may be changed. */
export interface MovedRecord {
  readonly bytes: Uint8Array
  readonly sequence: number
}

const arenaBytes = 64 * 1024
/** Fills the last block of a write. */
const noRecords = allocateAligned(arenaBytes).subarray(0, 4096)
/** Longer metadata is written from where it is. */
const copiedMetadataMax = 8 * 1024
/** Shards from this size on are written from where they are; they are whole blocks long (layout/stripe-layout). */
const uncopiedShardMin = 16 * 1024
/** What stays free for others when a record takes another segment: payload must leave two, metadata one, compaction none. */
const reserveOfPayload = 2
const reserveOfMetadata = 1

export class LogWriter {
  readonly #files: DriveFiles
  readonly #memory: Uint8Array
  readonly #store: SegmentStore
  readonly #locations: Locations
  readonly #owner: SegmentOwner
  #active: Segment | undefined
  #summary = new SummaryBuilder()
  #position = 0
  /** Where the write began that is being put together. */
  #writeOffset = 0
  #parts: Uint8Array[] = []
  #arena = alignedArena(arenaBytes)
  #arenaView = viewOf(this.#arena)
  #arenaFrom = 0
  #arenaEnd = 0
  readonly #lengths: number[] = []
  /** Four numbers per record that is written but not yet in the locations: sequence, segment, offset, length. */
  readonly #pending: number[] = []
  #failure: unknown

  constructor(files: DriveFiles, memory: Uint8Array, store: SegmentStore, locations: Locations, owner: SegmentOwner) {
    this.#files = files
    this.#memory = memory
    this.#store = store
    this.#locations = locations
    this.#owner = owner
  }

  get active(): Segment | undefined {
    return this.#active
  }

  /** Goes on in a segment that was found at start. */
  resume(segment: Segment, entries: Uint8Array, position: number): void {
    segment.state = 'active'
    this.#active = segment
    this.#summary = new SummaryBuilder(entries)
    this.#position = alignToBlock(position)
  }

  /** No writes from now on; each is refused with this failure. */
  stop(failure: unknown): void {
    this.#failure ??= failure
  }

  /** See DriveCalls.append. */
  append(records: readonly AppendRecord[]): void {
    this.#requireWorking()
    this.#lengths.length = 0
    let reserve = reserveOfMetadata
    for (const record of records) {
      this.#lengths.push(this.#checkedLength(record))
      if (record.head.form !== 'none') reserve = reserveOfPayload
    }
    this.#store.reserve(this.#segmentsNeeded(), reserve)
    this.#write(() => {
      for (let index = 0; index < records.length; index++) this.#stage(records[index] as AppendRecord, this.#lengths[index] as number)
    })
  }

  /** Appends records that stand elsewhere on this drive; afterwards the old places are dead. */
  move(records: readonly MovedRecord[]): void {
    this.#requireWorking()
    this.#lengths.length = 0
    for (const record of records) this.#lengths.push(record.bytes.byteLength)
    this.#store.reserve(this.#segmentsNeeded(), 0)
    this.#write(() => {
      for (const record of records) this.#stageMoved(record)
    })
  }

  /** The sync of what was written is part of each append; this is for `close`. */
  sync(): void {
    if (this.#active !== undefined && this.#failure === undefined) this.#files.sync(this.#store.handle(this.#active.number))
  }

  #requireWorking(): void {
    const failure = toDriveError(this.#failure)
    if (failure === undefined) {
      this.#store.requireWritable()
      return
    }
    if (!(failure instanceof DriveError)) throw failure instanceof Error ? failure : new Error('the log failed', { cause: failure })
    throw new DriveError(failure.fault, 'the log takes nothing more after a failed write until the drive is opened anew', failure.details, failure)
  }

  #checkedLength({ head, metadata, shard, shardHashOffset }: AppendRecord): number {
    const inlineLength = shard?.length ?? 0
    const problem = metadata.length === head.metadataLength ? headProblem(head, inlineLength) : 'metadata length'
    if (problem !== undefined) throw new DriveError('refused', `a record with a wrong ${problem}`, { sequence: head.sequence })
    const end = Math.max(metadata.offset + metadata.length, shard === undefined ? 0 : shard.offset + shard.length, inlineLength > 0 ? (shardHashOffset ?? Infinity) + 32 : 0)
    if (end > this.#memory.byteLength) throw new DriveError('refused', 'a record outside the shared memory', { sequence: head.sequence })
    return recordLength(head.metadataLength, inlineLength)
  }

  #segmentsNeeded(): number {
    const sizeBytes = this.#store.sizeBytes
    let needed = 0
    let position = this.#active === undefined ? Infinity : this.#position
    let count = this.#summary.count
    for (const length of this.#lengths) {
      if (position + length > summaryOffset(sizeBytes, count + 1)) {
        needed++
        position = recordsStart
        count = 0
        if (position + length > summaryOffset(sizeBytes, 1)) throw new DriveError('refused', 'a record larger than a segment', { length })
      }
      position += length
      count++
    }
    return needed
  }

  #write(stageAll: () => void): void {
    this.#pending.length = 0
    this.#writeOffset = this.#position
    try {
      stageAll()
      this.#flush()
    } catch (error) {
      this.#failure = error
      throw error
    }
    const pending = this.#pending
    for (let at = 0; at < pending.length; at += 4) {
      const sequence = pending[at] as number
      if (this.#locations.find(sequence)) this.#store.bury(this.#store.get(this.#locations.segment), this.#locations.length, sequence)
      this.#locations.put(sequence, pending[at + 1] as number, pending[at + 2] as number, pending[at + 3] as number)
    }
  }

  /** Makes room for `length` bytes in the active segment, or goes on in the next. */
  #makeRoom(length: number): Segment {
    if (this.#active === undefined || this.#position + length > summaryOffset(this.#active.sizeBytes, this.#summary.count + 1)) {
      this.#flush()
      if (this.#active !== undefined) this.#seal(this.#active)
      this.#active = this.#store.take()
      this.#active.state = 'active'
      this.#summary.clear()
      this.#position = recordsStart
      this.#writeOffset = recordsStart
    }
    return this.#active
  }

  #stage({ head, metadata, shard, shardHashOffset }: AppendRecord, length: number): void {
    const segment = this.#makeRoom(length)
    const memory = this.#memory
    const isCopied = metadata.length <= copiedMetadataMax
    const shardAt = inlineOffset(metadata.length)
    const at = this.#roomInArena(isCopied ? shardAt : recordHeaderBytes)
    const arena = this.#arena
    const inlineLength = shard?.length ?? 0
    let bytes = memory.subarray(metadata.offset, metadata.offset + metadata.length)
    if (isCopied) {
      arena.set(bytes, at + recordHeaderBytes)
      bytes = arena.subarray(at + recordHeaderBytes, at + recordHeaderBytes + metadata.length)
      arena.fill(0, at + recordHeaderBytes + metadata.length, at + shardAt)
    }
    const payloadHash = inlineLength === 0 || shardHashOffset === undefined ? undefined : memory.subarray(shardHashOffset, shardHashOffset + 32)
    const headHash = encodeRecordHeader(arena, this.#arenaView, at, head, this.#place(segment), bytes, inlineLength, payloadHash)
    this.#summary.add(head, headHash, this.#position, length)
    if (!isCopied) {
      this.#pushPart(bytes)
      this.#pad(shardAt - recordHeaderBytes - metadata.length)
    }
    if (shard !== undefined && inlineLength > 0) this.#stageShard(memory.subarray(shard.offset, shard.offset + inlineLength))
    this.#advance(segment, head.sequence, length)
  }

  #stageShard(shard: Uint8Array): void {
    const padding = alignRecord(shard.byteLength) - shard.byteLength
    if (shard.byteLength >= uncopiedShardMin) {
      this.#pushPart(shard)
      this.#pad(padding)
      return
    }
    const at = this.#roomInArena(shard.byteLength + padding)
    this.#arena.set(shard, at)
    this.#arena.fill(0, at + shard.byteLength, at + shard.byteLength + padding)
  }

  #stageMoved({ bytes, sequence }: MovedRecord): void {
    const segment = this.#makeRoom(bytes.byteLength)
    const place = this.#place(segment)
    placeRecordHeader(bytes, viewOf(bytes), 0, place)
    this.#pushPart(bytes)
    const head = decodeRecordHeader(bytes.subarray(0, recordHeaderBytes), place)
    this.#summary.add(head, briefHashOf(bytes, 0, recordCommonBytes), this.#position, bytes.byteLength)
    this.#advance(segment, sequence, bytes.byteLength)
  }

  #place(segment: Segment): RecordPlace {
    return { driveId: this.#owner.driveId, incarnation: segment.incarnation, segmentNumber: segment.number, offset: this.#position, writeOffset: this.#writeOffset }
  }

  #advance(segment: Segment, sequence: number, length: number): void {
    this.#pending.push(sequence, segment.number, this.#position, length)
    segment.liveBytes += length
    this.#position += length
    segment.recordsEnd = this.#position
  }

  /** Where `length` bytes may be put; they are part of the write. What is already in it stays where it is. */
  #roomInArena(length: number): number {
    if (this.#arenaEnd + length > this.#arena.byteLength) {
      this.#pushArena()
      this.#arena = alignedArena(Math.max(this.#arena.byteLength * 2, length))
      this.#arenaView = viewOf(this.#arena)
      this.#arenaFrom = 0
      this.#arenaEnd = 0
    }
    const at = this.#arenaEnd
    this.#arenaEnd += length
    return at
  }

  #pad(length: number): void {
    if (length === 0) return
    const at = this.#roomInArena(length)
    this.#arena.fill(0, at, at + length)
  }

  #pushPart(bytes: Uint8Array): void {
    this.#pushArena()
    if (bytes.byteLength > 0) this.#parts.push(bytes)
  }

  #pushArena(): void {
    if (this.#arenaEnd > this.#arenaFrom) this.#parts.push(this.#arena.subarray(this.#arenaFrom, this.#arenaEnd))
    this.#arenaFrom = this.#arenaEnd
  }

  #flush(): void {
    this.#pushArena()
    if (this.#parts.length > 0 && this.#active !== undefined) {
      const handle = this.#store.handle(this.#active.number)
      this.#parts.push(noRecords.subarray(0, alignToBlock(this.#position) - this.#position))
      if (this.#files.writeBlocks !== undefined) this.#files.writeBlocks(handle, this.#parts, this.#writeOffset)
      else this.#files.write(handle, this.#parts, this.#writeOffset)
      this.#files.sync(handle)
    }
    this.#parts = []
    this.#arenaFrom = 0
    this.#arenaEnd = 0
    // The next write begins in a block of its own: tearing it can't touch what is durable already.
    this.#position = alignToBlock(this.#position)
    this.#writeOffset = this.#position
  }

  /** Only after all its records are durable: a summary never names a record that is not there. */
  #seal(segment: Segment): void {
    writeSummary(this.#files, this.#store, segment, this.#summary.entries, Math.max(segment.recordsEnd, recordsStart), this.#owner)
    this.#store.noteFull(segment)
  }
}

/** At least so many bytes, that can be written without a copy. */
function alignedArena(sizeBytes: number): Buffer {
  const bytes = allocateAligned(Math.ceil(sizeBytes / arenaBytes) * arenaBytes)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Writes and syncs a segment's summary; the segment is then full. */
export function writeSummary(files: DriveFiles, store: SegmentStore, segment: Segment, entries: Uint8Array, recordsEnd: number, owner: SegmentOwner): void {
  const handle = store.handle(segment.number)
  const entryCount = entries.byteLength / summaryEntryBytes
  const footer = encodeSegmentFooter(
    { incarnation: segment.incarnation, segmentNumber: segment.number, entryCount, recordsEnd, summaryHash: hashOf(entries) },
    owner,
  )
  if (entryCount > 0) files.write(handle, [entries], summaryOffset(segment.sizeBytes, entryCount))
  files.write(handle, [footer], tailOffset(segment.sizeBytes) + footerInTail)
  files.sync(handle)
  segment.state = 'full'
  segment.recordsEnd = recordsEnd
}
