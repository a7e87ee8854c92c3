// The one order of all writes. A batch takes everything that queued while the one before it was syncing; one batch is in flight at a time.
// What was decided of a batch is answered while the drives write the next: it keeps the main loop busy, and the drives would wait.
// The rule: nothing is acknowledged, and nothing becomes visible, before it is durable on its write quorum, every drive in service has
// answered or is out, and the log itself says on a quorum which drives are out.
import { assert } from '../../../base/assert.ts'
import { encodeUtf8 } from '../../../base/bytes.ts'
import type { Logger } from '../../../base/logger.ts'
import { StorageError, type StorageFault } from '../../../seams/storage-backend.ts'
import type { RecordKind } from '../drives/drive-protocol.ts'
import type { StagedPayload } from '../layout/payload-placement.ts'
import { writeQuorumOf } from '../layout/write-quorum.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import type { BatchOutcome, BatchRecord, BatchWriter } from './batch-writer.ts'
import type { Applied } from './catalogue-apply.ts'
import { logStateToJson, type LogState } from './log-state.ts'
import type { PendingWrites } from './pending-writes.ts'
import type { LogRecord, RecordBodies } from './record-body.ts'
import { addSequenceRange } from './sequence-ranges.ts'

export interface WriteRequest<Kind extends RecordKind> {
  readonly kind: Kind
  readonly body: RecordBodies[Kind]
  /** Consumed, whatever the outcome. */
  readonly payload?: StagedPayload
  /** What is under way until this settles; see pending-writes.ts. */
  readonly keys: readonly string[]
}

export interface SequencerDeps {
  readonly set: ErasureSet
  readonly writer: BatchWriter
  readonly pending: PendingWrites
  readonly logger: Logger
  /** Takes acknowledged records into the catalogue, in order. */
  readonly apply: (records: readonly LogRecord[]) => readonly Applied[]
  /** A record that reached some drives but counts as never written; durable in the log when called. */
  readonly onVoid: (sequence: number) => void
}

export interface SequencerStart {
  readonly epoch: number
  readonly nextSequence: number
  /** As the newest durable roster record says. */
  readonly state: LogState
  /** Fewer drives than a write quorum: reads only. */
  readonly readOnly: boolean
}

interface Queued {
  readonly kind: RecordKind
  readonly body: RecordBodies[RecordKind]
  readonly text: string
  readonly bytes: Uint8Array
  readonly payload: StagedPayload | undefined
  readonly quorum: number
  readonly keys: readonly string[]
  readonly resolve: (applied: Applied) => void
  readonly reject: (error: Error) => void
}

interface Sent {
  readonly request: Queued
  readonly sequence: number
}

export const batchRecordsMax = 512
const batchShardBytesMax = 32 * 1024 * 1024
const queueRecordsMax = 8192
const queueBytesMax = 64 * 1024 * 1024

export class Sequencer {
  readonly #deps: SequencerDeps
  readonly #epoch: number
  readonly #setQuorum: number
  #state: LogState
  #next: number
  #queue: Queued[] = []
  #queueBytes = 0
  #running: Promise<void> | undefined
  #stopped: StorageFault | undefined
  /** Of writes that are applied: given as soon as the next batch is on its way, or there is none. */
  #answers: (() => void)[] = []

  constructor(deps: SequencerDeps, start: SequencerStart) {
    this.#deps = deps
    this.#epoch = start.epoch
    this.#next = start.nextSequence
    this.#state = start.state
    this.#setQuorum = writeQuorumOf(deps.set.dataShards, deps.set.parityShards)
    if (start.readOnly) this.#stop()
  }

  get state(): LogState {
    return this.#state
  }

  /** No write is taken any more, and of some it is not known what became of them. */
  get isStopped(): boolean {
    return this.#stopped !== undefined
  }

  get queued(): number {
    return this.#queue.length
  }

