// From the faults of the layers below to those of the object layer, in one place. Anything else travels untouched and is a bug.
import type { CancelSignal } from '../base/cancel-signal.ts'
import { TaggedError } from '../base/tagged-error.ts'
import { KeyStoreError, type KeyStoreFault } from '../seams/key-store.ts'
import { StorageError, type StorageFault } from '../seams/storage-backend.ts'
import { ObjectError, type ObjectFault } from './object-fault.ts'

const storageFaults: Readonly<Record<StorageFault, ObjectFault>> = {
  'no-such-bucket': 'no-such-bucket',
  'bucket-exists': 'bucket-exists',
  'bucket-not-empty': 'bucket-not-empty',
  'no-such-version': 'no-such-version',
  'no-such-upload': 'no-such-upload',
  'body-too-short': 'incomplete-body',
  'body-too-long': 'body-too-long',
  'storage-full': 'storage-full',
  'write-quorum-lost': 'write-quorum-lost',
  'read-quorum-lost': 'read-quorum-lost',
  damaged: 'damaged',
  busy: 'busy',
  closed: 'closed',
  cancelled: 'cancelled',
}

/** Undefined: cannot happen to us (no key is created here, and the name of ours is good). */
const keyStoreFaults: Readonly<Record<KeyStoreFault, ObjectFault | undefined>> = {
  sealed: 'keys-sealed',
  'no-such-key': 'no-such-key',
  'key-disabled': 'key-not-authorised',
  'not-authorised': 'key-not-authorised',
  unreachable: 'key-store-unreachable',
  'not-authentic': 'key-not-authentic',
  'key-exists': undefined,
  'invalid-key-name': undefined,
}

/** The error to throw to the caller. `signal`: its reason, thrown by whoever looked at it, means that the caller gave up. */
export function toObjectError(error: unknown, signal?: CancelSignal): unknown {
  if (error instanceof ObjectError) return error
  if (error instanceof StorageError) return new ObjectError(storageFaults[error.fault], error.message, error.details, error)
  if (error instanceof KeyStoreError) {
    const fault = keyStoreFaults[error.fault]
    return fault === undefined ? error : new ObjectError(fault, error.message, error.details, error)
  }
  if (signal?.aborted === true && !(error instanceof TaggedError) && error === signal.reason) return cancelled()
  return error
}

/** `work`, its refusals in the words of this layer. */
export async function withObjectErrors<T>(work: () => Promise<T>, signal?: CancelSignal): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toObjectError(error, signal)
  }
}

export function cancelled(): ObjectError {
  return new ObjectError('cancelled', 'given up by the caller')
}
