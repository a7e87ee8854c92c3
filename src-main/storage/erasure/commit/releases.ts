// What is dead: told to the drives after a while, so that a reader who has just looked a version up still finds its bytes, and not while
// somebody reads it. Shard files go only after the commit of the catalogue that forgot them.
import type { Clock } from '../../../base/clock.ts'
import { DriveError } from '../drives/drive-connection.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import type { DeadRecord } from './catalogue-apply.ts'
import type { Catalogue } from './catalogue.ts'

/** Between looking a version up and reading it lies at most a trip to the key store. */
const graceMs = 10_000

interface Waiting extends DeadRecord {
  readonly dueMs: number
}

export class Releases {
  readonly #set: ErasureSet
  readonly #catalogue: Catalogue
  readonly #clock: Clock
  readonly #leases = new Map<number, number>()
  #waiting: Waiting[] = []
  #flushing = 0

  constructor(set: ErasureSet, catalogue: Catalogue, clock: Clock) {
    this.#set = set
    this.#catalogue = catalogue
    this.#clock = clock
  }

  /** The lowest sequence number that is dead here and perhaps not yet on every drive; Infinity when there is none. */
  get lowestWaiting(): number {
    return this.#flushing > 0 ? 0 : this.#waiting.reduce((lowest, { sequence }) => Math.min(lowest, sequence), Infinity)
  }

  /** The record and its shards stay until the result is called, once. */
  lease(sequence: number): () => void {
    this.#leases.set(sequence, (this.#leases.get(sequence) ?? 0) + 1)
    return () => {
      const left = (this.#leases.get(sequence) ?? 1) - 1
      if (left === 0) this.#leases.delete(sequence)
      else this.#leases.set(sequence, left)
    }
  }

  add(dead: readonly DeadRecord[]): void {
    const dueMs = this.#clock.monotonicMs() + graceMs
    for (const record of dead) this.#waiting.push({ ...record, dueMs })
  }

  /** Tells the drives what is due, or all that nobody reads. A drive that fails is reported; it hears of it again at the next start. */
  async flush(all: boolean): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    const due: Waiting[] = []
    this.#waiting = this.#waiting.filter((record) => {
      const goes = (all || record.dueMs <= nowMs) && !this.#leases.has(record.sequence)
      if (goes) due.push(record)
      return !goes
    })
    if (due.length === 0) return
    const payloadIds = due.flatMap(({ payloadId }) => (payloadId === undefined ? [] : [payloadId]))
    if (payloadIds.length > 0) this.#catalogue.commit()
    this.#flushing++
    try {
      await releaseOnDrives(this.#set, due.map(({ sequence }) => sequence), payloadIds)
    } finally {
      this.#flushing--
    }
  }
}

const releasesMax = 10_000

/** On every drive in service. */
export async function releaseOnDrives(set: ErasureSet, sequences: readonly number[], payloadIds: readonly string[]): Promise<void> {
  await Promise.all(set.inService().map((slot) => releaseOn(set, slot, sequences, payloadIds)))
}

export async function releaseOn(set: ErasureSet, slot: number, sequences: readonly number[], payloadIds: readonly string[]): Promise<void> {
  try {
    for (let at = 0; at < sequences.length; at += releasesMax) await set.writable(slot)?.release({ sequences: sequences.slice(at, at + releasesMax) })
    for (let at = 0; at < payloadIds.length; at += releasesMax) await set.writable(slot)?.removeShardFiles({ payloadIds: payloadIds.slice(at, at + releasesMax) })
  } catch (error) {
    if (!(error instanceof DriveError)) throw error
    set.reportFault(slot, error, 'write')
  }
}
