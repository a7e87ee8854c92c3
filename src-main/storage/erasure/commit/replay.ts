// From the logs of the drives to a catalogue that is up to date and a sequencer that goes on. What the last start left open is decided
// here, made whole on the drives, and written down in the first record of the new epoch before anybody sees it.
import { StorageError } from '../../../seams/storage-backend.ts'
import { assert } from '../../../base/assert.ts'
import { encodeUtf8 } from '../../../base/bytes.ts'
import type { Logger } from '../../../base/logger.ts'
import { DriveError } from '../drives/drive-connection.ts'
import { recordKindCode } from '../format/record.ts'
import { writeQuorumOf } from '../layout/write-quorum.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import type { BatchWriter } from './batch-writer.ts'
import type { Catalogue } from './catalogue.ts'
import { emptyLogState, parseLogState, withVoids, type LogState, type UndecidedRecord } from './log-state.ts'
import { mergeLogs, rowAfter, rowOf, withoutOldCopies, type MergedLog, type SlotLog } from './merged-log.ts'
import { pendingKeys } from './pending-writes.ts'
import type { LogRecord } from './record-body.ts'
import type { ReadRecord, RecordReader } from './record-reader.ts'
import { decideRecord, type Decision, type DoubtfulRecord } from './replay-decision.ts'
import { placementOf, restoreRecord, type RestoreDeps } from './restore-record.ts'
import { containsSequence } from './sequence-ranges.ts'

export interface ReplayDeps {
  readonly set: ErasureSet
  readonly writer: BatchWriter
  readonly reader: RecordReader
  readonly restore: RestoreDeps
  /** The catalogue kept from before, when it may be trusted for this log; else an empty one. */
  readonly openCatalogue: (mayKeep: (position: number) => boolean) => Catalogue
  readonly logger: Logger
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void
}

export interface Replayed {
  readonly catalogue: Catalogue
  readonly merged: MergedLog
  readonly logs: readonly SlotLog[]
  /** Shard files by slot, as they were at the start. */
  readonly shardFiles: ReadonlyMap<number, ReadonlySet<string>>
  readonly epoch: number
  /** The first sequence number of the epoch. */
  readonly nextSequence: number
  readonly state: LogState
  /** Too few drives for writes: nothing was decided for good, nothing may be written. */
  readonly readOnly: boolean
  /** Accepted, but not applied before the roster record of the epoch is durable. In order. */
  readonly rolledForward: readonly LogRecord[]
  /** Of records that stay undecided: see pendingKeys. */
  readonly blockedKeys: ReadonlyMap<string, number>
}

/** Above everything seen. The claim of an epoch stands between, where no ordinary record ever does. */
export const epochGap = 1_000_000
const claimGap = 400_003
const applyChunk = 1024

/** Faults: read-quorum-lost (fewer than k drives), damaged (the log's newest roster record does not open). */
export async function replayLogs(deps: ReplayDeps): Promise<Replayed> {
  const { set, logger } = deps
  const logs = await startLogs(set)
  const whole = mergeLogs(logs)
  const state = await readNewestState(deps, whole)
  const merged = dropOldCopies(whole, logs, state.log, logger)
  const highest = merged.length === 0 ? 0 : (merged.sequences[merged.length - 1] as number)
  const catalogue = deps.openCatalogue((position) => position <= highest && position >= state.log.catalogueFloor && !containsSequence(state.log.voids, position))
  // What a catalogue that may be trusted holds was acknowledged.
  const doubtfulFrom = Math.max(findDoubtfulFrom(merged, state), catalogue.position + 1)
  await applyDecided(deps, merged, catalogue, state.log, doubtfulFrom)
  const shardFiles = await listShardFiles(set)
  catalogue.commit()
  const epoch = merged.epochs.reduce((max, seen) => Math.max(max, seen), 0) + 1
  let readOnly = !(await claimEpoch(deps, epoch, highest + claimGap))
  const outcome = await settleDoubts(deps, { merged, logs, shardFiles, state: state.log, doubtfulFrom, readOnly })
  if (set.inService().length < writeQuorumOf(set.dataShards, set.parityShards)) readOnly = true
  if (readOnly) catalogue.holdCommits()
  const nextSequence = highest + epochGap
  const accepted = outcome.accepted.map(({ head }) => head.sequence)
  const { undecided } = outcome
  // A catalogue from before has gone past a record that was undecided then and counts now: it is not to be trusted any more.
  const catalogueFloor = outcome.acceptedOld ? nextSequence : state.log.catalogueFloor
  const log = withVoids({ ...state.log, undecided, catalogueFloor }, doubtfulFrom, nextSequence - 1, [...accepted, ...undecided.map(({ sequence }) => sequence)])
  logger.info('logs replayed', {
    epoch, records: merged.length, drives: logs.length, accepted: accepted.length, undecided: undecided.length, dropped: outcome.dropped, readOnly,
  })
  return {
    catalogue, merged, logs, shardFiles, epoch, nextSequence, readOnly,
    state: { ...log, voids: addDropped(log, outcome.droppedOld) },
    rolledForward: outcome.accepted.map(({ record }) => record).sort((a, b) => a.sequence - b.sequence),
    blockedKeys: new Map(outcome.undecided.map(({ key, sequence }) => [key, sequence])),
  }
}

