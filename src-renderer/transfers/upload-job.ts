// One file on its way: what is sent, what the store has, and why it stands still.
import type { TransferFault } from './transfer-error.ts'
import type { UploadTarget } from './upload-transport.ts'

export interface UploadRequest {
  readonly target: UploadTarget
  readonly contentType: string
  readonly body: Blob
}

export type UploadStatus = 'waiting' | 'running' | 'paused' | 'failed' | 'done' | 'cancelled'

export interface UploadJob extends UploadRequest {
  readonly id: number
  status: UploadStatus
  /** Set while `running`: aborting it ends every request of the file. */
  controller: AbortController | undefined
  /** Settles when the latest run is over. */
  run: Promise<void> | undefined
  /** Bytes of the requests under way, by part number (0: the whole file). */
  readonly sending: Map<number, number>
  /** Parts the store has: number to ETag. */
  readonly partsDone: Map<number, string>
  /** Bytes of `partsDone`. */
  keptBytes: number
  uploadId: string | undefined
  /** The upload is being created: its id will come, whoever still waits for it. */
  opening: Promise<string> | undefined
  /** ETag under this name before the upload was completed, to tell whether an unanswered completion took place. */
  etagBefore: string | undefined
  completionUnsure: boolean
  /** Set while it waits to try again. */
  retryAtMs: number | undefined
  fault: TransferFault | undefined
}

export function createUploadJob(id: number, request: UploadRequest): UploadJob {
  return {
    ...request, id, status: 'waiting', controller: undefined, run: undefined, sending: new Map(), partsDone: new Map(), keptBytes: 0, uploadId: undefined, opening: undefined,
    etagBefore: undefined, completionUnsure: false, retryAtMs: undefined, fault: undefined,
  } // prettier-ignore
}

/** What the store has of it, and what is on the line; never more than its size. */
export function countSentBytes(job: UploadJob): number {
  if (job.status === 'done') return job.body.size
  let sentBytes = job.keptBytes
  for (const bytes of job.sending.values()) sentBytes += bytes
  return Math.min(sentBytes, job.body.size)
}

/** Forgets all parts: the next run begins anew. */
export function forgetUpload(job: UploadJob): void {
  job.uploadId = undefined
  job.partsDone.clear()
  job.keptBytes = 0
  job.etagBefore = undefined
  job.completionUnsure = false
}
