// From the faults of the codec and of the shared memory to those of the storage seam, in one place. Anything else travels as it is.
import { AssertionError } from '../../base/assert.ts'
import { CodecError } from '../../payload/codec.ts'
import { SharedMemoryError } from '../../payload/shared-memory.ts'
import { StorageError } from '../../seams/storage-backend.ts'

/** The error to throw to the caller of a body path. */
export function toStorageError(error: unknown): unknown {
  if (error instanceof CodecError) {
    switch (error.fault) {
      case 'not-authentic': return new StorageError('damaged', 'the bytes do not pass their tag', {}, error)
      case 'busy': return new StorageError('busy', 'the codec has too much to do', {}, error)
      case 'codec-gone':
      case 'self-test-failed': return new StorageError('closed', 'no codec is at work', {}, error)
    }
  }
  if (error instanceof SharedMemoryError) {
    switch (error.fault) {
      case 'queue-full': return new StorageError('busy', 'too many bodies wait for memory', {}, error)
      case 'cancelled': return new StorageError('cancelled', 'given up while waiting for memory', {}, error)
      // The slab is smaller than one stripe: a configuration that cannot work.
      case 'too-large': return error
    }
  }
  return error
}

/** What was caught and is no refusal, to be thrown later. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new AssertionError('what was thrown is no error')
}

export function cancelled(): StorageError {
  return new StorageError('cancelled', 'given up by the caller')
}
