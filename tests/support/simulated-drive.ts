// A drive of the simulation at the level of its calls: what is durable survives the death of the process, what is not may or may not.
// It can fail, tear an append, forget a sync and stand still; nothing of it is the product's code.
import { blake3 } from '../../src-main/base/blake3.ts'
import { copyBytes } from '../../src-main/base/bytes.ts'
import type { SharedRange } from '../../src-main/payload/codec-protocol.ts'
import { DriveError, type DriveConnection } from '../../src-main/storage/erasure/drives/drive-connection.ts'
import type { AppendRecord, DriveCalls, DriveFault, DriveIdentity, LogSummary, ReadShard, RecordHead, ShardReadResult } from '../../src-main/storage/erasure/drives/drive-protocol.ts'
import { recordKindCode } from '../../src-main/storage/erasure/format/record.ts'
import { forever, type Dice, type Life, type VirtualClock } from './simulated-world.ts'

interface StoredRecord {
  readonly head: RecordHead
  readonly metadata: Uint8Array
  readonly shard: Uint8Array | undefined
  readonly shardHash: Uint8Array | undefined
}

interface StoredChunk {
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
}

interface StoredFile {
  readonly chunks: Map<number, StoredChunk>
  synced: boolean
}

/** Faults planted on purpose, to see that the simulation finds them. */
export interface DriveLies {
  /** Says that an append is durable when it is not. */
  readonly syncDoesNothing?: boolean
  /** Reports records whose end was torn off as whole. */
  readonly acceptsTorn?: boolean
}

/** What stands on a drive, whoever has it open. */
export interface SimulatedMedium {
  connect(options: ConnectOptions): DriveConnection
  /** After the death of the process: what never became durable is gone, or there, or torn; chance decides. */
  crash(dice: Dice): void
  /** From the n-th call or change on everything fails. */
  planFailure(after: number, fault: DriveFault): void
  readonly willFail: boolean
  /** Works again: between two lives. */
  repair(): void
  /** Takes the place of what stands on the drive: a copy from before, or the same with flipped bits. Absent where a medium cannot. */
  saveCopy?(): void
  restoreCopy?(): boolean
  rot?(bits: number): void
  /** Sequence numbers where a medium can tell them. */
  contents(): { readonly sequences?: readonly number[]; readonly files: readonly string[] }
  describe(): string
}

export interface ConnectOptions {
  readonly memory: Uint8Array
  readonly clock: VirtualClock
  readonly life: Life
  readonly dice: Dice
  readonly path: string
}

/** Kept at the level of the drive's calls: quick, and none of it the product's code. */
export class PlainMedium implements SimulatedMedium {
  identity: DriveIdentity | undefined
  seal: { readonly generation: number; readonly bytes: Uint8Array } | undefined
  readonly records = new Map<number, StoredRecord>()
  readonly files = new Map<string, StoredFile>()
  /** Written, and lost when the process (and with it the machine) dies. */
  readonly volatile = new Map<number, StoredRecord>()
  /** From which step of its own on every call fails; Infinity for never. */
  failsAt = Infinity
  failsWith: DriveFault = 'io-error'
  calls = 0
  readonly lies: DriveLies

  constructor(lies: DriveLies = {}) {
    this.lies = lies
  }

  get willFail(): boolean {
    return this.failsAt !== Infinity
  }

  connect(options: ConnectOptions): DriveConnection {
    return connectSimulatedDrive({ ...options, medium: this })
  }

  planFailure(after: number, fault: DriveFault): void {
    this.failsAt = this.calls + after
    this.failsWith = fault
  }

  repair(): void {
    this.failsAt = Infinity
  }

  /** After the death of a process: what never reached the medium is gone, or there, or torn; chance decides. */
  crash(dice: Dice): void {
    for (const [sequence, record] of this.volatile) if (dice.chance(0.3)) this.records.set(sequence, record)
    this.volatile.clear()
    for (const [payloadId, file] of this.files) {
      if (file.synced) continue
      const fate = dice.below(3)
      if (fate === 0) this.files.delete(payloadId)
      if (fate === 1) for (const index of file.chunks.keys()) if (dice.chance(0.5)) file.chunks.delete(index)
    }
  }

  describe(): string {
    return [...this.records.values()].map(({ head }) => `${head.kind} ${head.sequence}`).join(', ')
  }

  /** Live records and bytes, for the search for leaks. */
  contents(): { readonly sequences: readonly number[]; readonly files: readonly string[] } {
    return { sequences: [...this.records.keys()].sort((a, b) => a - b), files: [...this.files.keys()].sort() }
  }
}

interface SimulatedDriveOptions extends ConnectOptions {
  readonly medium: PlainMedium
}

