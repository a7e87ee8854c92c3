// Keeps the parts of an upload still while it is completed: what was checked is what becomes the object. Parts that are being committed are
// waited for; new ones are refused until the completion has ended. One store, one process: memory is enough.
import { ObjectError } from './object-fault.ts'

interface Gate {
  commits: number
  completions: number
  waiting: (() => void)[]
}

export class UploadGate {
  readonly #gates = new Map<string, Gate>()

  /** Commits a part. Faults: busy (the upload is being completed) and those of `commit`. */
  async commitPart<T>(uploadId: string, commit: () => Promise<T>): Promise<T> {
    const gate = this.#enter(uploadId)
    if (gate.completions > 0) throw new ObjectError('busy', 'the upload is being completed')
    gate.commits++
    try {
      return await commit()
    } finally {
      gate.commits--
      if (gate.commits === 0) for (const go of gate.waiting.splice(0)) go()
      this.#leave(uploadId, gate)
    }
  }

  async complete<T>(uploadId: string, complete: () => Promise<T>): Promise<T> {
    const gate = this.#enter(uploadId)
    gate.completions++
    try {
      if (gate.commits > 0) await new Promise<void>((resolve) => { gate.waiting.push(resolve) })
      return await complete()
    } finally {
      gate.completions--
      this.#leave(uploadId, gate)
    }
  }

  /** Uploads with something under way. */
  get size(): number {
    return this.#gates.size
  }

  #enter(uploadId: string): Gate {
    let gate = this.#gates.get(uploadId)
    if (gate === undefined) {
      gate = { commits: 0, completions: 0, waiting: [] }
      this.#gates.set(uploadId, gate)
    }
    return gate
  }

  #leave(uploadId: string, gate: Gate): void {
    if (gate.commits === 0 && gate.completions === 0) this.#gates.delete(uploadId)
  }
}
