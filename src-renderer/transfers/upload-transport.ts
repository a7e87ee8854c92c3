// The seam between the queue and the store: whole files and parts. Every method rejects with a TransferError, or with the signal's reason once aborted.

export interface UploadTarget {
  readonly bucket: string
  readonly name: string
}

export interface UploadedPart {
  readonly part: number
  readonly etag: string
}

/** Called with the bytes of the body sent so far by this request. */
export type OnSent = (sentBytes: number) => void

export interface UploadTransport {
  putWhole(target: UploadTarget, contentType: string, body: Blob, onSent: OnSent, signal: AbortSignal): Promise<void>
  /** Not abortable: the id must become known, so that it can be taken back. */
  create(target: UploadTarget, contentType: string): Promise<string>
  putPart(target: UploadTarget, uploadId: string, part: number, body: Blob, onSent: OnSent, signal: AbortSignal): Promise<UploadedPart>
  complete(target: UploadTarget, uploadId: string, parts: readonly UploadedPart[], signal: AbortSignal): Promise<void>
  /** An upload that is gone counts as aborted. */
  abort(target: UploadTarget, uploadId: string): Promise<void>
  /** What is stored under this name; undefined: nothing. */
  find(target: UploadTarget, signal: AbortSignal): Promise<StoredObject | undefined>
}

export interface StoredObject {
  readonly etag: string
  readonly sizeBytes: number
}
