// The upload queue: at most four files at a time, the rest wait in order. Lives outside every screen, so that it survives navigation.
// Every file ends once: done, failed or cancelled; a failed one stays until it is retried or taken away.
import { createRequestSlots } from './request-slots.ts'
import type { Chance, TransferClock } from './timing.ts'
import { TransferError, type TransferFault } from './transfer-error.ts'
import { createUploadJob, forgetUpload, type UploadJob, type UploadRequest, type UploadStatus } from './upload-job.ts'
import { uploadFile, type UploadParts } from './upload-file.ts'
import type { UploadTransport } from './upload-transport.ts'
import { toQueueView, type Hold, type QueueView } from './queue-view.ts'

export const filesInFlightMax = 4
/** With bodies, over all files. */
export const requestsInFlightMax = 4
/** Finished files still shown; more are only counted. */
export const doneKeptMax = 100
const abortTriesMax = 4

export interface UploadQueueOptions {
  readonly transport: UploadTransport
  readonly clock: TransferClock
  readonly chance: Chance
  /** The file arrived: listings may show it. */
  readonly onDone?: (job: UploadJob) => void
}

export interface UploadQueue {
  add(requests: readonly UploadRequest[]): void
  pause(id: number): void
  resume(id: number): void
  /** Nothing is sent until `resumeAll`. */
  pauseAll(): void
  resumeAll(): void
  retry(id: number): void
  retryFailed(): void
  cancel(id: number): void
  cancelAll(): void
  /** Takes done files off the list. */
  clearDone(): void
  view(): QueueView
  /** Calls on every change; the result ends it. */
  watch(listener: () => void): () => void
  /** Nothing waits, runs or is being taken back; used before leaving and by tests. */
  isIdle(): boolean
}

type Line = Map<number, UploadJob>

