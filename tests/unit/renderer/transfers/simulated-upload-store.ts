// A store behind the queue's seam, with faults from a seed: lost answers, busy, refusals, uploads that vanish. It checks what the queue promised:
// how many requests run, that parts fit, that nothing is sent after a pause.
import type { ManualClock } from '../../../support/manual-clock.ts'
import { TransferError, type TransferFaultKind } from '../../../../src-renderer/transfers/transfer-error.ts'
import { chooseUploadPlan } from '../../../../src-renderer/transfers/upload-plan.ts'
import type { UploadTransport } from '../../../../src-renderer/transfers/upload-transport.ts'

export interface StoreFaults {
  /** Chance that a request's answer is lost after it took place. */
  readonly lostAnswer: number
  /** Chance that it is refused for now, before anything happened. */
  readonly busy: number
  /** Chance that it is refused for good. */
  readonly refused: number
  /** Chance that a multipart upload is gone. */
  readonly gone: number
}

export const noFaults: StoreFaults = { lostAnswer: 0, busy: 0, refused: 0, gone: 0 }

interface OpenUpload {
  readonly name: string
  readonly parts: Map<number, { readonly etag: string; readonly sizeBytes: number }>
}

export interface SimulatedUploadStore {
  readonly transport: UploadTransport
  readonly objects: Map<string, { etag: string; sizeBytes: number }>
  readonly uploads: Map<string, OpenUpload>
  /** Largest number of requests with bodies at once, over all files and for one file. */
  readonly most: { requests: number; forOneFile: number; files: number }
  readonly requestsStarted: () => number
  readonly requestsUnderWay: () => number
  faults: StoreFaults
  /** Refuse every request with this from now on. */
  always: { kind: TransferFaultKind; code: string } | undefined
  /** Answers to this many completions are lost after they took place. */
  completionsUnanswered: number
}

export function toTransferError(kind: TransferFaultKind, code: string): TransferError {
  return new TransferError({ kind, code, message: code, hint: '' })
}

export function simulatedUploadStore(clock: ManualClock, random: () => number): SimulatedUploadStore {
  const objects = new Map<string, { etag: string; sizeBytes: number }>()
  const uploads = new Map<string, OpenUpload>()
  const underWay = new Map<string, number>()
  const most = { requests: 0, forOneFile: 0, files: 0 }
  let started = 0
  let made = 0

  const store: SimulatedUploadStore = {
    objects, uploads, most, faults: noFaults, always: undefined, completionsUnanswered: 0,
    requestsStarted: () => started,
    requestsUnderWay: () => [...underWay.values()].reduce((sum, count) => sum + count, 0),
    transport: {
      putWhole: (target, _type, body, onSent, signal) =>
        request(target.name, body.size, onSent, signal, () => {
          objects.set(target.name, { etag: `whole-${++made}`, sizeBytes: body.size })
        }),
      create: (target) =>
        call(() => {
          const uploadId = `upload-${++made}`
          uploads.set(uploadId, { name: target.name, parts: new Map() })
          return uploadId
        }),
      putPart: (target, uploadId, part, body, onSent, signal) =>
        request(target.name, body.size, onSent, signal, () => {
          const upload = open(uploadId)
          const etag = `part-${++made}`
          upload.parts.set(part, { etag, sizeBytes: body.size })
          return { part, etag }
        }),
      complete: (target, uploadId, parts) =>
        call(() => {
          const upload = open(uploadId)
          let sizeBytes = 0
          parts.forEach(({ part, etag }, index) => {
            if (part !== index + 1 || upload.parts.get(part)?.etag !== etag) throw toTransferError('final', 'bad-part-list')
            sizeBytes += upload.parts.get(part)?.sizeBytes ?? 0
          })
          uploads.delete(uploadId)
          objects.set(target.name, { etag: `m${++made}-${parts.length}`, sizeBytes })
          if (store.completionsUnanswered-- > 0) throw toTransferError('again', 'no-answer')
        }),
      abort: (_target, uploadId) =>
        call(() => {
          uploads.delete(uploadId)
        }),
      find: (target) => call(() => objects.get(target.name)),
    },
  }

  function open(uploadId: string): OpenUpload {
    if (random() < store.faults.gone) uploads.delete(uploadId)
    const upload = uploads.get(uploadId)
    if (upload === undefined) throw toTransferError('upload-gone', 'no-such-upload')
    return upload
  }

  function call<Value>(act: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      clock.after(1 + Math.floor(random() * 40), () => {
        try {
          resolve(answer(act))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
  }

  function answer<Value>(act: () => Value): Value {
    if (store.always !== undefined) throw toTransferError(store.always.kind, store.always.code)
    if (random() < store.faults.refused) throw toTransferError('final', 'refused')
    if (random() < store.faults.busy) throw toTransferError('again', 'slow-down')
    const value = act()
    if (random() < store.faults.lostAnswer) throw toTransferError('again', 'no-answer')
    return value
  }

  /** A request with a body: progress in steps, ended by the signal like a real one. */
  function request<Value>(name: string, sizeBytes: number, onSent: (bytes: number) => void, signal: AbortSignal, act: () => Value): Promise<Value> {
    started++
    underWay.set(name, (underWay.get(name) ?? 0) + 1)
    most.requests = Math.max(most.requests, store.requestsUnderWay())
    most.forOneFile = Math.max(most.forOneFile, underWay.get(name) ?? 0)
    most.files = Math.max(most.files, underWay.size)
    const leave = (): void => {
      const left = (underWay.get(name) ?? 1) - 1
      if (left === 0) underWay.delete(name)
      else underWay.set(name, left)
    }
    return new Promise<Value>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      if (signal.aborted) return onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      clock.after(5, () => { if (!signal.aborted) onSent(Math.floor(sizeBytes / 2)) })
      clock.after(10 + Math.floor(random() * 100), () => {
        if (signal.aborted) return
        onSent(sizeBytes)
        try {
          resolve(answer(act))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    }).finally(leave)
  }

  return store
}

/** A body that only says how large it is: tests move sizes, not bytes. */
export class SizedBlob extends Blob {
  readonly #sizeBytes: number

  constructor(sizeBytes: number) {
    super([])
    this.#sizeBytes = sizeBytes
    Object.defineProperty(this, 'size', { value: sizeBytes })
  }

  override slice(begin = 0, end = this.#sizeBytes): Blob {
    return new SizedBlob(Math.max(0, Math.min(end, this.#sizeBytes) - begin))
  }
}

/** What a stored object must look like for a file of this size. */
export function expectedParts(sizeBytes: number): number {
  const plan = chooseUploadPlan(sizeBytes)
  return plan.kind === 'parts' ? plan.partCount : 0
}
