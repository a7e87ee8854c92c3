// The console's refusals, and the one table that turns those of the layers below into them. What is not in the table is a bug and a 500.
import { TaggedError } from '../base/tagged-error.ts'
import type { ConsoleFault, ConsoleFaultCode } from '../contract/fault.ts'

export interface ConsoleErrorOptions {
  readonly hint?: string
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

export class ConsoleError extends TaggedError<ConsoleFaultCode> {
  readonly hint: string
  readonly retryAfterSeconds: number | undefined

  constructor(fault: ConsoleFaultCode, message: string, options: ConsoleErrorOptions = {}) {
    super(fault, message, {}, options.cause)
    this.hint = options.hint ?? ''
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

export interface FaultReply {
  readonly status: number
  readonly fault: ConsoleFault
}

const statuses: Readonly<Record<ConsoleFaultCode, number>> = {
  'bad-input': 400, 'unknown-procedure': 404, 'too-large': 413, 'not-json': 415,
  'not-signed-in': 401, 'wrong-password': 401, 'set-up-code-needed': 401, 'wrong-set-up-code': 401, 'only-on-this-machine': 403,
  'foreign-origin': 403, 'foreign-host': 403, 'missing-csrf-header': 403,
  'slow-down': 429, busy: 503, 'took-too-long': 504,
  sealed: 503, 'not-serving': 503, 'wrong-state': 409, 'no-administrator': 409, 'administrator-exists': 409,
  'drive-not-usable': 409, 'drives-missing': 409, 'format-failed': 500, 'start-failed': 500,
  'bad-shape': 400, 'bad-name': 400, 'weak-secret': 400,
  'no-such-bucket': 404, 'bucket-exists': 409, 'bucket-not-empty': 409, 'bad-bucket-name': 400,
  'no-such-object': 404, 'no-such-upload': 404, 'bad-object-name': 400, 'bad-part': 400, 'bad-range': 416, 'object-too-large': 413, 'object-changed': 412, 'cut-off': 400,
  'storage-full': 507, 'write-quorum-lost': 503, 'read-quorum-lost': 503, damaged: 500, 'not-written': 503,
  internal: 500,
} // prettier-ignore

interface KnownFault {
  readonly code: ConsoleFaultCode
  /** Undefined: the error's own message is meant for people. */
  readonly message?: string
  readonly hint: string
}

const sealedFault: KnownFault = { code: 'sealed', message: 'The store is sealed, so this is not possible now.', hint: 'Open it with: coffer unseal' }

/** By the fault of any TaggedError below: appliance, keystore, objects, secrets. Same name, same meaning. */
const knownFaults: Readonly<Record<string, KnownFault>> = {
  sealed: sealedFault,
  'keys-sealed': sealedFault,
  closed: { code: 'not-serving', message: 'The store is not open now.', hint: 'Look at: coffer status' },
  'wrong-state': { code: 'wrong-state', hint: 'Look at: coffer status' },
  'already-initialised': { code: 'wrong-state', message: 'There is a store on these drives already.', hint: 'Look at: coffer status' },
  'not-initialised': { code: 'wrong-state', message: 'There is no store yet.', hint: 'Run: coffer setup' },
  unsealed: { code: 'wrong-state', message: 'The store is open already.', hint: 'Look at: coffer status' },
  'bad-request': { code: 'bad-input', hint: '' },
  'drive-not-usable': { code: 'drive-not-usable', hint: 'Choose another drive or an empty folder.' },
  'drives-missing': { code: 'drives-missing', hint: 'Connect the drives; they are recognised wherever they are mounted.' },
  'format-failed': { code: 'format-failed', hint: 'Check the drive that is named, then run set-up again.' },
  'start-failed': { code: 'start-failed', hint: 'Look at: coffer status' },
  'bad-shape': { code: 'bad-shape', hint: 'For example: 5 shares, threshold 3.' },
  'bad-name': { code: 'bad-name', hint: 'Use letters, digits and hyphens.' },
  'not-written': { code: 'not-written', message: 'It could not be written to enough drives, so nothing was changed.', hint: 'Look at: coffer drive list' },
  'records-not-written': { code: 'not-written', message: 'It could not be written to enough drives, so nothing was changed.', hint: 'Look at: coffer drive list' },
  'seal-record-damaged': { code: 'damaged', message: 'The seal record on the drives is damaged.', hint: 'Connect more of the drives: each has a copy.' },
  'seal-record-unknown-version': { code: 'damaged', message: 'The seal record was written by a newer Coffer.', hint: 'Install the newer version.' },
  'no-such-bucket': { code: 'no-such-bucket', message: 'There is no bucket of this name.', hint: 'See: coffer bucket list' },
  'bucket-exists': { code: 'bucket-exists', message: 'There is a bucket of this name already.', hint: 'Choose another name.' },
  'bucket-not-empty': { code: 'bucket-not-empty', message: 'The bucket still holds objects, so it was not deleted.', hint: 'Delete the objects first.' },
  'invalid-bucket-name': { code: 'bad-bucket-name', message: 'This is not a bucket name.', hint: 'Use 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit.' },
  'no-such-object': { code: 'no-such-object', message: 'There is no object of this name.', hint: 'Look at the list again: it may have been deleted meanwhile.' },
  'no-such-upload': { code: 'no-such-upload', message: 'This upload is not under way any more.', hint: 'Start the upload again.' },
  'invalid-object-name': { code: 'bad-object-name', message: 'This can not be the name of an object.', hint: 'Any text but one with a NUL character.' },
  'object-name-too-long': { code: 'bad-object-name', message: 'The name is longer than 1024 bytes.', hint: 'Choose a shorter name, or fewer folders.' },
  'invalid-part': { code: 'bad-part', message: 'A part of the upload is missing or has changed.', hint: 'Send that part again.' },
  'invalid-part-order': { code: 'bad-part', message: 'The parts of the upload are not in order.', hint: 'Name them by ascending number.' },
  'invalid-part-number': { code: 'bad-part', message: 'The number of the part is not usable.', hint: 'Parts are numbered from 1 to 10000.' },
  'entity-too-small': { code: 'bad-part', message: 'A part that is not the last one has less than 5 MiB.', hint: 'Send larger parts.' },
  'entity-too-large': { code: 'object-too-large', message: 'This is more than can be sent at once.', hint: 'Up to 5 GiB in one piece; more in parts.' },
  'incomplete-body': { code: 'cut-off', message: 'The bytes ended before their announced size.', hint: 'Send it again.' },
  'body-too-long': { code: 'cut-off', message: 'More bytes came than were announced.', hint: 'Send it again.' },
  'invalid-range': { code: 'bad-range', message: 'The object has no such range of bytes.', hint: 'Ask for its size again.' },
  'precondition-failed': { code: 'object-changed', message: 'The object has changed meanwhile.', hint: 'Begin again.' },
  cancelled: { code: 'cut-off', message: 'The connection ended.', hint: 'Try again.' },
  'key-not-authentic': { code: 'damaged', message: 'The key of this object does not open it: it was moved or damaged.', hint: 'Look at: coffer drive list' },
  'too-many-buckets': { code: 'wrong-state', message: 'There are as many buckets as a store can have.', hint: 'Delete one that is empty.' },
  'storage-full': { code: 'storage-full', message: 'There is no room on enough drives.', hint: 'Delete objects or replace drives by larger ones.' },
  'write-quorum-lost': { code: 'write-quorum-lost', message: 'Too few drives take writes.', hint: 'Bring drives back: coffer drive list' },
  'read-quorum-lost': { code: 'read-quorum-lost', message: 'Too few drives are here to read.', hint: 'Connect the missing drives: coffer drive list' },
  damaged: { code: 'damaged', message: 'What was asked for is damaged on too many drives.', hint: 'Look at: coffer drive list' },
  busy: { code: 'busy', message: 'Coffer is busy.', hint: 'Try again in a moment.' },
}

/** The reply to a refusal; undefined when the error is none (a bug, to be logged and answered by `internalFault`). */
export function toFaultReply(error: unknown): FaultReply | undefined {
  if (error instanceof ConsoleError) {
    const { fault: code, message, hint, retryAfterSeconds } = error
    return { status: statuses[code], fault: { code, message, hint, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } }
  }
  const known = error instanceof TaggedError && Object.hasOwn(knownFaults, error.fault as string) ? knownFaults[error.fault as string] : undefined
  if (known === undefined) return undefined
  return { status: statuses[known.code], fault: { code: known.code, message: known.message ?? (error as Error).message, hint: known.hint } }
}

/** The hint for whoever may not know more. */
export const lookAtTheMachine = 'At the Coffer computer, look at: coffer status'

/** What tells of the drives or of a start that failed. */
const insiderCodes: ReadonlySet<ConsoleFaultCode> = new Set([
  'drives-missing', 'drive-not-usable', 'format-failed', 'start-failed', 'not-written', 'write-quorum-lost', 'read-quorum-lost', 'storage-full', 'damaged',
]) // prettier-ignore

/** The same refusal for somebody who is to learn nothing but name and seal state. */
export function hideFromStranger(reply: FaultReply): FaultReply {
  if (!insiderCodes.has(reply.fault.code)) return reply
  return { status: statuses['not-serving'], fault: { code: 'not-serving', message: 'This is not possible now.', hint: lookAtTheMachine } }
}

export function internalFault(requestId: string): FaultReply {
  return {
    status: statuses.internal,
    fault: { code: 'internal', message: 'Coffer ran into a fault of its own. Nothing that was confirmed is lost.', hint: 'Look in the log for this request id.', requestId },
  }
}

/** What may be logged of an unknown error: its kind and where, not its message (it may quote what somebody sent). */
export function describeBug(error: unknown): { readonly kind: string; readonly at: string } {
  if (!(error instanceof Error)) return { kind: typeof error, at: '' }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { kind: error.name, at: frames.slice(0, 6).map((line) => line.trim()).join(' | ') }
}
