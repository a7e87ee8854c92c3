// Time and chance as the queue needs them: passed in, so that tests own them; and how long to wait before another try.

export interface TransferClock {
  nowMs(): number
  /** Calls back once after `delayMs`; the result cancels it. */
  after(delayMs: number, callback: () => void): () => void
}

/** A number from 0 up to, not including, 1. */
export type Chance = () => number

export const pageClock: TransferClock = {
  nowMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const firstDelayMs = 1000
const longestDelayMs = 30_000

/** 1, 2, 4 … 30 s, each between a half and the whole of it; never shorter than the server asked for. `attempt` counts from 1. */
export function chooseRetryDelayMs(attempt: number, retryAfterSeconds: number | undefined, chance: Chance): number {
  const fullMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
  const askedMs = Math.min((retryAfterSeconds ?? 0) * 1000, longestDelayMs)
  return Math.round(Math.max(askedMs, fullMs / 2) + (fullMs / 2) * chance())
}

/** Rejects with the signal's reason when it is aborted first. */
export function waitFor(clock: TransferClock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(toAbortError(signal))
    const onAbort = (): void => {
      stop()
      reject(toAbortError(signal))
    }
    const stop = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** The result of `work`, or the signal's reason if that comes first; the work itself goes on. */
export function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(toAbortError(signal))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Why it was aborted, as an error. */
export function toAbortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}