function addDropped(log: LogState, sequences: readonly number[]): LogState['voids'] {
  return sequences.reduce<LogState>((state, sequence) => withVoids(state, sequence, sequence, []), log).voids
}

async function startLogs(set: ErasureSet): Promise<SlotLog[]> {
  const logs: SlotLog[] = []
  await Promise.all(set.inService().map(async (slot) => {
    try {
      const summary = await set.writable(slot)?.startLog({})
      if (summary !== undefined) logs.push({ slot, summary })
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
      set.reportFault(slot, error, 'write')
    }
  }))
  if (logs.length < set.dataShards) throw new StorageError('read-quorum-lost', 'too few drives to read the logs', { drives: logs.length, needed: set.dataShards })
  return logs.sort((a, b) => a.slot - b.slot)
}

/**
 * Every drive had the record at the catalogue's floor when tombstones went. One whose log ends below is an older copy of itself: what it
 * alone still has may be what those tombstones removed.
 */
function dropOldCopies(merged: MergedLog, logs: readonly SlotLog[], { catalogueFloor }: LogState, logger: Logger): MergedLog {
  const old = logs.filter(({ summary }) => (summary.sequences.at(-1) ?? 0) < catalogueFloor)
  if (old.length === 0) return merged
  logger.warn('a drive is an older copy of itself, or lost its log', { drives: old.length })
  return withoutOldCopies(merged, old.reduce((mask, { slot }) => mask | (1 << slot), 0), catalogueFloor)
}

interface NewestState {
  readonly sequence: number
  readonly log: LogState
}

async function readNewestState({ reader }: ReplayDeps, merged: MergedLog): Promise<NewestState & { readonly log: LogState }> {
  const roster = recordKindCode('roster')
  for (let row = merged.length - 1; row >= 0; row--) {
    if (merged.kinds[row] !== roster) continue
    const sequence = merged.sequences[row] as number
    const read = await reader.readOne(sequence, slotsOf(merged.holders[row] as number))
    const log = read?.record.kind === 'roster' ? parseLogState(read.record.body) : undefined
    if (log === undefined) throw new StorageError('damaged', 'the newest roster record does not open: damaged, or not of this storage key')
    return { sequence, log }
  }
  return { sequence: 0, log: emptyLogState }
}

/** From where on the log may hold what was not acknowledged: its last batch, or right after the roster record when that is the end. */
function findDoubtfulFrom(merged: MergedLog, { sequence: rosterSequence }: NewestState): number {
  const claim = recordKindCode('epoch')
  for (let row = merged.length - 1; row >= 0 && (merged.sequences[row] as number) > rosterSequence; row--) {
    if (merged.kinds[row] !== claim) return Math.max(merged.batchFirsts[row] as number, rosterSequence + 1)
  }
  return rosterSequence + 1
}

