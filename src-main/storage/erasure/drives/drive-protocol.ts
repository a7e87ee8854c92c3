// All that may be asked of one drive. Types only; both threads import it. Bytes cross in shared memory, offsets in messages.
import type { SharedRange } from '../../../payload/codec-protocol.ts'
import type { DriveIdentity } from '../format/drive-identity.ts'
import type { RecordHead } from '../format/record.ts'

export type DriveFault =
  | 'io-error' | 'full' | 'read-only' | 'gone'
  /** Not a drive of ours, or none at all. */
  | 'not-formatted' | 'foreign' | 'in-use'
  | 'not-found' | 'damaged' | 'refused'

export type { DriveIdentity } from '../format/drive-identity.ts'
export type { PayloadForm, RecordHead, RecordKind } from '../format/record.ts'

/** One record to write on this drive. */
export interface AppendRecord {
  readonly head: RecordHead
  /** Encrypted metadata, the same bytes on every drive. */
  readonly metadata: SharedRange
  /** Inline only: this drive's shard and the place of its BLAKE3-256. */
  readonly shard?: SharedRange
  readonly shardHashOffset?: number
}

export interface ReadShard {
  readonly sequence: number
  readonly into: SharedRange
  /** What is read carries tags that are checked by whoever opens it: the hash of the bytes is not computed, all else is checked. */
  readonly skipHash?: boolean
  /** Where the opening of its stripe stands in shared memory (payload/shared-opening): the thread that brings the last shard does it. */
  readonly openingAt?: number
}

export interface ReadShardChunk {
  readonly payloadId: string
  readonly chunkIndex: number
  /** Length of a full chunk and of this one; chunks of a file are equally long but the last. */
  readonly chunkLength: number
  readonly into: SharedRange
  /** As for ReadShard. */
  readonly skipHash?: boolean
}

export interface WriteShardChunk {
  readonly payloadId: string
  readonly chunkIndex: number
  readonly chunkLength: number
  readonly from: SharedRange
  readonly hashOffset: number
}

export interface DriveOpened {
  readonly identity: DriveIdentity
  readonly sealRecord?: { readonly generation: number; readonly bytes: Uint8Array }
}

export interface LogSummary {
  /** Every record the drive holds whole, ascending by sequence; parallel arrays. `headHash` is the first 8 bytes of the BLAKE3 over the drive-independent part of head and metadata. */
  readonly sequences: Float64Array
  readonly epochs: Uint32Array
  /** Codes; `recordKindOf` in format/record.ts names them. */
  readonly kinds: Uint8Array
  readonly batchFirsts: Float64Array
  readonly batchLengths: Uint32Array
  readonly headHashes: BigUint64Array
  /** Records recognised as damaged (not as a torn tail). */
  readonly damagedRecords: number
}

export interface DriveSpace {
  readonly freeBytes: number
  readonly totalBytes: number
  /** Bytes of the log that are live, dead, and free in ready segments. */
  readonly liveBytes: number
  readonly deadBytes: number
  readonly readyBytes: number
  readonly segments: number
  /** Smallest sequence of a dead record still physically on the drive; Infinity when none. */
  readonly deadFloor: number
}

export interface DriveCalls {
  /** Takes the drive's lock, reads identity and seal record. No log is read yet. Faults: not-formatted, foreign, in-use, io-error. */
  open(input: Record<string, never>): DriveOpened
  /**
   * Makes a blank folder a drive. On an open drive whose ids are the same and whose layout generation is older, replaces the identity
   * instead (crash-safe). Faults: refused (not blank, other ids, generation not newer), io-error, full, read-only.
   */
  format(input: { readonly identity: DriveIdentity }): void
  /** A generation below the one on the drive is refused. Crash-safe replacement (temporary file, sync, rename, sync of the folder). */
  writeSealRecord(input: { readonly generation: number; readonly bytes: Uint8Array }): void
  /** Scans the logs (summaries of full segments, records of the others), cuts a torn tail, makes the log ready for appends. Once after open. */
  startLog(input: Record<string, never>): LogSummary
  /** Encrypted metadata and head of records the drive holds. Faults: not-found, damaged (that record is then reported, the others are not read). */
  readHeads(input: { readonly sequences: readonly number[] }): { readonly records: readonly { readonly head: RecordHead; readonly metadata: Uint8Array }[] }
  /** Appends in order, one writev where possible, and syncs once. All or a fault. A sequence number the drive already has is replaced (heal).
   * After a fault of the write itself the log takes nothing more until the drive is opened anew, which looks at what really is there.
   * Faults: full (before anything is written; records without payload may still fit), io-error, read-only, gone, refused. */
  append(input: { readonly records: readonly AppendRecord[] }): void
  /** Reads and verifies inline shards. One result per entry, in order. */
  readShards(input: { readonly reads: readonly ReadShard[] }): readonly ShardReadResult[]
  /** Writes chunks of shard files that are not yet referred to. No sync. */
  writeChunks(input: { readonly chunks: readonly WriteShardChunk[] }): void
  /** Makes whole shard files durable: data, name and folder. */
  syncShardFiles(input: { readonly payloadIds: readonly string[] }): void
  readChunks(input: { readonly reads: readonly ReadShardChunk[] }): readonly ShardReadResult[]
  /** These records are dead: their space may be used again. Unknown ones are ignored. */
  release(input: { readonly sequences: readonly number[] }): void
  removeShardFiles(input: { readonly payloadIds: readonly string[] }): void
  /** Ids of all shard files on the drive. */
  listShardFiles(input: Record<string, never>): { readonly payloadIds: readonly string[] }
  /** One bounded step of compaction: copies the live records of the emptiest segment when its dead share is above `deadShareMin`, syncs, recycles. */
  compact(input: { readonly deadShareMin: number }): { readonly moved: number; readonly recycled: number }
  space(input: Record<string, never>): DriveSpace
  /** Still the drive we opened: same device and identity file. Faults: gone. */
  probe(input: Record<string, never>): void
  /** Syncs, writes what makes the next start quick, lets go of the lock. */
  close(input: Record<string, never>): void
}

/** `opened`, `not-authentic`: there, and with it the stripe was complete and has been opened, or has a wrong tag. */
export type ShardReadResult = 'ok' | 'damaged' | 'not-found' | 'io-error' | 'opened' | 'not-authentic'
