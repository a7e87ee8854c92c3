// Changes in the order they were asked for, one after the other, with a limit on how many may wait.
import { KeystoreError } from './keystore-error.ts'

const waitingMax = 64

export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Faults: busy, and those of `work`. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingMax) throw new KeystoreError('busy', 'too many changes of the keystore at once')
    this.#waiting++
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      this.#waiting--
    }
  }
}
