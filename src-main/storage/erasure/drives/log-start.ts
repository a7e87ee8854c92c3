// From segment files to a log that works: summaries of full segments, records of the others, one answer about all that the drive holds.
// Everything that was found is made durable before it is reported: it may still be in the system's memory after a kill.
import { checkSummary, chooseSegmentHeader, decodeSegmentFooter, entryField, footerInTail, segmentBlockBytes, segmentFooterBytes, segmentHeaderBytes, summaryEntryBytes, summaryOffset, tailOffset, type SegmentHeader, type SegmentOwner } from '../format/segment.ts'
import { readU64, viewOf } from '../format/fields.ts'
import { FormatError } from '../format/format-error.ts'
import { DriveError } from './drive-connection.ts'
import { toDriveError } from './drive-fault.ts'
import type { DriveFiles } from './drive-files.ts'
import type { LogSummary } from './drive-protocol.ts'
import { damagedSegmentPath, segmentNumberOf, segmentPath, segmentsFolder } from './drive-paths.ts'
import type { Locations } from './locations.ts'
import { scanSegment, type LogScan } from './log-scan.ts'
import { writeSummary, type LogWriter } from './log-writer.ts'
import { freshSegment, type Segment, type SegmentStore } from './segment-store.ts'
import { SegmentWindow } from './segment-window.ts'

export interface LogParts {
  readonly files: DriveFiles
  readonly store: SegmentStore
  readonly writer: LogWriter
  readonly locations: Locations
  readonly owner: SegmentOwner
}

interface Found {
  readonly segment: Segment
  readonly header: SegmentHeader
  entries: Uint8Array
}

/** Once per drive and start. See DriveCalls.startLog. */
export function startLog(parts: LogParts): LogSummary {
  return new LogStart(parts).run()
}

class LogStart {
  readonly #parts: LogParts
  readonly #window: SegmentWindow
  readonly #full: Found[] = []
  readonly #open: Found[] = []
  #damaged = 0
  /** Why nothing can be written; reading goes on. */
  #readOnly: DriveError | undefined

  constructor(parts: LogParts) {
    this.#parts = parts
    this.#window = new SegmentWindow(parts.files)
  }

