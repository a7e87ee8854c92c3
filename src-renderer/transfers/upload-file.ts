// Sends one file: whole, or its missing parts two at a time; each request is repeated with growing pauses. Ends when the store has the file,
// or rejects: with the signal's reason when stopped, with a TransferError when it can't go on. What arrived stays in the job for the next run.
import type { RequestSlots } from './request-slots.ts'
import { chooseRetryDelayMs, unlessAborted, waitFor, type Chance, type TransferClock } from './timing.ts'
import { TransferError } from './transfer-error.ts'
import { forgetUpload, type UploadJob } from './upload-job.ts'
import { chooseUploadPlan, toPartRange } from './upload-plan.ts'
import type { UploadTransport } from './upload-transport.ts'

export const partsInFlightMax = 2
/** Tries of one request before the file is given up until a person asks again. */
export const triesMax = 8
/** How often a file begins anew because the store no longer knows its parts. */
const beginningsMax = 3

export interface UploadParts {
  readonly transport: UploadTransport
  readonly slots: RequestSlots
  readonly clock: TransferClock
  readonly chance: Chance
  /** Something worth showing changed. */
  readonly onChange: () => void
  /** The upload's id came after the file was cancelled. */
  readonly onOrphan: (job: UploadJob, uploadId: string) => void
}

export async function uploadFile(job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<void> {
  const plan = chooseUploadPlan(job.body.size)
  if (plan.kind === 'too-large') {
    throw new TransferError({
      kind: 'final',
      code: 'too-large',
      message: 'The file is larger than an object can be.',
      hint: 'Split it into files of at most 5 TiB.',
    })
  }
  try {
    if (plan.kind === 'whole') await sendWhole(job, parts, signal)
    else await sendInParts(job, parts, plan, signal)
  } finally {
    job.sending.clear()
    job.retryAtMs = undefined
  }
}

function sendWhole(job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<void> {
  return withRetries(job, parts, signal, (onSent) => parts.transport.putWhole(job.target, job.contentType, job.body, onSent, signal), 0)
}

async function sendInParts(job: UploadJob, parts: UploadParts, plan: { partSizeBytes: number; partCount: number }, signal: AbortSignal): Promise<void> {
  for (let beginning = 1; ; beginning++) {
    try {
      const uploadId = await openUpload(job, parts, signal)
      await sendMissingParts(job, parts, plan, uploadId, signal)
      return await completeUpload(job, parts, uploadId, signal)
    } catch (error) {
      if (!isGone(error) || signal.aborted) throw error
      if (job.completionUnsure && (await isStored(job, parts, plan.partCount, signal))) return
      forgetUpload(job)
      if (beginning === beginningsMax) throw error
    }
  }
}

function openUpload(job: UploadJob, parts: UploadParts, signal: AbortSignal): Promise<string> {
  if (job.uploadId !== undefined) return Promise.resolve(job.uploadId)
  return withRetries(job, parts, signal, () => {
    job.opening ??= parts.transport
      .create(job.target, job.contentType)
      .then((uploadId) => {
        if (job.status === 'cancelled') parts.onOrphan(job, uploadId)
        else job.uploadId = uploadId
        return uploadId
      })
      .finally(() => {
        job.opening = undefined
      })
    return unlessAborted(job.opening, signal)
  })
}

/** Two lanes take the next missing part each; when one gives up, the other is stopped. */
async function sendMissingParts(
  job: UploadJob,
  parts: UploadParts,
  plan: { partSizeBytes: number; partCount: number },
  uploadId: string,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let next = 1
  const lane = async (): Promise<void> => {
    for (let part = next++; part <= plan.partCount; part = next++) {
      if (job.partsDone.has(part)) continue
      const { begin, end } = toPartRange(plan.partSizeBytes, part, job.body.size)
      const sent = await withRetries(
        job,
        parts,
        either,
        (onSent) => parts.transport.putPart(job.target, uploadId, part, job.body.slice(begin, end), onSent, either),
        part,
      )
      job.sending.delete(part)
      job.partsDone.set(part, sent.etag)
      job.keptBytes += end - begin
      parts.onChange()
    }
  }
  const lanes = Array.from({ length: partsInFlightMax }, () =>
    lane().catch((error: unknown) => {
      stop.abort(new Error('the other lane gave up'))
      throw error
    }),
  )
  // The first reason counts, but nothing may still be under way when the file is said to have ended.
  const results = await Promise.allSettled(lanes)
  if (signal.aborted) throw signal.reason
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (faults.length > 0) throw faults.find((fault) => fault instanceof TransferError) ?? faults[0]
}

async function completeUpload(job: UploadJob, parts: UploadParts, uploadId: string, signal: AbortSignal): Promise<void> {
  job.etagBefore ??= (await withRetries(job, parts, signal, () => parts.transport.find(job.target, signal)))?.etag ?? ''
  const list = [...job.partsDone].map(([part, etag]) => ({ part, etag })).sort((a, b) => a.part - b.part)
  // From the first try on it may have taken place, whatever is answered later.
  await withRetries(job, parts, signal, () => {
    job.completionUnsure = true
    return parts.transport.complete(job.target, uploadId, list, signal)
  })
}

/** Whether an unanswered completion took place: the object has this size and number of parts, and was not there before. */
async function isStored(job: UploadJob, parts: UploadParts, partCount: number, signal: AbortSignal): Promise<boolean> {
  const stored = await withRetries(job, parts, signal, () => parts.transport.find(job.target, signal))
  return stored !== undefined && stored.sizeBytes === job.body.size && stored.etag.endsWith(`-${partCount}`) && stored.etag !== job.etagBefore
}

async function withRetries<Value>(
  job: UploadJob,
  parts: UploadParts,
  signal: AbortSignal,
  request: (onSent: (bytes: number) => void) => Promise<Value>,
  part?: number,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    const release = await parts.slots.take(signal)
    try {
      return await request((bytes) => {
        if (part === undefined || signal.aborted) return
        job.sending.set(part, bytes)
        parts.onChange()
      })
    } catch (error) {
      if (part !== undefined) job.sending.delete(part)
      if (signal.aborted || !(error instanceof TransferError) || error.fault.kind !== 'again' || attempt === triesMax) throw error
      release()
      await waitToRetry(job, parts, chooseRetryDelayMs(attempt, error.fault.retryAfterSeconds, parts.chance), signal)
    } finally {
      release()
    }
  }
}

async function waitToRetry(job: UploadJob, parts: UploadParts, delayMs: number, signal: AbortSignal): Promise<void> {
  job.retryAtMs = parts.clock.nowMs() + delayMs
  parts.onChange()
  try {
    await waitFor(parts.clock, delayMs, signal)
  } finally {
    job.retryAtMs = undefined
    parts.onChange()
  }
}

function isGone(error: unknown): boolean {
  return error instanceof TransferError && error.fault.kind === 'upload-gone'
}
