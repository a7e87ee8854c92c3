// The housekeeping of a store that is open: tells drives what is dead, rebuilds what they miss, compacts, and lets tombstones go when no
// drive can bring back what they hold down. Small steps on a timer; clients come first.
import type { CancelSignal } from '../../../base/cancel-signal.ts'
import type { Clock } from '../../../base/clock.ts'
import { delay } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import { DriveError } from '../drives/drive-connection.ts'
import { openHealer, type Healer, type RepairItem, type RepairResult } from '../heal/healer.ts'
import type { Ledger } from '../heal/ledger.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import type { Catalogue } from './catalogue.ts'
import type { LiveRow } from './catalogue-schema.ts'
import type { LogState } from './log-state.ts'
import { findIncompleteSlots, reconcileDrives, type ReconcileDeps } from './reconcile.ts'
import type { RecordReader } from './record-reader.ts'
import { releaseOn, type Releases } from './releases.ts'
import type { Replayed } from './replay.ts'
import { restoreRecord, type RestoreDeps } from './restore-record.ts'
import type { Sequencer } from './sequencer.ts'

export interface UpkeepDeps {
  readonly set: ErasureSet
  readonly catalogue: Catalogue
  readonly sequencer: Sequencer
  readonly releases: Releases
  readonly reader: RecordReader
  readonly restore: RestoreDeps
  readonly ledger: Ledger
  readonly clock: Clock
  readonly logger: Logger
}

const stepMs = 1000
const spaceEverySteps = 5
const purgeEverySteps = 60
const compactDeadShare = 0.5
const purgeMax = 10_000
const purgeWorthwhile = 1000
const healAgainMs = 30_000
const healQueueMax = 10_000

export class Upkeep {
  readonly healer: Healer
  readonly #deps: UpkeepDeps
  #stopped = false
  #steps = 0
  #cancelTimer: (() => void) | undefined
  #step: Promise<void> = Promise.resolve()
  /** The comparison under way, or the last one. True when it found everything in place. */
  #sweepRound: Promise<boolean> = Promise.resolve(true)
  /** Whether every drive has been compared with the catalogue since the start, and nothing is missing. */
  #compared = false

  constructor(deps: UpkeepDeps) {
    this.#deps = deps
    this.healer = openHealer({
      clock: deps.clock, ledger: deps.ledger,
      repair: (item, signal) => this.#repair(item, signal),
      onBug: (error) => { deps.logger.error('a repair failed unexpectedly', { reason: error instanceof Error ? error.name : 'unknown' }) },
    })
    deps.set.watchDamage(({ slot, sequence, payloadId, form }) => {
      deps.ledger.add('damage-found', { sequence, payloadId, slot, reason: form })
      this.healer.add({ sequence, payloadId, slots: [slot], goodShards: deps.set.dataShards, bytes: 0 })
    })
  }

