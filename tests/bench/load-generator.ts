// The load generator of one store: a process of its own that lives as long as the store is measured, so that no turn pays for its start.
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { LoadJob, LoadResult } from './load-process.ts'

export class LoadGenerator {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'load-process.ts'), { stdio: 'inherit' })
  readonly #ended: Promise<never>

  constructor() {
    this.#ended = new Promise((_, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code) => { reject(new Error(`the load generator ended with ${code ?? 'a signal'}`)) })
    })
    this.#ended.catch(() => undefined)
  }

  /** One at a time. */
  run(job: LoadJob): Promise<LoadResult> {
    const result = new Promise<LoadResult>((resolve) => { this.#child.once('message', (message) => { resolve(message as LoadResult) }) })
    this.#child.send(job)
    return Promise.race([result, this.#ended])
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}