/** One connection, of one life of the process. */
function connectSimulatedDrive(options: SimulatedDriveOptions): DriveConnection {
  const drive = new SimulatedDrive(options)
  const call = <Name extends keyof DriveCalls>(name: Name) => (input: Parameters<DriveCalls[Name]>[0]) => drive.run(name, input)
  return {
    path: options.path,
    abandon: () => Promise.resolve(),
    open: call('open'), format: call('format'), writeSealRecord: call('writeSealRecord'), startLog: call('startLog'), readHeads: call('readHeads'),
    append: call('append'), readShards: call('readShards'), writeChunks: call('writeChunks'), syncShardFiles: call('syncShardFiles'),
    readChunks: call('readChunks'), release: call('release'), removeShardFiles: call('removeShardFiles'), listShardFiles: call('listShardFiles'),
    compact: call('compact'), space: call('space'), probe: call('probe'), close: call('close'),
  }
}

class SimulatedDrive {
  readonly #options: SimulatedDriveOptions
  readonly #medium: PlainMedium
  readonly #dead = new Set<number>()
  /** Like a thread: one call at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SimulatedDriveOptions) {
    this.#options = options
    this.#medium = options.medium
  }

  run<Name extends keyof DriveCalls>(name: Name, input: Parameters<DriveCalls[Name]>[0]): Promise<ReturnType<DriveCalls[Name]>> {
    const result = this.#last.then(() => this.#runNow(name, input))
    this.#last = result.catch(() => undefined)
    return result
  }

  async #runNow<Name extends keyof DriveCalls>(name: Name, input: Parameters<DriveCalls[Name]>[0]): Promise<ReturnType<DriveCalls[Name]>> {
    const { clock, dice, life } = this.#options
    await new Promise<void>((resolve) => { clock.after(dice.below(4), resolve) })
    if (!life.step()) return forever
    this.#checkAlive()
    const method = this[name] as (input: unknown) => unknown
    const output = method.call(this, input)
    if (!life.step()) return forever
    return output as ReturnType<DriveCalls[Name]>
  }

  #checkAlive(): void {
    if (this.#medium.calls++ >= this.#medium.failsAt) throw new DriveError(this.#medium.failsWith, 'the drive fails as told')
  }

  #bytes(range: SharedRange): Uint8Array {
    return this.#options.memory.subarray(range.offset, range.offset + range.length)
  }

  open() {
    const { identity, seal } = this.#medium
    if (identity === undefined) throw new DriveError('not-formatted', 'no identity')
    return { identity, ...(seal && { sealRecord: seal }) }
  }

  format({ identity }: { readonly identity: DriveIdentity }): void {
    if (this.#medium.identity !== undefined) throw new DriveError('refused', 'not blank')
    this.#medium.identity = identity
  }

  writeSealRecord(record: { readonly generation: number; readonly bytes: Uint8Array }): void {
    this.#medium.seal = { generation: record.generation, bytes: Uint8Array.from(record.bytes) }
  }

  startLog(): LogSummary {
    const records = [...this.#medium.records.values()].sort((a, b) => a.head.sequence - b.head.sequence)
    return {
      sequences: Float64Array.from(records, ({ head }) => head.sequence),
      epochs: Uint32Array.from(records, ({ head }) => head.epoch),
      kinds: Uint8Array.from(records, ({ head }) => recordKindCode(head.kind)),
      batchFirsts: Float64Array.from(records, ({ head }) => head.batchFirst),
      batchLengths: Uint32Array.from(records, ({ head }) => head.batchLength),
      headHashes: BigUint64Array.from(records, headHash),
      damagedRecords: 0,
    }
  }

  readHeads({ sequences }: { readonly sequences: readonly number[] }) {
    return {
      records: sequences.map((sequence) => {
        const record = this.#find(sequence)
        if (record === undefined) throw new DriveError('not-found', 'no such record')
        return { head: record.head, metadata: Uint8Array.from(record.metadata) }
      }),
    }
  }

  #find(sequence: number): StoredRecord | undefined {
    return this.#medium.volatile.get(sequence) ?? this.#medium.records.get(sequence)
  }

  /** Record by record, each a step: killed between two, the drive has the first ones. */
  append({ records }: { readonly records: readonly AppendRecord[] }): void {
    const { life, dice } = this.#options
    const target = this.#medium.lies.syncDoesNothing === true ? this.#medium.volatile : this.#medium.records
    for (const { head, metadata, shard, shardHashOffset } of records) {
      if (!life.step()) {
        if (this.#medium.lies.acceptsTorn === true) this.#storeTorn({ head, metadata, ...(shard && { shard }), ...(shardHashOffset !== undefined && { shardHashOffset }) })
        return
      }
      if (this.#medium.calls >= this.#medium.failsAt - 1 && dice.chance(0.5)) {
        this.#medium.failsAt = 0
        throw new DriveError(this.#medium.failsWith, 'the drive fails in the middle')
      }
      target.set(head.sequence, {
        head, metadata: copyBytes(this.#bytes(metadata)),
        shard: shard && copyBytes(this.#bytes(shard)),
        shardHash: shardHashOffset === undefined ? undefined : copyBytes(this.#bytes({ offset: shardHashOffset, length: 32 })),
      })
      this.#dead.delete(head.sequence)
    }
  }

  #storeTorn({ head, metadata, shard }: AppendRecord): void {
    const torn = shard && copyBytes(this.#bytes(shard))
    torn?.fill(0, torn.length >> 1)
    // A drive that does not check what it reads takes the torn bytes for good ones.
    this.#medium.records.set(head.sequence, { head, metadata: copyBytes(this.#bytes(metadata)), shard: torn, shardHash: torn && blake3(Buffer.from(torn)) })
  }

  readShards({ reads }: { readonly reads: readonly ReadShard[] }): readonly ShardReadResult[] {
    return reads.map(({ sequence, into, skipHash }) => {
      const record = this.#find(sequence)
      if (record?.shard === undefined) return 'not-found'
      if (skipHash !== true && !isWhole(record.shard, record.shardHash)) return 'damaged'
      this.#bytes(into).set(record.shard)
      return 'ok'
    })
  }

  writeChunks({ chunks }: Parameters<DriveCalls['writeChunks']>[0]): void {
    for (const { payloadId, chunkIndex, from, hashOffset } of chunks) {
      if (!this.#options.life.step()) return
      let file = this.#medium.files.get(payloadId)
      if (file === undefined) this.#medium.files.set(payloadId, (file = { chunks: new Map(), synced: false }))
      file.chunks.set(chunkIndex, { bytes: copyBytes(this.#bytes(from)), hash: copyBytes(this.#bytes({ offset: hashOffset, length: 32 })) })
    }
  }

  syncShardFiles({ payloadIds }: { readonly payloadIds: readonly string[] }): void {
    for (const payloadId of payloadIds) {
      const file = this.#medium.files.get(payloadId)
      if (file !== undefined) file.synced = true
    }
  }

  readChunks({ reads }: Parameters<DriveCalls['readChunks']>[0]): readonly ShardReadResult[] {
    return reads.map(({ payloadId, chunkIndex, into, skipHash }) => {
      const chunk = this.#medium.files.get(payloadId)?.chunks.get(chunkIndex)
      if (chunk === undefined) return 'not-found'
      if ((skipHash !== true && !isWhole(chunk.bytes, chunk.hash)) || chunk.bytes.length !== into.length) return 'damaged'
      this.#bytes(into).set(chunk.bytes)
      return 'ok'
    })
  }

  release({ sequences }: { readonly sequences: readonly number[] }): void {
    for (const sequence of sequences) if (this.#medium.records.has(sequence)) this.#dead.add(sequence)
  }

  removeShardFiles({ payloadIds }: { readonly payloadIds: readonly string[] }): void {
    for (const payloadId of payloadIds) {
      if (!this.#options.life.step()) return
      this.#medium.files.delete(payloadId)
    }
  }

  listShardFiles() {
    return { payloadIds: [...this.#medium.files.keys()] }
  }

  /** Takes away a few dead records, in any order: segments are recycled as it comes. */
  compact() {
    let recycled = 0
    for (const sequence of [...this.#dead]) {
      if (recycled >= 8) break
      if (this.#options.dice.chance(0.3)) continue
      if (!this.#options.life.step()) break
      this.#medium.records.delete(sequence)
      this.#dead.delete(sequence)
      recycled++
    }
    if (recycled === 0 && this.#dead.size > 0) recycled = 1
    return { moved: 0, recycled }
  }

  space() {
    return {
      freeBytes: 1e9, totalBytes: 1e9, liveBytes: 0, deadBytes: 0, readyBytes: 0, segments: 1,
      deadFloor: Math.min(Infinity, ...this.#dead),
    }
  }

  probe(): void {}

  close(): void {}
}

function headHash({ head, metadata }: StoredRecord): bigint {
  const hash = blake3(Buffer.concat([Buffer.from(JSON.stringify({ ...head, shardIndex: 0 })), Buffer.from(metadata)]))
  return hash.readBigUInt64LE(0)
}

function isWhole(bytes: Uint8Array, hash: Uint8Array | undefined): boolean {
  return hash !== undefined && Buffer.compare(blake3(Buffer.from(bytes)), hash) === 0
}