/** Everything that is decided and not in the catalogue yet, in order. */
async function applyDecided(deps: ReplayDeps, merged: MergedLog, catalogue: Catalogue, state: LogState, doubtfulFrom: number): Promise<void> {
  const claim = recordKindCode('epoch')
  const undecided = new Set(state.undecided.map(({ sequence }) => sequence))
  const from = rowAfter(merged, catalogue.position)
  let chunk: number[] = []
  let turn = 0
  // The drives read one chunk while the one before is applied.
  let reading: Promise<{ readonly sequences: readonly number[]; readonly reads: readonly (ReadRecord | undefined)[] }> | undefined
  const applyRead = async (row: number): Promise<void> => {
    const ready = await reading
    ready?.reads.forEach((read, index) => { applyOrKeep(deps, catalogue, read, ready.sequences[index] as number) })
    deps.onProgress((row - from) / Math.max(1, merged.length - from))
  }
  const flush = async (row: number): Promise<void> => {
    const rows = chunk
    chunk = []
    const sequences = rows.map((index) => merged.sequences[index] as number)
    const next = deps.reader.readMany(sequences, (index) => pickHolder(merged.holders[rows[index] as number] as number, turn++)).then((reads) => ({ sequences, reads }))
    await applyRead(row)
    reading = next
  }
  for (let row = from; row < merged.length; row++) {
    const sequence = merged.sequences[row] as number
    if (sequence >= doubtfulFrom) break
    if (merged.kinds[row] === claim || undecided.has(sequence) || containsSequence(state.voids, sequence)) continue
    chunk.push(row)
    if (chunk.length >= applyChunk) await flush(row)
  }
  if (chunk.length > 0) await flush(merged.length)
  await applyRead(merged.length)
}

/** A record that no drive can show stays on them: nothing that was acknowledged is thrown away for being unreadable now. */
function applyOrKeep(deps: ReplayDeps, catalogue: Catalogue, read: ReadRecord | undefined, sequence: number): void {
  if (read !== undefined) {
    catalogue.apply(read.record)
    return
  }
  deps.logger.error('a record cannot be read on any drive', { sequence })
  catalogue.keepUnread(sequence)
}

/** Says on a write quorum that this epoch has begun, so that no other start can think it is the same one. False: too few drives. */
async function claimEpoch({ set, writer }: ReplayDeps, epoch: number, sequence: number): Promise<boolean> {
  const quorum = writeQuorumOf(set.dataShards, set.parityShards)
  if (set.inService().length < quorum) return false
  const { durable } = await writer.write([{ sequence, kind: 'epoch', text: encodeUtf8('{}'), payload: undefined }], epoch)
  return durable.length >= quorum
}

interface Doubts {
  readonly merged: MergedLog
  readonly logs: readonly SlotLog[]
  readonly shardFiles: ReadonlyMap<number, ReadonlySet<string>>
  readonly state: LogState
  readonly doubtfulFrom: number
  readonly readOnly: boolean
}

interface Settled {
  readonly accepted: ReadRecord[]
  readonly undecided: UndecidedRecord[]
  /** Undecided ones of earlier starts that are void now. */
  readonly droppedOld: number[]
  dropped: number
  acceptedOld: boolean
}

async function settleDoubts(deps: ReplayDeps, doubts: Doubts): Promise<Settled> {
  const { merged, state, doubtfulFrom } = doubts
  const settled: Settled = { accepted: [], undecided: [], droppedOld: [], dropped: 0, acceptedOld: false }
  const claim = recordKindCode('epoch')
  for (const entry of state.undecided) await settleOne(deps, doubts, entry, settled, true)
  for (let row = rowAfter(merged, doubtfulFrom - 1); row < merged.length; row++) {
    if (merged.kinds[row] === claim) continue
    await settleOne(deps, doubts, { sequence: merged.sequences[row] as number, inService: state.inService, key: '' }, settled, false)
  }
  return settled
}

