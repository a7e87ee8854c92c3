// Waiting that ends at once when the caller gives up, whatever becomes of what was waited for.
import type { CancelSignal } from '../../base/cancel-signal.ts'
import { asError, cancelled } from './body-fault.ts'

/** Settles as `work` does, or rejects with `cancelled` when the signal comes first. The work itself goes on. */
export function untilAborted<T>(work: Promise<T>, signal: CancelSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    return Promise.reject(cancelled())
  }
  return new Promise((resolve, reject) => {
    const stop = (): void => { reject(cancelled()) }
    signal.addEventListener('abort', stop, { once: true })
    work.then(
      (value) => {
        signal.removeEventListener('abort', stop)
        resolve(value)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', stop)
        reject(asError(error))
      },
    )
  })
}
