// The buckets as last read; several screens choose from them.
import { call, toCallError, type ConsoleCallError } from '../console-client.ts'
import type { OutputOf } from '../../src-main/contract/procedures.ts'

export type BucketList = OutputOf<'buckets.list'>['buckets']

class Buckets {
  /** Undefined: not read yet. Kept when a later reading fails. */
  list = $state.raw<BucketList>()
  fault = $state.raw<ConsoleCallError>()
  readAtMs = $state(0)
  #reading: Promise<void> | undefined

  /** Never rejects: what went wrong is in `fault`. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  /** Rejects with a ConsoleCallError. */
  async create(name: string): Promise<void> {
    await call('buckets.create', { name })
    await this.read()
  }

  /** Rejects with a ConsoleCallError. */
  async delete(name: string): Promise<void> {
    await call('buckets.delete', { name })
    this.list = this.list?.filter((bucket) => bucket.name !== name)
    await this.read()
  }

  async #read(): Promise<void> {
    try {
      const { buckets } = await call('buckets.list', {})
      this.list = [...buckets].sort((a, b) => (a.name < b.name ? -1 : 1))
      this.readAtMs = Date.now()
      this.fault = undefined
    } catch (error) {
      this.fault = toCallError(error)
    }
  }
}

export const buckets = new Buckets()