async function settleOne(deps: ReplayDeps, doubts: Doubts, entry: UndecidedRecord, settled: Settled, isOld: boolean): Promise<void> {
  const { merged, logs } = doubts
  const row = rowOf(merged, entry.sequence)
  const holders = row === undefined ? [] : slotsOf(merged.holders[row] as number)
  const read = row === undefined ? undefined : await deps.reader.readOne(entry.sequence, holders)
  const drives = { present: logs.map(({ slot }) => slot), unclean: logs.flatMap(({ slot, summary }) => (summary.damagedRecords > 0 ? [slot] : [])) }
  let decision: Decision
  if (read === undefined) decision = isOld || holders.length > 0 ? decideUnread(entry, holders, drives.present, deps.set) : 'void'
  else decision = decideRecord(toDoubtful(doubts, entry, read, holders), drives)
  if (decision === 'accept') {
    assert(read !== undefined, 'only what was read is accepted')
    if (doubts.readOnly || (await rollForward(deps, read, holders))) settled.accepted.push(read)
    else decision = 'undecided'
  }
  if (decision === 'accept' && isOld) settled.acceptedOld = true
  if (decision === 'undecided') settled.undecided.push({ ...entry, key: read === undefined ? entry.key : keyOf(read.record) })
  if (decision === 'void') {
    settled.dropped++
    if (isOld) settled.droppedOld.push(entry.sequence)
  }
}

/** Nobody here can show the record. Void as soon as a drive that was in service is here without it. */
function decideUnread({ inService }: UndecidedRecord, holders: readonly number[], present: readonly number[], set: ErasureSet): Decision {
  const may = inService.filter((slot) => holders.includes(slot) || !present.includes(slot))
  return may.length < inService.length || may.length < writeQuorumOf(set.dataShards, set.parityShards) ? 'void' : 'undecided'
}

function toDoubtful({ shardFiles }: Doubts, { inService }: UndecidedRecord, { head, record }: ReadRecord, holders: readonly number[]): DoubtfulRecord {
  const placement = placementOf(record)
  const withFile = placement?.slots.filter((slot) => shardFiles.get(slot)?.has(placement.payloadId) === true) ?? []
  return {
    form: head.form, dataShards: head.dataShards, quorum: writeQuorumOf(head.dataShards, head.parityShards), inService, holders,
    shards: head.form === 'file' ? withFile : holders,
  }
}

/** Onto every drive in service, before anybody may see it. False: it could not be made whole, and stays in doubt. */
async function rollForward(deps: ReplayDeps, read: ReadRecord, holders: readonly number[]): Promise<boolean> {
  const { set } = deps
  const lacking = set.inService().filter((slot) => !holders.includes(slot))
  if (lacking.length === 0) return true
  try {
    const { restored } = await restoreRecord(deps.restore, read, lacking, () => false, AbortSignal.timeout(restoreTimeoutMs))
    const inService = set.inService()
    const copies = inService.filter((slot) => holders.includes(slot) || restored.includes(slot)).length
    const { form, dataShards, parityShards } = read.head
    return copies >= Math.min(inService.length, form === 'none' ? writeQuorumOf(set.dataShards, set.parityShards) : writeQuorumOf(dataShards, parityShards))
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    deps.logger.warn('a record of the last batch could not be made whole', { sequence: read.head.sequence, fault: error.fault })
    return false
  }
}

const restoreTimeoutMs = 600_000

async function listShardFiles(set: ErasureSet): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const files = new Map<number, ReadonlySet<string>>()
  await Promise.all(set.inService().map(async (slot) => {
    try {
      const listed = await set.writable(slot)?.listShardFiles({})
      if (listed !== undefined) files.set(slot, new Set(listed.payloadIds))
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
      set.reportFault(slot, error, 'write')
    }
  }))
  return files
}

function keyOf(record: LogRecord): string {
  if (record.kind === 'object') return pendingKeys.name(record.body.b, record.body.n)
  return record.kind === 'part' ? pendingKeys.upload(record.body.u) : ''
}

export function slotsOf(mask: number): number[] {
  const slots: number[] = []
  for (let slot = 0; mask >>> slot !== 0; slot++) if ((mask & (1 << slot)) !== 0) slots.push(slot)
  return slots
}

function pickHolder(mask: number, turn: number): number {
  const slots = slotsOf(mask)
  return slots[turn % slots.length] ?? 0
}