  /**
   * Gives the write its place in the order, in this turn. Resolves when it is acknowledged and applied.
   * Faults: write-quorum-lost, storage-full, busy, closed.
   */
  enqueue<Kind extends RecordKind>({ kind, body, payload, keys }: WriteRequest<Kind>): Promise<Applied> {
    const text = JSON.stringify(body)
    const bytes = encodeUtf8(text)
    const refusal = this.#refusal(bytes.byteLength, payload)
    if (refusal !== undefined) {
      payload?.release('discarded')
      return Promise.reject(refusal)
    }
    const quorum = payload === undefined ? this.#setQuorum : writeQuorumOf(payload.placement.dataShards, payload.placement.parityShards)
    this.#queueBytes += bytes.byteLength
    this.#deps.pending.begin(keys)
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind, body, text, bytes, payload, quorum, keys, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /**
   * Writes a roster record with this change, in its turn. `change` is told the record's sequence number; `onDurable` is called once it is
   * durable, before the catalogue takes it. Faults: write-quorum-lost, closed.
   */
  changeState(change: (state: LogState, sequence: number) => LogState, onDurable: () => void = () => undefined): Promise<void> {
    const work = (this.#running ?? Promise.resolve()).then(async () => {
      if (this.#stopped !== undefined) throw this.#stoppedError()
      if (this.#running !== undefined) return this.changeState(change, onDurable)
      this.#running = this.#changeStateNow(change, onDurable)
      await this.#running
      if (this.#stopped !== undefined) throw this.#stoppedError()
    })
    return work
  }

  /** Takes nothing new, finishes what is under way. */
  async close(): Promise<void> {
    this.#stopped ??= 'closed'
    await this.#running
  }

  #refusal(textLength: number, payload: StagedPayload | undefined): StorageError | undefined {
    if (this.#stopped !== undefined) return this.#stoppedError()
    if (this.#deps.writer.roomOf(textLength) > this.#deps.writer.capacityBytes) return new StorageError('busy', 'the metadata of this write is too large')
    if (this.#queue.length >= queueRecordsMax || this.#queueBytes > queueBytesMax) return new StorageError('busy', 'too many writes are under way')
    assert(payload === undefined || payload.goodSlots.length > 0, 'a staged payload is on some drive')
    return undefined
  }

  #stoppedError(): StorageError {
    return new StorageError(this.#stopped ?? 'closed', 'the store takes no writes')
  }

  async #run(): Promise<void> {
    // Whoever else writes in this turn joins the first batch.
    await Promise.resolve()
    try {
      while (this.#queue.length > 0) {
        const batch = this.#takeBatch()
        await this.#commitBatch(batch)
      }
    } finally {
      this.#running = undefined
      this.#answer()
    }
  }

  #answer(): void {
    const answers = this.#answers
    if (answers.length === 0) return
    this.#answers = []
    for (const answer of answers) answer()
  }

  #takeBatch(): Queued[] {
    let room = this.#deps.writer.capacityBytes
    let shardBytes = 0
    let count = 0
    for (const { bytes, payload } of this.#queue) {
      room -= this.#deps.writer.roomOf(bytes.byteLength)
      shardBytes += payload?.shards === undefined ? 0 : payload.shardLength
      if (room < 0 || count >= batchRecordsMax || (count > 0 && shardBytes > batchShardBytesMax)) break
      this.#queueBytes -= bytes.byteLength
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #commitBatch(batch: readonly Queued[]): Promise<void> {
    if (this.#stopped !== undefined && this.#stopped !== 'closed') {
      for (const request of batch) this.#settle(request, this.#stoppedError(), 'discarded')
      return
    }
    let known: LogRecord[] | undefined = []
    if (this.#rosterChanged()) {
      // A drive went out between two batches: the log says so before the next write is acknowledged.
      this.#answer()
      known = await this.#writeRoster([], undefined)
    }
    if (known === undefined) {
      for (const request of batch) this.#settle(request, this.#stoppedError(), 'discarded')
      return
    }
    this.#deps.apply(known)
    const sent = this.#number(batch)
    if (sent.length === 0) return
    const writing = this.#deps.writer.write(sent.map(toBatchRecord), this.#epoch)
    this.#answer()
    const outcome = await writing
    if (outcome.isFull) await this.#refuseFull(sent, outcome)
    else await this.#decide(sent, outcome)
  }

  /** Refuses what cannot reach its quorum before anything is written; the others get their sequence numbers. */
  #number(batch: readonly Queued[]): Sent[] {
    const inService = this.#deps.set.inService()
    const sent: Sent[] = []
    for (const request of batch) {
      if (countCopies(request, inService) >= request.quorum) sent.push({ request, sequence: this.#next++ })
      else this.#settle(request, new StorageError('write-quorum-lost', 'too few drives take writes', { needed: request.quorum }), 'discarded')
    }
    return sent
  }

  /**
   * No drive has room. What needs room for a payload is refused; what needs none (deletions, say) is tried again without the others.
   * The log says first that none of it counts: who knows what a drive wrote before it found no more room.
   */
  async #refuseFull(sent: readonly Sent[], outcome: BatchOutcome): Promise<void> {
    const roster = await this.#writeRoster(sent, outcome)
    if (roster === undefined) {
      for (const { request } of sent) this.#settle(request, this.#stoppedError(), 'committed')
      return
    }
    this.#deps.apply(roster)
    const small = sent.filter(({ request }) => request.payload === undefined)
    const retried = new Set(small.length < sent.length ? small : [])
    for (const entry of sent) {
      this.#deps.onVoid(entry.sequence)
      if (!retried.has(entry)) this.#settle(entry.request, new StorageError('storage-full', 'the drives are full'), 'discarded')
    }
    for (const { request } of retried) this.#queueBytes += request.bytes.byteLength
    this.#queue.unshift(...[...retried].map(({ request }) => request))
  }

  async #decide(sent: readonly Sent[], outcome: BatchOutcome): Promise<void> {
    const roster = this.#rosterChanged() ? await this.#writeRoster(sent, outcome) : []
    if (roster === undefined) {
      // It may yet turn out to be whole: only the next start can tell. What was written stays where it is.
      for (const { request } of sent) this.#settle(request, this.#stoppedError(), 'committed', outcome.held)
      return
    }
    const kept = sent.filter(({ sequence }) => !this.#isVoid(sequence))
    const applied = this.#deps.apply([...kept.map(toLogRecord), ...roster])
    kept.forEach(({ request }, index) => {
      const result = applied[index]
      assert(result !== undefined, 'every record applied has its result')
      this.#answers.push(() => {
        this.#deps.pending.end(request.keys)
        releasePayload(request.payload, 'committed', outcome.held)
        request.resolve(result)
      })
    })
    for (const { request, sequence } of sent) {
      if (!this.#isVoid(sequence)) continue
      this.#deps.onVoid(sequence)
      this.#settle(request, new StorageError('write-quorum-lost', 'drives failed during the write', { needed: request.quorum }), 'discarded', outcome.held)
    }
  }

  #isVoid(sequence: number): boolean {
    return this.#state.voids.some(([from, to]) => sequence >= from && sequence <= to)
  }

  #rosterChanged(): boolean {
    return this.#rosterIsOther(this.#state.inService)
  }