  run(): LogSummary {
    const { store, writer } = this.#parts
    this.#clearUnfinished()
    this.#findSegments()
    this.#scanOpen()
    const found = this.#full.sort((a, b) => a.segment.incarnation - b.segment.incarnation)
    for (const { segment } of found) store.adopt(segment)
    const summary = this.#summarise(found)
    for (const { segment } of found) if (segment.state === 'full') store.noteFull(segment)
    if (this.#readOnly !== undefined) writer.stop(this.#readOnly)
    else store.recycleEmptied()
    return summary
  }

  /** Runs a step that writes. On a read-only drive it is left out, now and from now on. */
  #writing(step: () => void): boolean {
    if (this.#readOnly !== undefined) return false
    try {
      this.#parts.store.requireWritable()
      step()
      return true
    } catch (error) {
      const failure = toDriveError(error)
      if (!(failure instanceof DriveError) || failure.fault !== 'read-only') throw error
      this.#readOnly = failure
      return false
    }
  }

  #clearUnfinished(): void {
    const { files } = this.#parts
    this.#writing(() => {
      for (const name of files.list(segmentsFolder)) if (name.endsWith('.new')) files.unlink(`${segmentsFolder}/${name}`)
      // A segment may have got its name just before a kill.
      files.syncFolder(segmentsFolder)
    })
  }

  #findSegments(): void {
    for (const name of [...this.#parts.files.list(segmentsFolder)].sort()) {
      const number = segmentNumberOf(name)
      if (number === undefined) {
        const damagedNumber = segmentNumberOf(name.replace(/\.damaged$/, '.seg'))
        if (damagedNumber !== undefined) this.#parts.store.reserveNumber(damagedNumber)
      } else this.#findSegment(number)
    }
  }

  #findSegment(number: number): void {
    const { files, store, owner } = this.#parts
    const handle = store.handle(number)
    const fileBytes = files.stat(handle).sizeBytes
    this.#window.begin(handle, fileBytes)
    const first = new Uint8Array(segmentHeaderBytes)
    this.#window.readOrZeros(first, 0)
    const tail = new Uint8Array(segmentBlockBytes)
    if (fileBytes >= 2 * segmentBlockBytes) this.#window.readOrZeros(tail, tailOffset(store.sizeBytes))
    const header = chooseSegmentHeader(first, tail.subarray(0, segmentHeaderBytes), owner)
    if (header === undefined || header.segmentNumber !== number) {
      this.#setAside(number, this.#window.unreadable > 0)
      return
    }
    const segment = freshSegment(number, header.sizeBytes, header.incarnation)
    segment.isWhole = fileBytes >= header.sizeBytes
    segment.isUnreadable = this.#window.unreadable > 0
    const found: Found = { segment, header, entries: new Uint8Array(0) }
    if (segment.isWhole && this.#readSummary(found)) this.#full.push(found)
    else this.#open.push(found)
    segment.isUnreadable ||= this.#window.unreadable > 0
  }

  /** A file whose owner cannot be told: out of the way, but kept. */
  #setAside(number: number, isUnreadable: boolean): void {
    const { files, store } = this.#parts
    this.#damaged++
    store.reserveNumber(number)
    if (isUnreadable) return
    store.forget(number)
    this.#writing(() => {
      files.rename(segmentPath(number), damagedSegmentPath(number))
      files.syncFolder(segmentsFolder)
    })
  }

  #readSummary(found: Found): boolean {
    const { header, segment } = found
    const footerBytes = new Uint8Array(segmentFooterBytes)
    this.#window.readOrZeros(footerBytes, tailOffset(header.sizeBytes) + footerInTail)
    try {
      const footer = decodeSegmentFooter(footerBytes, header, this.#parts.owner)
      const entries = new Uint8Array(footer.entryCount * summaryEntryBytes)
      this.#window.readOrZeros(entries, summaryOffset(header.sizeBytes, footer.entryCount))
      checkSummary(entries, footer)
      found.entries = entries
      segment.state = 'full'
      segment.recordsEnd = footer.recordsEnd
      return true
    } catch (error) {
      if (error instanceof FormatError && error.fault === 'damaged') return false
      throw error
    }
  }

  /** Segments are used in order of incarnation: after the first empty one the rest are ready, unless a record stands at their beginning. */
  #scanOpen(): void {
    const scanned: { found: Found; scan: LogScan }[] = []
    let sawEmpty = false
    for (const found of this.#open.sort((a, b) => a.segment.incarnation - b.segment.incarnation)) {
      const { store } = this.#parts
      this.#window.begin(store.handle(found.segment.number), tailOffset(found.header.sizeBytes))
      const scan = scanSegment(this.#window, found.header, this.#parts.owner.driveId, sawEmpty)
      found.segment.isUnreadable ||= this.#window.unreadable > 0
      this.#damaged += scan.damaged + (this.#window.unreadable > 0 ? 1 : 0)
      if (scan.summary.count > 0) scanned.push({ found, scan })
      else {
        sawEmpty = true
        this.#adoptEmpty(found.segment, scan.damaged > 0)
      }
    }
    for (const [index, { found, scan }] of scanned.entries()) this.#settle(found, scan, index === scanned.length - 1)
  }

  #adoptEmpty(segment: Segment, hasDamage: boolean): void {
    const { files, store } = this.#parts
    if (!segment.isWhole || segment.isUnreadable || hasDamage || segment.sizeBytes !== store.sizeBytes) segment.state = 'full'
    else this.#writing(() => { files.sync(store.handle(segment.number)) })
    if (segment.state === 'full') segment.entries = new Uint8Array(0)
    store.adopt(segment)
    if (segment.state === 'full') store.noteFull(segment)
  }

  /** The newest goes on as the head of the log when nothing is wrong with it; every other gets the summary that it lacks. */
  #settle(found: Found, scan: LogScan, isNewest: boolean): void {
    const { files, store, writer, owner } = this.#parts
    const { segment } = found
    found.entries = scan.summary.entries
    segment.recordsEnd = scan.end
    segment.state = 'full'
    this.#full.push(found)
    if (segment.isWhole && !segment.isUnreadable) {
      const rewritten = this.#writing(() => { this.#rewrite(segment, scan.lastWriteOffset, scan.end) })
      if (rewritten && isNewest && !scan.hasGaps && segment.sizeBytes === store.sizeBytes) {
        writer.resume(segment, found.entries, scan.end)
        return
      }
      if (rewritten && summaryOffset(segment.sizeBytes, scan.summary.count) >= scan.end) {
        if (this.#writing(() => { writeSummary(files, store, segment, found.entries, scan.end, owner) })) return
      }
    }
    segment.entries = found.entries
  }

  /** The last write may be in the system's memory only, and a failed sync may have marked it as clean: written again and synced. */
  #rewrite(segment: Segment, from: number, to: number): void {
    const { files, store } = this.#parts
    const handle = store.handle(segment.number)
    const bytes = Buffer.alloc(Math.min(to - from, 4 * 1024 * 1024))
    for (let at = from; at < to; at += bytes.byteLength) {
      const piece = bytes.subarray(0, Math.min(bytes.byteLength, to - at))
      files.read(handle, piece, at)
      files.write(handle, [piece], at)
    }
    files.sync(handle)
  }

  /** All entries in order of sequence; of two records with one sequence the one written later counts, the other is dead. */
  #summarise(found: readonly Found[]): LogSummary {
    const total = found.reduce((sum, { entries }) => sum + entries.byteLength / summaryEntryBytes, 0)
    const columns = new EntryColumns(total)
    for (const { segment, entries } of found) columns.addSegment(segment, entries)
    const order = columns.order()
    const { store, locations } = this.#parts
    let count = 0
    for (let at = 0; at < total; at++) {
      const row = order[at] as number
      const segment = store.get(columns.segments[row] as number)
      const length = columns.lengths[row] as number
      const sequence = columns.sequences[row] as number
      const next = at + 1 < total ? columns.sequences[order[at + 1] as number] : undefined
      segment.liveBytes += length
      if (next === sequence) store.bury(segment, length, sequence)
      else {
        locations.put(sequence, segment.number, columns.offsets[row] as number, length)
        order[count++] = row
      }
    }
    return columns.toSummary(order.subarray(0, count), this.#damaged)
  }
}

