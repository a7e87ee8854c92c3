// The one refusal of transfers: what it means for going on, and the words for people.

/**
 * again: worth another try after a pause · upload-gone: the server no longer knows the parts, begin anew · hold: no file can go on now (signed out,
 * sealed, full), the queue waits for a person · final: this file can't be sent like this.
 */
export type TransferFaultKind = 'again' | 'upload-gone' | 'hold' | 'final'

export interface TransferFault {
  readonly kind: TransferFaultKind
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly retryAfterSeconds?: number | undefined
}

export class TransferError extends Error {
  readonly fault: TransferFault

  constructor(fault: TransferFault, cause?: unknown) {
    super(fault.message, cause === undefined ? undefined : { cause })
    this.name = 'TransferError'
    this.fault = fault
  }
}
