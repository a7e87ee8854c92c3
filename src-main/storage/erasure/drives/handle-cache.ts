// Open files, at most so many: the one used longest ago is closed when another is opened.
import type { DriveFiles, FileHandle } from './drive-files.ts'

export interface OpenFile {
  readonly handle: FileHandle
}

export class HandleCache<Key, Opened extends OpenFile> {
  readonly #files: DriveFiles
  readonly #handlesMax: number
  readonly #open: (key: Key) => Opened
  /** Used longest ago first. */
  readonly #opened = new Map<Key, Opened>()
  #lastKey: Key | undefined
  #last: Opened | undefined

  constructor(files: DriveFiles, handlesMax: number, open: (key: Key) => Opened) {
    this.#files = files
    this.#handlesMax = handlesMax
    this.#open = open
  }

  get(key: Key): Opened {
    if (this.#last !== undefined && this.#lastKey === key) return this.#last
    let opened = this.#opened.get(key)
    if (opened === undefined) {
      if (this.#opened.size >= this.#handlesMax) this.#closeOldest()
      opened = this.#open(key)
    } else this.#opened.delete(key)
    this.#opened.set(key, opened)
    this.#lastKey = key
    this.#last = opened
    return opened
  }

  forget(key: Key): void {
    const opened = this.#opened.get(key)
    if (opened === undefined) return
    this.#opened.delete(key)
    if (this.#lastKey === key) this.#last = undefined
    this.#files.close(opened.handle)
  }

  closeAll(): void {
    for (const key of [...this.#opened.keys()]) this.forget(key)
  }

  #closeOldest(): void {
    for (const key of this.#opened.keys()) {
      this.forget(key)
      return
    }
  }
}
