// Gives space back: moves the live records of the emptiest full segment to the head of the log, some at a time, synced; when nothing in
// it is live any more it is recycled. A crash between any two steps leaves a record there twice at most; the one written later counts.
import { checkSummary, decodeSegmentFooter, entryField, footerInTail, segmentFooterBytes, summaryEntryBytes, summaryOffset, tailOffset, type SegmentOwner } from '../format/segment.ts'
import { readU64, viewOf } from '../format/fields.ts'
import { FormatError } from '../format/format-error.ts'
import type { DriveFiles } from './drive-files.ts'
import type { Locations } from './locations.ts'
import type { LogReader } from './log-reader.ts'
import type { LogWriter, MovedRecord } from './log-writer.ts'
import type { Segment, SegmentStore } from './segment-store.ts'

/** A step moves at least one record, and stops at this many bytes: appends wait for no more. */
const stepBytes = 4 * 1024 * 1024
/** And at this many records. */
const stepRecordsMax = 512

/** What is still to be looked at in the segment that is being emptied. */
interface Plan {
  readonly victim: Segment
  readonly incarnation: number
  readonly sequences: readonly number[]
  next: number
}

export class Compactor {
  readonly #files: DriveFiles
  readonly #store: SegmentStore
  readonly #writer: LogWriter
  readonly #reader: LogReader
  readonly #locations: Locations
  readonly #owner: SegmentOwner
  #plan: Plan | undefined
  #buffer = Buffer.alloc(0)
  /** The summary that was read last; the next one takes its place. */
  #entries = new Uint8Array(0)

  constructor(files: DriveFiles, store: SegmentStore, writer: LogWriter, reader: LogReader, locations: Locations, owner: SegmentOwner) {
    this.#files = files
    this.#store = store
    this.#writer = writer
    this.#reader = reader
    this.#locations = locations
    this.#owner = owner
  }

  /** One step; nothing moved and nothing recycled means that no segment is above `deadShareMin`. Faults: those of appends. */
  step(deadShareMin: number): { readonly moved: number; readonly recycled: number } {
    const victim = this.#chooseVictim(deadShareMin)
    if (victim === undefined) {
      this.#plan = undefined
      return { moved: 0, recycled: this.#store.recycleEmptied() }
    }
    const moving = this.#gather(this.#planFor(victim))
    if (moving.length > 0) this.#writer.move(moving)
    const recycled = this.#store.recycleEmptied()
    // What is left is damaged and cannot be moved; it stays until it is healed or released.
    if (moving.length === 0 && recycled === 0) victim.stuckAtLive = victim.liveBytes
    return { moved: moving.length, recycled }
  }

  #chooseVictim(deadShareMin: number): Segment | undefined {
    let emptiest: Segment | undefined
    for (const segment of this.#store.segments.values()) {
      if (segment.state !== 'full' || segment.liveBytes === 0 || segment.isUnreadable || segment.liveBytes === segment.stuckAtLive) continue
      if (1 - segment.liveBytes / segment.sizeBytes < deadShareMin) continue
      if (emptiest === undefined || segment.liveBytes < emptiest.liveBytes) emptiest = segment
    }
    return emptiest
  }

  #planFor(victim: Segment): Plan {
    const plan = this.#plan
    if (plan !== undefined && plan.victim === victim && plan.incarnation === victim.incarnation && plan.next < plan.sequences.length) return plan
    this.#plan = { victim, incarnation: victim.incarnation, sequences: this.#sequencesOf(victim), next: 0 }
    return this.#plan
  }

  #gather(plan: Plan): MovedRecord[] {
    const moving: MovedRecord[] = []
    const locations = this.#locations
    let filled = 0
    for (; plan.next < plan.sequences.length; plan.next++) {
      const sequence = plan.sequences[plan.next] as number
      if (!locations.find(sequence) || locations.segment !== plan.victim.number) continue
      const length = locations.length
      if (moving.length > 0 && (filled + length > stepBytes || moving.length >= stepRecordsMax)) break
      const bytes = this.#room(filled, length)
      if (!this.#reader.readRecord(sequence, bytes)) continue
      moving.push({ bytes, sequence })
      filled += length
    }
    return moving
  }

  #room(from: number, length: number): Uint8Array {
    if (from + length > this.#buffer.byteLength) {
      if (from > 0 || length > stepBytes) return Buffer.alloc(length)
      this.#buffer = Buffer.alloc(stepBytes)
    }
    return this.#buffer.subarray(from, from + length)
  }

  /** Records that may be live in it: by its summary, or, when that is no longer whole, by a walk over all locations. */
  #sequencesOf(segment: Segment): number[] {
    const entries = segment.entries ?? this.#readSummary(segment)
    const sequences: number[] = []
    if (entries === undefined) {
      this.#locations.forEach((sequence, segmentNumber) => {
        if (segmentNumber === segment.number) sequences.push(sequence)
      })
      return sequences
    }
    const view = viewOf(entries)
    for (let at = 0; at < entries.byteLength; at += summaryEntryBytes) sequences.push(readU64(view, at + entryField.sequence))
    return sequences
  }

  #readSummary(segment: Segment): Uint8Array | undefined {
    const handle = this.#store.handle(segment.number)
    const bytes = new Uint8Array(segmentFooterBytes)
    this.#files.read(handle, bytes, tailOffset(segment.sizeBytes) + footerInTail)
    try {
      const footer = decodeSegmentFooter(bytes, { segmentNumber: segment.number, sizeBytes: segment.sizeBytes, incarnation: segment.incarnation }, this.#owner)
      const lengthBytes = footer.entryCount * summaryEntryBytes
      if (this.#entries.byteLength < lengthBytes) this.#entries = new Uint8Array(lengthBytes)
      const entries = this.#entries.subarray(0, lengthBytes)
      this.#files.read(handle, entries, summaryOffset(segment.sizeBytes, footer.entryCount))
      checkSummary(entries, footer)
      return entries
    } catch (error) {
      if (error instanceof FormatError) return undefined
      throw error
    }
  }
}
