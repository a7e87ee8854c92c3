// What the tray shows of the queue: at most a hundred rows, what needs a look first, and counters for all.
import type { TransferFault } from './transfer-error.ts'
import { countSentBytes, type UploadJob, type UploadStatus } from './upload-job.ts'
import type { UploadTarget } from './upload-transport.ts'

export const rowsMax = 100

export interface UploadRow {
  readonly id: number
  readonly target: UploadTarget
  readonly status: UploadStatus
  readonly sizeBytes: number
  readonly sentBytes: number
  /** Seconds until the next try; absent when none waits. */
  readonly retryInSeconds: number | undefined
  readonly fault: TransferFault | undefined
}

export type Hold = { readonly by: 'person' } | { readonly by: 'fault'; readonly fault: TransferFault }

export interface QueueView {
  readonly rows: readonly UploadRow[]
  /** Files that are not among the rows. */
  readonly hiddenCount: number
  readonly counts: Readonly<Record<'waiting' | 'running' | 'paused' | 'failed' | 'done', number>>
  readonly files: number
  readonly sizeBytes: number
  readonly sentBytes: number
  /** Why nothing is sent; absent: the queue goes on. */
  readonly held: Hold | undefined
  /** Leaving the page now would lose something. */
  readonly isUnfinished: boolean
}

export interface QueueTotals {
  readonly files: number
  readonly bytes: number
  readonly doneFiles: number
  readonly doneBytes: number
}

export type UploadLines = Readonly<Record<UploadStatus, ReadonlyMap<number, UploadJob>>>

export function toQueueView(lines: UploadLines, first: ReadonlyMap<number, UploadJob>, totals: QueueTotals, held: Hold | undefined, nowMs: number): QueueView {
  let sentBytes = totals.doneBytes
  for (const line of [lines.running, lines.paused, lines.failed, first]) for (const job of line.values()) sentBytes += countSentBytes(job)
  const rows = chooseRows(lines, first, nowMs)
  return {
    rows,
    hiddenCount: totals.files - rows.length,
    counts: { waiting: lines.waiting.size, running: lines.running.size, paused: lines.paused.size, failed: lines.failed.size, done: totals.doneFiles },
    files: totals.files,
    sizeBytes: totals.bytes,
    sentBytes,
    held,
    isUnfinished: lines.waiting.size + lines.running.size + lines.paused.size > 0,
  }
}

function chooseRows(lines: UploadLines, first: ReadonlyMap<number, UploadJob>, nowMs: number): UploadRow[] {
  const rows: UploadRow[] = []
  for (const line of [lines.running, lines.failed, lines.paused, first, lines.waiting]) {
    for (const job of line.values()) {
      if (rows.length === rowsMax) return rows
      if (line !== lines.waiting || !first.has(job.id)) rows.push(toRow(job, nowMs))
    }
  }
  // The latest first.
  for (const job of [...lines.done.values()].reverse().slice(0, rowsMax - rows.length)) rows.push(toRow(job, nowMs))
  return rows
}

function toRow(job: UploadJob, nowMs: number): UploadRow {
  return {
    id: job.id,
    target: job.target,
    status: job.status,
    sizeBytes: job.body.size,
    sentBytes: countSentBytes(job),
    retryInSeconds: job.retryAtMs === undefined ? undefined : Math.max(0, Math.ceil((job.retryAtMs - nowMs) / 1000)),
    fault: job.fault,
  }
}
