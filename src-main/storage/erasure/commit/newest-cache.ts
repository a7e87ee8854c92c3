// Newest versions that were asked for lately, as they were read out of the catalogue, so that reading an object again neither asks the
// database nor parses. Bounded; the catalogue takes out what a record changes before anybody can ask again.
import type { ObjectVersion } from '../../../seams/storage-backend.ts'
import type { LogRecord } from './record-body.ts'

const versionsMax = 16_384

export class NewestCache {
  readonly #versions = new Map<string, ObjectVersion>()
  /** In the order in which they were remembered, round and round; what was forgotten since is still named. */
  readonly #keys: string[] = []
  #next = 0

  get size(): number {
    return this.#versions.size
  }

  find(bucket: number, name: string): ObjectVersion | undefined {
    return this.#versions.get(keyOf(bucket, name))
  }

  remember(bucket: number, name: string, version: ObjectVersion): void {
    const key = keyOf(bucket, name)
    const oldest = this.#keys[this.#next]
    if (oldest !== undefined) this.#versions.delete(oldest)
    this.#keys[this.#next] = key
    this.#next = (this.#next + 1) % versionsMax
    this.#versions.set(key, version)
  }

  /** Everything that this record may make out of date. */
  forgetBy(record: LogRecord): void {
    switch (record.kind) {
      case 'object': case 'delete': case 'complete': case 'attributes':
        this.#versions.delete(keyOf(record.body.b, record.body.n))
        break
      case 'bucket': case 'bucket-delete':
        this.clear()
        break
      default:
    }
  }

  clear(): void {
    this.#keys.length = 0
    this.#next = 0
    this.#versions.clear()
  }
}

function keyOf(bucket: number, name: string): string {
  return `${bucket}/${name}`
}
