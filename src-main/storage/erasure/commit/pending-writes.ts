// What is written but not yet acknowledged, by what it is about, so that whoever must know the outcome can wait for it.

export class PendingWrites {
  readonly #entries = new Map<string, { count: number; readonly waiting: (() => void)[] }>()

  begin(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#entries.get(key)
      if (entry === undefined) this.#entries.set(key, { count: 1, waiting: [] })
      else entry.count++
    }
  }

  end(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#entries.get(key)
      if (entry === undefined || --entry.count > 0) continue
      this.#entries.delete(key)
      for (const resume of entry.waiting) resume()
    }
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  /** Undefined when nothing is under way. Who waited looks again: something else may have begun meanwhile. */
  settled(key: string): Promise<void> | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined ? undefined : new Promise((resolve) => { entry.waiting.push(resolve) })
  }
}

/** Writes to one name; to anything in a bucket; that change a bucket as a whole; about one upload; that end an upload; about one secret. */
export const pendingKeys = {
  name: (bucket: number, name: string): string => `n${bucket}/${name}`,
  inBucket: (bucket: number): string => `b${bucket}`,
  bucket: (name: string): string => `B${name}`,
  upload: (upload: string): string => `u${upload}`,
  uploadEnd: (upload: string): string => `U${upload}`,
  secret: (path: string): string => `s${path}`,
} as const