/** Entries of all segments, in order of being written, as columns. */
class EntryColumns {
  readonly sequences: Float64Array
  readonly segments: Uint32Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array
  readonly #views: { readonly view: DataView; readonly firstRow: number }[] = []
  #count = 0
  #ascending = true

  constructor(total: number) {
    this.sequences = new Float64Array(total)
    this.segments = new Uint32Array(total)
    this.offsets = new Uint32Array(total)
    this.lengths = new Uint32Array(total)
  }

  addSegment(segment: Segment, entries: Uint8Array): void {
    const view = viewOf(entries)
    this.#views.push({ view, firstRow: this.#count })
    for (let at = 0; at < entries.byteLength; at += summaryEntryBytes) {
      const row = this.#count++
      const sequence = readU64(view, at + entryField.sequence)
      if (row > 0 && sequence <= (this.sequences[row - 1] as number)) this.#ascending = false
      this.sequences[row] = sequence
      this.segments[row] = segment.number
      this.offsets[row] = view.getUint32(at + entryField.offset, true)
      this.lengths[row] = view.getUint32(at + entryField.length, true)
    }
  }

  /** Rows by sequence; equal ones in order of being written. */
  order(): Uint32Array {
    const order = new Uint32Array(this.#count)
    for (let row = 0; row < order.length; row++) order[row] = row
    if (!this.#ascending) order.sort((a, b) => (this.sequences[a] as number) - (this.sequences[b] as number) || a - b)
    return order
  }

  toSummary(rows: Uint32Array, damagedRecords: number): LogSummary {
    const summary = {
      sequences: new Float64Array(rows.length), epochs: new Uint32Array(rows.length), kinds: new Uint8Array(rows.length), batchFirsts: new Float64Array(rows.length),
      batchLengths: new Uint32Array(rows.length), headHashes: new BigUint64Array(rows.length), damagedRecords,
    }
    for (const [index, row] of rows.entries()) {
      const { view, firstRow } = this.#viewOfRow(row)
      const at = (row - firstRow) * summaryEntryBytes
      summary.sequences[index] = this.sequences[row] as number
      summary.epochs[index] = view.getUint32(at + entryField.epoch, true)
      summary.kinds[index] = view.getUint8(at + entryField.kind)
      summary.batchFirsts[index] = readU64(view, at + entryField.batchFirst)
      summary.batchLengths[index] = view.getUint32(at + entryField.batchLength, true)
      summary.headHashes[index] = view.getBigUint64(at + entryField.headHash, true)
    }
    return summary
  }

  #viewOfRow(row: number): { readonly view: DataView; readonly firstRow: number } {
    let low = 0
    let high = this.#views.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#views[middle] as { firstRow: number }).firstRow <= row) low = middle
      else high = middle - 1
    }
    return this.#views[low] as { readonly view: DataView; readonly firstRow: number }
  }
}
