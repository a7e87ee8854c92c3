// How many requests with bodies are under way at once, over all files. A browser opens six connections to one host; two stay free for calls.
import { toAbortError } from './timing.ts'

export interface RequestSlots {
  /** Resolves with the function that gives the slot back; first come, first served. */
  take(signal: AbortSignal): Promise<() => void>
  readonly taken: number
}

export function createRequestSlots(slotsMax: number): RequestSlots {
  let taken = 0
  const line = new Set<() => void>()

  function giveBack(): void {
    const [next] = line
    if (next === undefined) {
      taken--
      return
    }
    line.delete(next)
    next()
  }

  return {
    get taken() {
      return taken
    },
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(toAbortError(signal))
        if (taken < slotsMax) {
          taken++
          return resolve(once(giveBack))
        }
        const enter = (): void => {
          signal.removeEventListener('abort', leave)
          resolve(once(giveBack))
        }
        const leave = (): void => {
          line.delete(enter)
          reject(toAbortError(signal))
        }
        line.add(enter)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    act()
  }
}
