// One drive: everything of drive-protocol over the seam DriveFiles, in one thread and synchronous. The worker serves it, the simulation
// calls it directly.
import type { Clock } from '../../../base/clock.ts'
import type { WorkerHandlers } from '../../../base/worker-rpc.ts'
import { decodeDriveIdentity, driveIdentitySizeMax, encodeDriveIdentity } from '../format/drive-identity.ts'
import { uuidBytes } from '../format/fields.ts'
import { FormatError } from '../format/format-error.ts'
import { decodeSealRecordFile, encodeSealRecordFile, sealRecordFileSizeMax } from '../format/seal-record-file.ts'
import { DriveError } from './drive-connection.ts'
import { toDriveError } from './drive-fault.ts'
import type { DriveFiles } from './drive-files.ts'
import { cofferFolder, identityPath, lockPath, sealRecordPath, segmentsFolder, shardsFolder } from './drive-paths.ts'
import type { DriveCalls, DriveIdentity, DriveOpened, DriveSpace, LogSummary, RecordHead, WriteShardChunk } from './drive-protocol.ts'
import { SegmentLog } from './segment-log.ts'
import { ShardFiles } from './shard-files.ts'
import { Standing } from './standing.ts'
import { readWholeFile, replaceWholeFile } from './whole-file.ts'

export type DriveHandlers = WorkerHandlers<DriveCalls>

export interface OpenableDrive {
  readonly calls: DriveHandlers
  /**
   * A small step of upkeep between calls: segments made ahead, recycled, given back; a stock of them when nobody has called for a while
   * (`isIdle`). True when there is more to do. Never throws a DriveError.
   */
  tend(isIdle: boolean): boolean
  /** Lets go of handles and lock without writing anything, as the end of the process would. */
  abandon(): void
}

/** System files that a blank file system may have. */
const blankNames = new Set(['lost+found', '.Trashes', '.fseventsd', '.Spotlight-V100', 'System Volume Information', '$RECYCLE.BIN', '.DS_Store'])
/** Room for payload is looked at again after so many bytes of chunks. */
const roomCheckBytes = 16 * 1024 * 1024

/** The calls of one drive. `memory` is the shared memory that offsets in calls refer to. */
export function openDriveOn(files: DriveFiles, memory: Uint8Array, clock: Clock): OpenableDrive {
  const drive = new Drive(files, memory, clock)
  const guarded = <Input, Output>(call: (input: Input) => Output): ((input: Input) => Output) => (input) => {
    try {
      return call(input)
    } catch (error) {
      throw drive.toFault(error)
    }
  }
  return {
    calls: {
      open: guarded(() => drive.open()),
      format: guarded((input: Parameters<DriveCalls['format']>[0]) => { drive.format(input.identity) }),
      writeSealRecord: guarded((input: Parameters<DriveCalls['writeSealRecord']>[0]) => { drive.writeSealRecord(input.generation, input.bytes) }),
      startLog: guarded(() => drive.startLog()),
      readHeads: guarded((input: Parameters<DriveCalls['readHeads']>[0]) => drive.readHeads(input.sequences)),
      append: guarded((input: Parameters<DriveCalls['append']>[0]) => { drive.writableLog().append(input.records) }),
      readShards: guarded((input: Parameters<DriveCalls['readShards']>[0]) => input.reads.map((read) => drive.readShard(read))),
      writeChunks: guarded((input: Parameters<DriveCalls['writeChunks']>[0]) => { drive.writeChunks(input.chunks) }),
      syncShardFiles: guarded((input: Parameters<DriveCalls['syncShardFiles']>[0]) => { drive.writableShards().sync(input.payloadIds) }),
      readChunks: guarded((input: Parameters<DriveCalls['readChunks']>[0]) => input.reads.map((read) => drive.shards.read(read))),
      release: guarded((input: Parameters<DriveCalls['release']>[0]) => { drive.log.release(input.sequences) }),
      removeShardFiles: guarded((input: Parameters<DriveCalls['removeShardFiles']>[0]) => { drive.writableShards().remove(input.payloadIds) }),
      listShardFiles: guarded(() => ({ payloadIds: drive.shards.list() })),
      compact: guarded((input: Parameters<DriveCalls['compact']>[0]) => drive.writableLog().compact(input.deadShareMin)),
      space: guarded(() => drive.space()),
      probe: guarded(() => { drive.probe() }),
      close: guarded(() => { drive.close() }),
    },
    tend: (isIdle) => drive.tend(isIdle),
    abandon: () => { drive.letGo() },
  }
}