  /** Compares drives and catalogue in the background, then steps on a timer. Nothing is written when the store is read-only. */
  start(replayed: Replayed, kept: ReadonlySet<number>, keptPayloads: ReadonlySet<string>): void {
    for (const slot of findIncompleteSlots(replayed)) this.#deps.set.beginHealing(slot)
    if (replayed.readOnly) return
    void this.#sweepUntilWhole({
      ...replayed, set: this.#deps.set, catalogue: this.#deps.catalogue, kept, keptPayloads, before: replayed.nextSequence,
      onMissing: (record, slots) => this.#addMissing(record, slots),
      pause: () => delay(this.#deps.clock, 1),
      stopped: () => this.#stopped,
    })
    this.#arm()
  }

  /** Everything that can be tidied is tidied when it resolves: for tests, and for whoever wants the space now. */
  async tidyUp(): Promise<void> {
    await this.#sweepRound
    for (let round = 0; round < tidyRoundsMax; round++) {
      await this.#deps.releases.flush(true)
      const moved = await this.#compactAll(0, compactStepsMax)
      const purged = await this.#purge(1)
      if (!moved && !purged) return
    }
  }

  async close(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer?.()
    await this.healer.close()
    await this.#step
  }

  /** Nothing more happens on a timer; what is under way is not waited for. */
  abandon(): void {
    this.#stopped = true
    this.#cancelTimer?.()
    this.healer.pause()
  }

  #arm(): void {
    if (this.#stopped) return
    this.#cancelTimer = this.#deps.clock.after(stepMs, () => {
      this.#step = this.#runStep().catch((error: unknown) => {
        this.#deps.logger.error('housekeeping failed', { reason: error instanceof Error ? error.name : 'unknown' })
      }).then(() => { this.#arm() })
    })
  }

  async #runStep(): Promise<void> {
    this.#steps++
    await this.#deps.releases.flush(false)
    if (this.#steps % spaceEverySteps === 0) {
      await this.refreshSpace()
      if (this.#deps.sequencer.queued === 0) await this.#compactAll(compactDeadShare, 1)
    }
    if (this.#steps % purgeEverySteps === 0) await this.#purge(purgeWorthwhile)
  }

  async refreshSpace(): Promise<void> {
    await this.#onDrives(async (slot) => {
      const space = await this.#deps.set.readable(slot)?.space({})
      if (space !== undefined) this.#deps.set.noteSpace(slot, space)
    })
  }

  /** True when something moved or was recycled. */
  async #compactAll(deadShareMin: number, stepsMax: number): Promise<boolean> {
    let any = false
    await this.#onDrives(async (slot) => {
      for (let step = 0; step < stepsMax && !this.#stopped; step++) {
        const done = await this.#deps.set.writable(slot)?.compact({ deadShareMin })
        if (done === undefined || (done.moved === 0 && done.recycled === 0)) return
        any = true
      }
    })
    return any
  }

  async #onDrives(work: (slot: number) => Promise<void>): Promise<void> {
    await Promise.all(this.#deps.set.readableSlots().map(async (slot) => {
      try {
        await work(slot)
      } catch (error) {
        if (!(error instanceof DriveError)) throw error
        this.#deps.set.reportFault(slot, error, 'write')
      }
    }))
  }

  /**
   * Tombstones below every dead record of every drive hold nothing down any more. The log says first that older catalogues are not to be
   * trusted: they would show what these tombstones removed. Voided sequence numbers that no drive has any more are forgotten with them.
   */
  async #purge(countMin: number): Promise<boolean> {
    const { set, catalogue, sequencer, releases } = this.#deps
    const wholeSet = set.reports().every((drive) => drive.state === 'ok')
    if (!wholeSet || !this.#compared || this.healer.progress().waiting > 0 || this.healer.progress().running || sequencer.state.undecided.length > 0) return false
    await this.refreshSpace()
    const floor = Math.min(releases.lowestWaiting, catalogue.position, ...set.reports().map(({ slot }) => set.space(slot)?.deadFloor ?? 0))
    const purgeable = catalogue.purgeable(floor, purgeMax)
    const voids = sequencer.state.voids.filter(([, to]) => to >= floor)
    const forgotten = sequencer.state.voids.length - voids.length
    if (purgeable.sequences.length + forgotten < countMin && forgotten < voidsWorthwhile) return false
    if (purgeable.sequences.length === 0 && forgotten === 0) return false
    // A catalogue that has taken that record has forgotten the tombstones too.
    const change = (state: LogState, sequence: number): LogState => ({ ...state, voids: state.voids.filter(([, to]) => to >= floor), catalogueFloor: sequence })
    await sequencer.changeState(change, () => { catalogue.purge(purgeable) })
    releases.add(catalogue.takeDead())
    return true
  }

  async #sweepUntilWhole(deps: ReconcileDeps): Promise<void> {
    try {
      while (!this.#stopped) {
        this.#sweepRound = this.#compareOnce(deps)
        if (await this.#sweepRound) return
        await delay(this.#deps.clock, healAgainMs)
      }
    } catch (error) {
      this.#deps.logger.error('comparing the drives failed', { reason: error instanceof Error ? error.name : 'unknown' })
    }
  }

  /** Drives for which nothing failed are whole afterwards. */
  async #compareOnce(deps: ReconcileDeps): Promise<boolean> {
    if (!(await reconcileDrives(deps))) return false
    await this.healer.idle()
    const failing = new Set(this.healer.failures(healQueueMax).flatMap(({ slots }) => slots))
    for (let slot = 0; slot < deps.set.slotCount; slot++) if (!failing.has(slot)) deps.set.endHealing(slot)
    this.#compared = failing.size === 0
    return this.#compared
  }

  async #addMissing(record: LiveRow, slots: readonly number[]): Promise<void> {
    const wanted = slots.filter((slot) => this.#deps.set.writable(slot) !== undefined)
    if (wanted.length === 0) return
    this.healer.add({
      sequence: record.sequence, payloadId: record.payload ?? '', slots: wanted, goodShards: this.#deps.set.slotCount - wanted.length, bytes: 0,
    })
    if (this.healer.progress().waiting > healQueueMax) await this.healer.idle()
  }

  async #repair({ sequence, slots }: RepairItem, signal: CancelSignal): Promise<RepairResult> {
    const { catalogue, reader, restore, set, releases } = this.#deps
    if (!catalogue.isLive(sequence)) return { done: 'not-needed' }
    const free = releases.lease(sequence)
    try {
      const read = await reader.readOne(sequence)
      if (read === undefined) return { done: false, slots, bytes: 0, reason: 'the record cannot be read on any drive' }
      const holders = new Set<number>()
      if (read.head.form === 'file') for (const slot of slots) if (await reader.holds(slot, sequence)) holders.add(slot)
      const { restored, failed, bytes } = await restoreRecord(restore, read, slots, (slot) => holders.has(slot), signal)
      if (!catalogue.isLive(sequence)) {
        // It died meanwhile, and what told the drives so came before it was there.
        for (const slot of restored) await releaseOn(set, slot, [sequence], read.head.form === 'file' ? [read.head.payloadId] : [])
        return { done: 'not-needed' }
      }
      const left = failed.filter((slot) => set.writable(slot) !== undefined)
      return left.length === 0 ? { done: true, bytes } : { done: false, slots: left, bytes, reason: 'a drive did not take the record' }
    } finally {
      free()
    }
  }
}

const tidyRoundsMax = 20
const compactStepsMax = 1000
const voidsWorthwhile = 16