export function createUploadQueue({ transport, clock, chance, onDone }: UploadQueueOptions): UploadQueue {
  const lines: Record<UploadStatus, Line> = {
    waiting: new Map(),
    running: new Map(),
    paused: new Map(),
    failed: new Map(),
    done: new Map(),
    cancelled: new Map(),
  }
  /** Resumed and retried files go before those that never ran. */
  const first: Line = new Map()
  const listeners = new Set<() => void>()
  const totals = { files: 0, bytes: 0, doneFiles: 0, doneBytes: 0 }
  let nextId = 1
  let held: Hold | undefined
  /** Runs that are not over yet, and uploads being taken back. */
  let underWay = 0

  const changed = (): void => listeners.forEach((listener) => listener())
  const parts: UploadParts = {
    transport,
    clock,
    chance,
    slots: createRequestSlots(requestsInFlightMax),
    onChange: changed,
    onOrphan: (job, uploadId) => void takeBack(job, uploadId),
  }

  function move(job: UploadJob, status: UploadStatus): void {
    lines[job.status].delete(job.id)
    first.delete(job.id)
    job.status = status
    if (status !== 'cancelled') lines[status].set(job.id, job)
  }

  function fill(): void {
    while (held === undefined && lines.running.size < filesInFlightMax) {
      const job = oldest(first) ?? oldest(lines.waiting)
      if (job === undefined) break
      begin(job)
    }
    changed()
  }

  function begin(job: UploadJob): void {
    const controller = new AbortController()
    job.controller = controller
    job.fault = undefined
    move(job, 'running')
    // A stopped run may still be unwinding: a file never has two at once.
    job.run = (job.run ?? Promise.resolve()).then(() => run(job, controller))
  }

  async function run(job: UploadJob, controller: AbortController): Promise<void> {
    if (controller.signal.aborted || job.status !== 'running') return
    underWay++
    try {
      await uploadFile(job, parts, controller.signal)
      // Also when it was stopped too late: the store has it.
      finish(job)
    } catch (error) {
      if (!controller.signal.aborted) giveUp(job, toFault(error))
    }
    underWay--
    fill()
  }

  function finish(job: UploadJob): void {
    if (job.status === 'cancelled') return
    forgetUpload(job)
    job.controller = undefined
    move(job, 'done')
    totals.doneFiles++
    totals.doneBytes += job.body.size
    while (lines.done.size > doneKeptMax) lines.done.delete(oldest(lines.done)?.id ?? 0)
    onDone?.(job)
  }

  function giveUp(job: UploadJob, fault: TransferFault): void {
    if (fault.kind === 'hold') {
      toFront(job)
      hold({ by: 'fault', fault })
      return
    }
    job.fault = fault
    move(job, 'failed')
  }

  function toFront(job: UploadJob): void {
    move(job, 'waiting')
    first.set(job.id, job)
  }

  /** Ends the requests of a running file. */
  function interrupt(job: UploadJob, why: string): void {
    job.controller?.abort(new Error(why))
    job.controller = undefined
  }

  function hold(reason: Hold): void {
    held ??= reason
    for (const job of [...lines.running.values()]) {
      interrupt(job, 'the queue is held')
      toFront(job)
    }
  }

  function cancelOne(job: UploadJob): void {
    totals.files--
    totals.bytes -= job.body.size
    const uploadId = job.uploadId
    interrupt(job, 'cancelled')
    move(job, 'cancelled')
    if (uploadId !== undefined) void takeBack(job, uploadId)
  }

  /** Frees what the store holds of a cancelled file; a few tries, then the store's own clean-up has to do it. */
  async function takeBack(job: UploadJob, uploadId: string): Promise<void> {
    underWay++
    try {
      for (let tries = 1; tries <= abortTriesMax; tries++) {
        try {
          await transport.abort(job.target, uploadId)
          return
        } catch {
          await new Promise<void>((resolve) => clock.after(tries * 1000, resolve))
        }
      }
    } finally {
      underWay--
      changed()
    }
  }

  const find = (id: number, ...statuses: readonly UploadStatus[]): UploadJob | undefined =>
    statuses.map((status) => lines[status].get(id)).find((job) => job !== undefined)

  return {
    add(requests) {
      for (const request of requests) {
        const job = createUploadJob(nextId++, request)
        lines.waiting.set(job.id, job)
        totals.files++
        totals.bytes += request.body.size
      }
      fill()
    },
    pause(id) {
      const job = find(id, 'running', 'waiting')
      if (job === undefined) return
      interrupt(job, 'paused')
      move(job, 'paused')
      fill()
    },
    resume(id) {
      const job = find(id, 'paused')
      if (job !== undefined) toFront(job)
      fill()
    },
    pauseAll() {
      hold({ by: 'person' })
      changed()
    },
    resumeAll() {
      held = undefined
      for (const job of [...lines.paused.values()]) toFront(job)
      fill()
    },
    retry(id) {
      const job = find(id, 'failed')
      if (job !== undefined) toFront(job)
      fill()
    },
    retryFailed() {
      for (const job of [...lines.failed.values()]) toFront(job)
      fill()
    },
    cancel(id) {
      const job = find(id, 'running', 'waiting', 'paused', 'failed')
      if (job !== undefined) cancelOne(job)
      fill()
    },
    cancelAll() {
      for (const line of [lines.waiting, lines.running, lines.paused, lines.failed]) for (const job of [...line.values()]) cancelOne(job)
      held = undefined
      fill()
    },
    clearDone() {
      lines.done.clear()
      totals.files -= totals.doneFiles
      totals.bytes -= totals.doneBytes
      totals.doneFiles = 0
      totals.doneBytes = 0
      changed()
    },
    view: () => toQueueView(lines, first, totals, held, clock.nowMs()),
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isIdle: () => lines.waiting.size + lines.running.size + underWay === 0,
  }
}

function oldest(line: Line): UploadJob | undefined {
  return line.values().next().value
}

function toFault(error: unknown): TransferFault {
  if (error instanceof TransferError) return error.fault
  return {
    kind: 'final',
    code: 'unexpected',
    message: 'Sending stopped for a reason this page does not know.',
    hint: error instanceof Error ? error.message : '',
  }
}