class Drive {
  readonly #files: DriveFiles
  readonly #memory: Uint8Array
  readonly #standing: Standing
  #identity: DriveIdentity | undefined
  #log: SegmentLog | undefined
  #shards: ShardFiles | undefined
  #sealGeneration = -1
  #bytesSinceRoomCheck = Infinity
  #isLocked = false

  constructor(files: DriveFiles, memory: Uint8Array, clock: Clock) {
    this.#files = files
    this.#memory = memory
    this.#standing = new Standing(files, clock)
  }

  /** After any error the drive is looked at again; one that is not there any more is `gone`, whatever the call met. */
  toFault(error: unknown): unknown {
    const failure = toDriveError(error)
    if (!(failure instanceof DriveError)) return failure
    this.#standing.doubt()
    if (failure.fault === 'io-error' && this.#identity !== undefined && !this.#standing.stands()) {
      return new DriveError('gone', 'the drive is no longer at its path', failure.details, failure)
    }
    return failure
  }

  get log(): SegmentLog {
    if (this.#log === undefined) throw new DriveError('refused', 'the log was not started')
    return this.#log
  }

  get shards(): ShardFiles {
    if (this.#shards === undefined) throw new DriveError('refused', 'the drive was not opened')
    return this.#shards
  }

  writableLog(): SegmentLog {
    this.#standing.require()
    return this.log
  }

  writableShards(): ShardFiles {
    this.#standing.require()
    return this.shards
  }

  open(): DriveOpened {
    if (this.#identity !== undefined) throw new DriveError('refused', 'the drive is open already')
    if (this.#files.statPath('') === undefined) throw new DriveError('gone', 'nothing is at the path')
    if (this.#files.statPath(identityPath) === undefined) throw new DriveError('not-formatted', 'no drive identity at the path')
    if (!this.#isLocked && !this.#files.lock(lockPath)) throw new DriveError('in-use', 'another process or opener has the drive')
    this.#isLocked = true
    try {
      const identity = decodeDriveIdentity(readWholeFile(this.#files, identityPath, driveIdentitySizeMax) ?? new Uint8Array(0))
      this.#standing.hold()
      const sealRecord = this.#readSealRecord()
      this.#settleNames()
      this.#shards = new ShardFiles(this.#files, this.#memory, this.#standing, uuidBytes(identity.driveId))
      this.#identity = identity
      return { identity, ...(sealRecord && { sealRecord }) }
    } catch (error) {
      this.letGo()
      throw error
    }
  }

  format(identity: DriveIdentity): void {
    if (this.#identity !== undefined) {
      this.#replaceIdentity(this.#identity, identity)
      return
    }
    if (this.#files.statPath('') === undefined) throw new DriveError('gone', 'nothing is at the path')
    const bytes = refusedUnlessWhole(() => encodeDriveIdentity(identity))
    this.#requireBlank()
    for (const folder of [cofferFolder, segmentsFolder, shardsFolder]) this.#files.makeFolder(folder)
    if (!this.#files.lock(lockPath)) throw new DriveError('refused', 'somebody else makes it a drive')
    try {
      this.#files.syncFolder(cofferFolder)
      this.#files.syncFolder('')
      // Last: only now it is a drive.
      replaceWholeFile(this.#files, cofferFolder, identityPath, bytes)
    } finally {
      this.#files.unlock()
    }
  }

  writeSealRecord(generation: number, bytes: Uint8Array): void {
    if (this.#identity === undefined) throw new DriveError('refused', 'the drive was not opened')
    if (generation < this.#sealGeneration) throw new DriveError('refused', 'a seal record older than the one on the drive', { generation, found: this.#sealGeneration })
    const encoded = refusedUnlessWhole(() => encodeSealRecordFile({ generation, bytes }))
    this.#standing.require()
    replaceWholeFile(this.#files, cofferFolder, sealRecordPath, encoded)
    this.#sealGeneration = generation
  }

  startLog(): LogSummary {
    if (this.#identity === undefined || this.#log !== undefined) throw new DriveError('refused', 'the log is started once, after opening')
    this.#standing.require()
    this.#log = new SegmentLog(this.#files, this.#memory, this.#standing, this.#identity)
    return this.#log.summary
  }

  readHeads(sequences: readonly number[]): { readonly records: readonly { readonly head: RecordHead; readonly metadata: Uint8Array }[] } {
    const { log } = this
    return { records: sequences.map((sequence) => log.readHead(sequence)) }
  }

  readShard(read: Parameters<SegmentLog['readShard']>[0]): ReturnType<SegmentLog['readShard']> {
    if (read.into.offset < 0 || read.into.offset + read.into.length > this.#memory.byteLength) throw new DriveError('refused', 'a shard outside the shared memory')
    const result = this.log.readShard(read)
    if (result === 'io-error' && !this.#standing.stands()) throw new DriveError('gone', 'the drive is no longer at its path')
    return result
  }

  writeChunks(chunks: readonly WriteShardChunk[]): void {
    const shards = this.writableShards()
    for (const chunk of chunks) {
      this.#bytesSinceRoomCheck += chunk.from.length
      if (this.#bytesSinceRoomCheck >= roomCheckBytes) {
        if (this.#log !== undefined && !this.#log.hasRoomForPayload()) throw new DriveError('full', 'no room for shard files')
        this.#bytesSinceRoomCheck = 0
      }
      shards.write(chunk)
    }
  }

  space(): DriveSpace {
    if (this.#log !== undefined) return this.#log.space()
    return { ...this.#files.space(), liveBytes: 0, deadBytes: 0, readyBytes: 0, segments: 0, deadFloor: Infinity }
  }

  probe(): void {
    this.#standing.doubt()
    this.#standing.require()
  }

  tend(isIdle: boolean): boolean {
    if (this.#log === undefined) return false
    try {
      return this.#log.tend(isIdle)
    } catch (error) {
      const failure = this.toFault(error)
      if (!(failure instanceof DriveError)) throw failure
      return false
    }
  }

  close(): void {
    try {
      this.#log?.sync()
    } finally {
      this.letGo()
    }
  }

  letGo(): void {
    try {
      this.#log?.close()
      this.#shards?.close()
      this.#standing.letGo()
    } finally {
      this.#log = undefined
      this.#shards = undefined
      this.#identity = undefined
      this.#sealGeneration = -1
      if (this.#isLocked) this.#files.unlock()
      this.#isLocked = false
    }
  }

  #readSealRecord(): DriveOpened['sealRecord'] {
    const bytes = readWholeFile(this.#files, sealRecordPath, sealRecordFileSizeMax)
    if (bytes === undefined) return undefined
    try {
      const record = decodeSealRecordFile(bytes)
      this.#sealGeneration = record.generation
      return record
    } catch (error) {
      // A damaged copy is as good as none: the other drives have theirs.
      if (error instanceof FormatError && error.fault === 'damaged') return undefined
      throw error
    }
  }

  /** A file may have got its name just before a kill; what is reported must survive the next. */
  #settleNames(): void {
    try {
      this.#files.syncFolder(cofferFolder)
    } catch (error) {
      const failure = toDriveError(error)
      if (!(failure instanceof DriveError) || failure.fault !== 'read-only') throw error
    }
  }

  #requireBlank(): void {
    const names = this.#files.list('').filter((name) => !blankNames.has(name))
    const isBlank = names.length === 0 || (names.length === 1 && names[0] === cofferFolder && this.#isUnfinishedFormat())
    if (!isBlank) throw new DriveError('refused', 'the folder is not empty')
  }

  /** What a format that was cut short leaves behind: folders and no content. */
  #isUnfinishedFormat(): boolean {
    const inside = this.#files.list(cofferFolder).filter((name) => !['drive-identity.new', 'lock', 'segments', 'shards'].includes(name))
    return inside.length === 0 && this.#files.list(segmentsFolder).length === 0 && this.#files.list(shardsFolder).length === 0
  }

  #replaceIdentity(before: DriveIdentity, after: DriveIdentity): void {
    const isSame = before.deploymentId === after.deploymentId && before.driveId === after.driveId && before.segmentSizeBytes === after.segmentSizeBytes
    if (!isSame || after.layoutGeneration <= before.layoutGeneration) throw new DriveError('refused', 'a drive keeps its ids, and its layout only grows')
    const bytes = refusedUnlessWhole(() => encodeDriveIdentity(after))
    this.#standing.require()
    replaceWholeFile(this.#files, cofferFolder, identityPath, bytes)
    this.#standing.hold()
    this.#identity = after
  }
}

function refusedUnlessWhole(encode: () => Uint8Array): Uint8Array {
  try {
    return encode()
  } catch (error) {
    if (error instanceof FormatError) throw new DriveError('refused', error.message, error.details, error)
    throw error
  }
}
