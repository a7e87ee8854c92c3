// Reads single records by sequence. Every byte given out was checked against the hashes in its header, and the header against its place; but
// for shards whose bytes carry tags of their own, when that is asked for.
import { SharedOpenings } from '../../../payload/shared-opening.ts'
import { briefHashOf, isAt, readU64, viewOf } from '../format/fields.ts'
import { alignRecord, decodeRecordHeader, inlineOffset, recordField, recordHeaderBytes, recordHeaderProblem, type RecordHead } from '../format/record.ts'
import { DriveError } from './drive-connection.ts'
import { isReadError } from './drive-fault.ts'
import type { DriveFiles, FileHandle } from './drive-files.ts'
import type { ReadShard, ShardReadResult } from './drive-protocol.ts'
import type { Locations } from './locations.ts'
import type { SegmentStore } from './segment-store.ts'

/** One read gets header and metadata of nearly all records. */
const firstReadBytes = 4096

interface MutablePlace {
  driveId: Uint8Array
  incarnation: number
  segmentNumber: number
  offset: number
}

export class LogReader {
  readonly #files: DriveFiles
  readonly #memory: Uint8Array
  readonly #openings: SharedOpenings
  readonly #store: SegmentStore
  readonly #locations: Locations
  readonly #scratch = Buffer.alloc(firstReadBytes)
  readonly #view = viewOf(this.#scratch)
  readonly #header = this.#scratch.subarray(0, recordHeaderBytes)
  readonly #place: MutablePlace

  constructor(files: DriveFiles, memory: Uint8Array, store: SegmentStore, locations: Locations, driveId: Uint8Array) {
    this.#files = files
    this.#memory = memory
    this.#openings = new SharedOpenings(memory)
    this.#store = store
    this.#locations = locations
    this.#place = { driveId, incarnation: 0, segmentNumber: 0, offset: 0 }
  }

  /** Faults: not-found, damaged (details: sequence), and what the drive says. */
  readHead(sequence: number): { readonly head: RecordHead; readonly metadata: Uint8Array } {
    if (!this.#locate(sequence)) throw new DriveError('not-found', 'no such record', { sequence })
    const locations = this.#locations
    const handle = this.#store.handle(locations.segment)
    const first = this.#scratch.subarray(0, Math.min(firstReadBytes, locations.length))
    const firstLength = this.#files.read(handle, first, locations.offset)
    if (firstLength < recordHeaderBytes || this.#headerProblem(sequence) !== undefined) throw damaged(sequence)
    const head = decodeRecordHeader(this.#header, this.#place)
    const metadata = new Uint8Array(head.metadataLength)
    const inFirst = Math.min(head.metadataLength, firstLength - recordHeaderBytes)
    metadata.set(this.#scratch.subarray(recordHeaderBytes, recordHeaderBytes + inFirst))
    if (inFirst < head.metadataLength) {
      const rest = metadata.subarray(inFirst)
      if (this.#files.read(handle, rest, locations.offset + recordHeaderBytes + inFirst) < rest.byteLength) throw damaged(sequence)
    }
    if (!isAt(this.#header, recordField.metadataHash, briefHashOf(metadata))) throw damaged(sequence)
    return { head, metadata }
  }

  /** Into shared memory. Only a failure of the whole drive is thrown. Faults: refused (another length than the shard's). */
  readShard({ sequence, into, skipHash, openingAt }: ReadShard): ShardReadResult {
    if (!this.#locate(sequence)) return 'not-found'
    try {
      const handle = this.#store.handle(this.#locations.segment)
      const shard = this.#memory.subarray(into.offset, into.offset + into.length)
      // Where the shard begins if it is as long as asked: header and shard are then read in one call.
      const shardOffset = this.#locations.length - alignRecord(into.length)
      const readAtOnce = shardOffset >= recordHeaderBytes && shardOffset <= firstReadBytes ? this.#readAtOnce(handle, shardOffset, shard) : undefined
      const found = readAtOnce ?? this.#files.read(handle, this.#header, this.#locations.offset)
      if (found < recordHeaderBytes || this.#headerProblem(sequence) !== undefined) return 'damaged'
      const inlineLength = this.#view.getUint32(recordField.inlineLength, true)
      if (inlineLength === 0 && into.length > 0) return 'not-found'
      if (into.length !== inlineLength) throw new DriveError('refused', 'a shard is read whole', { sequence, asked: into.length, found: inlineLength })
      if (inlineLength === 0) return 'ok'
      const shardAt = inlineOffset(this.#view.getUint32(recordField.metadataLength, true))
      const shardLength = readAtOnce !== undefined && shardAt === shardOffset ? found - shardOffset : this.#files.read(handle, shard, this.#locations.offset + shardAt)
      if (shardLength < inlineLength) return 'damaged'
      if (openingAt !== undefined) return this.#arrive(openingAt)
      return skipHash === true || isAt(this.#header, recordField.payloadHash, briefHashOf(shard)) ? 'ok' : 'damaged'
    } catch (error) {
      if (isReadError(error)) return 'io-error'
      throw error
    }
  }

  #arrive(openingAt: number): ShardReadResult {
    const arrival = this.#openings.arrive(openingAt)
    return arrival === 'waiting' ? 'ok' : arrival
  }

  /** Header, metadata and shard in one call. Undefined when some place of them cannot be read: perhaps the shard alone can. */
  #readAtOnce(handle: FileHandle, shardOffset: number, shard: Uint8Array): number | undefined {
    try {
      return this.#files.readParts(handle, [this.#scratch.subarray(0, shardOffset), shard], this.#locations.offset)
    } catch (error) {
      if (isReadError(error)) return undefined
      throw error
    }
  }

  /** A whole record for the compactor, into `into`; false when any of it is not as it should be. */
  readRecord(sequence: number, into: Uint8Array): boolean {
    if (!this.#locate(sequence)) return false
    try {
      const handle = this.#store.handle(this.#locations.segment)
      if (this.#files.read(handle, into, this.#locations.offset) < into.byteLength) return false
    } catch (error) {
      if (isReadError(error)) return false
      throw error
    }
    this.#header.set(into.subarray(0, recordHeaderBytes))
    if (this.#headerProblem(sequence) !== undefined) return false
    const metadataLength = this.#view.getUint32(recordField.metadataLength, true)
    const shardAt = inlineOffset(metadataLength)
    const end = shardAt + this.#view.getUint32(recordField.inlineLength, true)
    if (end > into.byteLength || !isAt(into, recordField.metadataHash, briefHashOf(into, recordHeaderBytes, recordHeaderBytes + metadataLength))) return false
    return end === shardAt || isAt(into, recordField.payloadHash, briefHashOf(into, shardAt, end))
  }

  #locate(sequence: number): boolean {
    if (!this.#locations.find(sequence)) return false
    this.#place.segmentNumber = this.#locations.segment
    this.#place.offset = this.#locations.offset
    this.#place.incarnation = this.#store.get(this.#locations.segment).incarnation
    return true
  }

  /** Of the header in the scratch buffer. */
  #headerProblem(sequence: number): string | undefined {
    const problem = recordHeaderProblem(this.#scratch, this.#view, 0, this.#place)
    if (problem !== undefined) return problem
    const found = readU64(this.#view, recordField.sequence)
    return found === sequence ? undefined : 'sequence'
  }
}

function damaged(sequence: number): DriveError {
  return new DriveError('damaged', 'a record is damaged', { sequence })
}
