// What the drive tests share: a drive on given files, records with known content, and a memory they are put into.
import { blake3 } from '../../../../../src-main/base/blake3.ts'
import type { Clock } from '../../../../../src-main/base/clock.ts'
import type { DriveConnection } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import type { DriveFiles } from '../../../../../src-main/storage/erasure/drives/drive-files.ts'
import { connectDriveInline } from '../../../../../src-main/storage/erasure/drives/drive-inline.ts'
import type { AppendRecord, DriveIdentity, LogSummary, RecordHead } from '../../../../../src-main/storage/erasure/drives/drive-protocol.ts'

export const memoryBytes = 4 * 1024 * 1024
export const segmentSizeBytes = 64 * 1024

export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

export const identity: DriveIdentity = {
  deploymentId: uuid(1), driveId: uuid(10), setId: uuid(2), slot: 0, layoutGeneration: 1, setDrives: [uuid(10), uuid(11), uuid(12), uuid(13)], dataShards: 2, parityShards: 2,
  segmentSizeBytes, isFolder: true,
}

/** A clock that a test moves. */
export class ManualClock implements Clock {
  ms = 0
  nowMs(): number {
    return this.ms
  }
  monotonicMs(): number {
    return this.ms
  }
  after(): () => void {
    throw new Error('the drive waits for nothing')
  }
}

export interface TestRecord {
  readonly head: RecordHead
  readonly metadata: Uint8Array
  readonly shard: Uint8Array
}

/** Content is a function of the sequence number, so that any reader can check it. */
export function testRecord(sequence: number, shardLength = 1000, metadataLength = 200, over: Partial<RecordHead> = {}): TestRecord {
  const metadata = pattern(sequence * 3 + 1, metadataLength)
  const shard = pattern(sequence * 7 + 2, shardLength)
  const head: RecordHead = {
    sequence, epoch: 7, batchFirst: sequence, batchLength: 1, kind: shardLength > 0 ? 'object' : 'delete', form: shardLength > 0 ? 'inline' : 'none',
    payloadId: shardLength > 0 ? sequence.toString(16).padStart(32, 'a') : '0'.repeat(32), dataShards: 2, parityShards: 2, shardIndex: shardLength > 0 ? sequence % 4 : 255,
    shardLength, storedLength: shardLength * 2, metadataLength, ...over,
  }
  return { head, metadata, shard }
}

export function pattern(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed * 2654435761) >>> 0
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Puts records into memory one after the other, from `at` on; shards at multiples of `alignment`. */
export function place(memory: Uint8Array, records: readonly TestRecord[], at = 0, alignment = 1): AppendRecord[] {
  return records.map(({ head, metadata, shard }) => {
    const metadataAt = at
    memory.set(metadata, metadataAt)
    const shardAt = Math.ceil((metadataAt + metadata.byteLength) / alignment) * alignment
    memory.set(shard, shardAt)
    const hashAt = shardAt + shard.byteLength
    memory.set(blake3(shard), hashAt)
    at = hashAt + 32
    return {
      head, metadata: { offset: metadataAt, length: metadata.byteLength },
      ...(head.form === 'inline' && head.shardIndex !== 255 && { shard: { offset: shardAt, length: shard.byteLength }, shardHashOffset: hashAt }),
    }
  })
}

export class TestDrive {
  readonly memory = new Uint8Array(new SharedArrayBuffer(memoryBytes))
  readonly clock = new ManualClock()
  readonly files: DriveFiles
  drive: DriveConnection

  constructor(files: DriveFiles) {
    this.files = files
    this.drive = connectDriveInline(files, this.memory, this.clock)
  }

  /** Opens anew, as after a restart. */
  async start(): Promise<LogSummary> {
    this.drive = connectDriveInline(this.files, this.memory, this.clock)
    await this.drive.open({})
    return this.drive.startLog({})
  }

  append(...records: TestRecord[]): Promise<void> {
    return this.drive.append({ records: place(this.memory, records) })
  }

  async shardOf(sequence: number, length: number): Promise<Uint8Array | string> {
    const at = memoryBytes - length
    this.memory.fill(0, at)
    const [result] = await this.drive.readShards({ reads: [{ sequence, into: { offset: at, length } }] })
    return result === 'ok' ? this.memory.slice(at, at + length) : (result ?? 'nothing')
  }

  /** What is wrong with a record as the drive gives it; undefined when it is as written. */
  async problemWith({ head, metadata, shard }: TestRecord): Promise<string | undefined> {
    const { records } = await this.drive.readHeads({ sequences: [head.sequence] })
    const found = records[0]
    if (found === undefined) return 'no answer'
    if (JSON.stringify(sorted(found.head)) !== JSON.stringify(sorted(head))) return `head ${JSON.stringify(found.head)}`
    if (Buffer.compare(found.metadata, metadata) !== 0) return 'metadata'
    if (shard.byteLength === 0) return undefined
    const read = await this.shardOf(head.sequence, shard.byteLength)
    return typeof read === 'string' ? read : Buffer.compare(read, shard) === 0 ? undefined : 'other bytes'
  }
}

function sorted(head: RecordHead): [string, unknown][] {
  return Object.entries(head).sort(([a], [b]) => (a < b ? -1 : 1))
}

export async function formattedDrive(files: DriveFiles, over: Partial<DriveIdentity> = {}): Promise<TestDrive> {
  const drive = new TestDrive(files)
  await drive.drive.format({ identity: { ...identity, ...over } })
  return drive
}
