// Reads the records of a segment that has no summary. A place that is no whole record is a torn tail when it belongs to the last write
// (a crash may keep any part of an unsynced write), else damage: each record names where its write began, and a write begins only after
// the one before was synced. Every whole record is kept, wherever it stands.
import { allZero, briefHashOf, isAt } from '../format/fields.ts'
import { decodeRecordHeader, inlineOffset, mayBeRecord, recordAlignment, recordCommonBytes, recordField, recordHeaderBytes, recordHeaderProblem, recordLength } from '../format/record.ts'
import { alignToBlock, recordsStart, tailOffset, type SegmentHeader } from '../format/segment.ts'
import type { SegmentWindow } from './segment-window.ts'
import { SummaryBuilder } from './summary-builder.ts'

export interface LogScan {
  readonly summary: SummaryBuilder
  /** Where the last whole record ends. */
  readonly end: number
  /** Where the write began that the last whole record was part of. */
  readonly lastWriteOffset: number
  /** Places before the last write that are no whole records. */
  readonly damaged: number
  /** Any place before `end` that is no whole record: damage, or a hole in the last write. */
  readonly hasGaps: boolean
}

/** `window` has begun the segment's file. With `onlyFirst` it looks no further when no record stands at the very beginning. */
export function scanSegment(window: SegmentWindow, header: SegmentHeader, driveId: Uint8Array, onlyFirst: boolean): LogScan {
  const summary = new SummaryBuilder()
  const limit = tailOffset(header.sizeBytes)
  const gaps: number[] = []
  let inGap = false
  let end = recordsStart
  let lastWriteOffset = recordsStart
  let newestWriteOffset = recordsStart
  for (let position = recordsStart; position + recordHeaderBytes <= limit; ) {
    let at = window.at(position, recordHeaderBytes)
    const place = mayBeRecord(window.view, at, header.incarnation)
      ? { driveId, incarnation: header.incarnation, segmentNumber: header.segmentNumber, offset: position }
      : undefined
    const length = place !== undefined && recordHeaderProblem(window.bytes, window.view, at, place) === undefined ? lengthAt(window.view, at) : 0
    if (place === undefined || length === 0 || position + length > limit) {
      if (onlyFirst && position === recordsStart) break
      const block = alignToBlock(position)
      if (!inGap && block > position && block <= limit && isZeros(window, position, block)) {
        position = block
        continue
      }
      if (!inGap) gaps.push(position)
      inGap = true
      position += recordAlignment
      continue
    }
    at = window.at(position, length)
    const writeOffset = window.view.getUint32(at + recordField.writeOffset, true)
    newestWriteOffset = Math.max(newestWriteOffset, writeOffset)
    if (isBodyWhole(window, at)) {
      const head = decodeRecordHeader(window.bytes.subarray(at, at + recordHeaderBytes), place)
      summary.add(head, briefHashOf(window.bytes, at, at + recordCommonBytes), position, length)
      end = position + length
      lastWriteOffset = writeOffset
      inGap = false
    } else {
      gaps.push(position)
      inGap = true
    }
    position += length
  }
  const damaged = gaps.filter((gap) => gap < newestWriteOffset).length
  return { summary, end, lastWriteOffset, damaged, hasGaps: gaps.some((gap) => gap < end) || damaged > 0 }
}

/** The rest of a write's last block. */
function isZeros(window: SegmentWindow, from: number, to: number): boolean {
  const at = window.at(from, to - from)
  return allZero(window.bytes, at, at + to - from)
}

function lengthAt(view: DataView, at: number): number {
  return recordLength(view.getUint32(at + recordField.metadataLength, true), view.getUint32(at + recordField.inlineLength, true))
}

/** Metadata and inline shard of the record at `at` of the window against the hashes in its header. Padding is not looked at. */
function isBodyWhole({ bytes, view }: SegmentWindow, at: number): boolean {
  const metadataAt = at + recordHeaderBytes
  const metadataLength = view.getUint32(at + recordField.metadataLength, true)
  if (!isAt(bytes, at + recordField.metadataHash, briefHashOf(bytes, metadataAt, metadataAt + metadataLength))) return false
  const inlineLength = view.getUint32(at + recordField.inlineLength, true)
  const shardAt = at + inlineOffset(metadataLength)
  return inlineLength === 0 || isAt(bytes, at + recordField.payloadHash, briefHashOf(bytes, shardAt, shardAt + inlineLength))
}