  #rosterIsOther(known: readonly number[]): boolean {
    const inService = this.#deps.set.inService()
    return inService.length !== known.length || inService.some((slot, index) => slot !== known[index])
  }

  /**
   * Makes durable which drives are in service, and which records of the batch before it failed. Drives that fail meanwhile make another
   * round. Gives the record for the catalogue; undefined when no quorum is left, and then nothing is written any more.
   */
  async #writeRoster(sent: readonly Sent[], outcome: BatchOutcome | undefined): Promise<LogRecord[] | undefined> {
    const records: LogRecord[] = []
    do {
      const inService = this.#deps.set.inService()
      if (inService.length < this.#setQuorum) {
        this.#stop()
        return undefined
      }
      const good = outcome?.durable.filter((slot) => inService.includes(slot)) ?? []
      let voids = this.#state.voids
      for (const { request, sequence } of sent) if (countCopies(request, good) < request.quorum) voids = addSequenceRange(voids, sequence, sequence)
      const state: LogState = { ...this.#state, inService, voids }
      if (await this.#appendRoster(state, records)) this.#state = state
      else if (!this.#rosterIsOther(inService)) {
        this.#stop()
        return undefined
      }
    } while (this.#rosterChanged())
    const drivesInService = this.#state.inService.length
    if (drivesInService < this.#deps.set.slotCount) this.#deps.logger.warn('not every drive is in service', { drivesInService, drives: this.#deps.set.slotCount })
    return records
  }

  /** True when it is durable on every drive it went to, and on a quorum. */
  async #appendRoster(state: LogState, records: LogRecord[]): Promise<boolean> {
    const body = logStateToJson(state)
    const text = JSON.stringify(body)
    const bytes = encodeUtf8(text)
    if (this.#deps.writer.roomOf(bytes.byteLength) > this.#deps.writer.capacityBytes) return false
    const sequence = this.#next++
    const { durable } = await this.#deps.writer.write([{ sequence, kind: 'roster', text: bytes, payload: undefined }], this.#epoch)
    records.push({ kind: 'roster', sequence, body, text })
    return durable.length === state.inService.length && durable.length >= this.#setQuorum
  }

  async #changeStateNow(change: (state: LogState, sequence: number) => LogState, onDurable: () => void): Promise<void> {
    try {
      this.#state = change(this.#state, this.#next)
      const records = await this.#writeRoster([], undefined)
      if (records === undefined) return
      onDurable()
      this.#deps.apply(records)
    } finally {
      this.#running = undefined
      if (this.#queue.length > 0) this.#running = this.#run()
    }
  }

  #stop(): void {
    if (this.#stopped === 'closed') return
    const full = this.#deps.set.reports().some((drive) => drive.state === 'full')
    this.#stopped = full ? 'storage-full' : 'write-quorum-lost'
    this.#deps.set.stopWrites()
    this.#deps.logger.error('the write quorum is lost: the store is read-only', { drivesInService: this.#deps.set.inService().length, needed: this.#setQuorum })
  }

  #settle(request: Queued, error: Error, payload: 'committed' | 'discarded', held?: Promise<void>): void {
    this.#deps.pending.end(request.keys)
    releasePayload(request.payload, payload, held)
    request.reject(error)
  }
}

function releasePayload(payload: StagedPayload | undefined, outcome: 'committed' | 'discarded', held: Promise<void> | undefined): void {
  if (payload === undefined) return
  if (held === undefined) payload.release(outcome)
  else void held.then(() => { payload.release(outcome) })
}

/** Drives among `slots` on which the write is whole. */
function countCopies({ payload }: Queued, slots: readonly number[]): number {
  return payload === undefined ? slots.length : slots.filter((slot) => payload.goodSlots.includes(slot)).length
}

function toBatchRecord({ request, sequence }: Sent): BatchRecord {
  return { sequence, kind: request.kind, text: request.bytes, payload: request.payload }
}

function toLogRecord({ request, sequence }: Sent): LogRecord {
  // Kind and body came in together as one WriteRequest.
  return { kind: request.kind, sequence, body: request.body, text: request.text } as LogRecord
}
