// The queue's way to the store: calls for the multipart steps, and bytes by XMLHttpRequest, the only thing in a browser that tells how much was sent.
import { call, toCallError, type CallFaultCode } from '../console-client.ts'
import { consoleFault } from '../../src-main/contract/fault.ts'
import { fileSizeHeader, formatFilePath, writtenFile, type FileAsk } from '../../src-main/contract/files.ts'
import { csrfHeader, type InputOf, type OutputOf, type ProcedureName } from '../../src-main/contract/procedures.ts'
import { texts } from '../text/transfers.ts'
import { toAbortError, unlessAborted } from './timing.ts'
import { TransferError, type TransferFault, type TransferFaultKind } from './transfer-error.ts'
import type { OnSent, UploadTarget, UploadTransport } from './upload-transport.ts'

/** Nothing was sent for so long: the line is dead. */
const silentMaxMs = 60_000
/** All was sent: how long the store may take to make it durable. */
const replyMaxMs = 300_000

const kinds: Partial<Record<CallFaultCode, TransferFaultKind>> = {
  unreachable: 'again',
  'slow-down': 'again',
  busy: 'again',
  'took-too-long': 'again',
  'not-written': 'again',
  'cut-off': 'again',
  internal: 'again',
  'no-such-upload': 'upload-gone',
  'not-signed-in': 'hold',
  sealed: 'hold',
  'not-serving': 'hold',
  'storage-full': 'hold',
  'write-quorum-lost': 'hold',
  'read-quorum-lost': 'hold',
}

export const consoleTransport: UploadTransport = {
  putWhole: async (target, contentType, body, onSent, signal) => {
    await putBytes(target, {}, contentType, body, onSent, signal)
  },
  create: async (target, contentType) => (await ask('objects.upload.create', { ...target, contentType })).uploadId,
  putPart: async (target, uploadId, part, body, onSent, signal) => {
    const { etag } = await putBytes(target, { part: { uploadId, partNumber: part } }, '', body, onSent, signal)
    return { part, etag }
  },
  complete: async (target, uploadId, parts, signal) => {
    await unlessAborted(ask('objects.upload.complete', { ...target, uploadId, parts: [...parts] }), signal)
  },
  abort: async (target, uploadId) => {
    await ask('objects.upload.abort', { ...target, uploadId }).catch((error: unknown) => {
      if (!(error instanceof TransferError) || error.fault.kind !== 'upload-gone') throw error
    })
  },
  find: async (target, signal) => {
    const { objects } = await unlessAborted(ask('objects.list', { bucket: target.bucket, prefix: target.name, delimiter: '', limit: 1 }), signal)
    return objects.find(({ name }) => name === target.name)
  },
}

async function ask<Name extends ProcedureName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  try {
    return await call(name, input)
  } catch (error) {
    const { code, message, hint, retryAfterSeconds } = toCallError(error)
    throw new TransferError({ kind: kinds[code] ?? 'final', code, message, hint, retryAfterSeconds }, error)
  }
}

function putBytes(target: UploadTarget, more: FileAsk, contentType: string, body: Blob, onSent: OnSent, signal: AbortSignal): Promise<{ etag: string }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(toAbortError(signal))
    const request = new XMLHttpRequest()
    let watch: ReturnType<typeof setTimeout>
    const expectWithin = (milliseconds: number): void => {
      clearTimeout(watch)
      watch = setTimeout(() => request.abort(), milliseconds)
    }
    const stop = (): void => request.abort()
    request.open('PUT', formatFilePath(target, more))
    request.setRequestHeader(csrfHeader, '1')
    // The desktop window's requests carry no Content-Length.
    request.setRequestHeader(fileSizeHeader, String(body.size))
    request.setRequestHeader('content-type', contentType === '' ? 'application/octet-stream' : contentType)
    request.upload.onprogress = ({ loaded }) => {
      expectWithin(loaded >= body.size ? replyMaxMs : silentMaxMs)
      onSent(loaded)
    }
    request.onloadend = () => {
      clearTimeout(watch)
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(toAbortError(signal))
      else if (request.status === 0) void toLineFault(body).then((fault) => reject(new TransferError(fault)))
      else settle(request, resolve, reject)
    }
    signal.addEventListener('abort', stop, { once: true })
    expectWithin(body.size === 0 ? replyMaxMs : silentMaxMs)
    request.send(body)
  })
}

function settle(request: XMLHttpRequest, resolve: (written: { etag: string }) => void, reject: (error: Error) => void): void {
  const value = parseJson(request.responseText)
  const written = writtenFile.safeParse(value)
  if (request.status === 200 && written.success) resolve(written.data)
  else reject(new TransferError(toRefusal(request.status, value)))
}

function toRefusal(status: number, value: unknown): TransferFault {
  const fault = consoleFault.safeParse(value)
  if (fault.success) return { kind: kinds[fault.data.code] ?? 'final', ...fault.data }
  // Not from Coffer: a proxy between. Its own trouble passes, its refusal does not.
  return { kind: status >= 500 || status === 429 ? 'again' : 'final', code: `http-${status}`, message: texts.refused(status), hint: texts.refusedHint }
}

/** No answer: the line broke, or the file can't be read any more. */
async function toLineFault(body: Blob): Promise<TransferFault> {
  try {
    await body.slice(0, 1).arrayBuffer()
    return { kind: 'again', code: 'no-answer', message: texts.noAnswer, hint: texts.noAnswerHint }
  } catch {
    return { kind: 'final', code: 'file-changed', message: texts.fileChanged, hint: texts.fileChangedHint }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
