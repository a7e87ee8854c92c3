// The barrier: values in, encrypted entries out to the RecordStore. Lives from unseal to seal; afterwards every call is refused.
// Counts encryptions ahead: the count that is on record is never below the true one, at one extra write per 4,096.
import { assert } from '../../base/assert.ts'
import { noBytes } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import { RecordStoreError, type RecordStore } from '../../seams/record-store.ts'
import { SecretStoreError, secretSizeMax } from '../../seams/secret-store.ts'
import { openBarrierRecord, readBarrierTerm, sealBarrierRecord } from '../format/barrier-record.ts'
import { FieldReader, FieldWriter } from '../format/byte-fields.ts'
import type { Keyring } from './keyring.ts'

export const corePrefix = 'core/'
const counterPath = `${corePrefix}encryptions`
const countAhead = 4096
const pathCharactersMax = 1024

export class Barrier {
  readonly #records: RecordStore
  readonly #random: RandomSource
  #keyring: Keyring | undefined
  #encryptions: number
  #countedUpTo: number
  #counting: Promise<void> | undefined

  private constructor(records: RecordStore, keyring: Keyring, random: RandomSource, encryptions: number) {
    this.#records = records
    this.#keyring = keyring
    this.#random = random
    this.#encryptions = encryptions
    this.#countedUpTo = encryptions
  }

  /** Reads the count of encryptions. Faults of SecretStore. */
  static async open(records: RecordStore, keyring: Keyring, random: RandomSource): Promise<Barrier> {
    const barrier = new Barrier(records, keyring, random, keyring.newest.encryptions)
    const reader = new FieldReader((await barrier.get(counterPath)) ?? noBytes)
    const [term, count] = [reader.number(4), reader.number(8)]
    if (reader.isWhole && term === keyring.newest.term && count > barrier.#encryptions) barrier.#encryptions = barrier.#countedUpTo = count
    return barrier
  }

  /** An upper bound of what the newest term has encrypted. */
  get encryptions(): number {
    return Math.max(this.#encryptions, this.#countedUpTo)
  }

  /** From now on `keyring` is used; its older terms must contain all of the present one. */
  useKeyring(keyring: Keyring): void {
    if (this.#keyring === undefined) return
    this.#keyring = keyring
    this.#encryptions = this.#countedUpTo = keyring.newest.encryptions
  }

  close(): void {
    this.#keyring = undefined
  }

  /** Undefined when absent. Faults: sealed (also when sealed meanwhile), not-authentic, not-readable. */
  async get(path: string): Promise<Uint8Array | undefined> {
    this.#openKeyring()
    const record = await this.#fromStore('not-readable', () => this.#records.get(checkPath(path)))
    const keyring = this.#openKeyring()
    if (record === undefined) return undefined
    const term = readBarrierTerm(record)
    const key = term === undefined ? undefined : keyring.keyOfTerm(term)
    const plain = key === undefined ? undefined : openBarrierRecord(key, path, record)
    if (plain === undefined) throw new SecretStoreError('not-authentic', 'an entry of the barrier does not open: damaged, moved or of another store')
    return plain
  }

  /** Durable when it resolves. Faults: sealed, too-large, not-written. */
  async put(path: string, plain: Uint8Array): Promise<void> {
    this.#openKeyring()
    checkPath(path)
    if (plain.byteLength > secretSizeMax) throw new SecretStoreError('too-large', 'a secret has at most 1 MiB', { sizeBytes: plain.byteLength })
    if (this.#encryptions + 1 >= this.#countedUpTo) await this.#countAhead()
    await this.#write(path, plain)
  }

  /** Faults: sealed, not-written. */
  async delete(path: string): Promise<void> {
    this.#openKeyring()
    await this.#fromStore('not-written', () => this.#records.delete(checkPath(path)))
  }

  /** Whole paths below `prefix`. Faults: sealed, not-readable. */
  async list(prefix: string): Promise<readonly string[]> {
    this.#openKeyring()
    const paths = await this.#fromStore('not-readable', () => this.#records.list(prefix))
    this.#openKeyring()
    return paths
  }

  /** Puts a higher count on record before it is used; calls at the same time share one write. */
  async #countAhead(): Promise<void> {
    this.#counting ??= this.#writeCount().finally(() => {
      this.#counting = undefined
    })
    await this.#counting
  }

  async #writeCount(): Promise<void> {
    const term = this.#openKeyring().newest.term
    const ahead = this.#encryptions + countAhead
    await this.#write(counterPath, new FieldWriter().number(term, 4).number(ahead, 8).finish())
    if (this.#keyring?.newest.term === term) this.#countedUpTo = ahead
  }

  async #write(path: string, plain: Uint8Array): Promise<void> {
    const { term, key } = this.#openKeyring().newest
    this.#encryptions++
    const record = sealBarrierRecord(term, key, path, plain, this.#random)
    await this.#fromStore('not-written', () => this.#records.put(path, record))
  }

  #openKeyring(): Keyring {
    if (this.#keyring === undefined) throw new SecretStoreError('sealed', 'the keystore is sealed')
    return this.#keyring
  }

  async #fromStore<T>(fault: 'not-written' | 'not-readable', work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof RecordStoreError) throw new SecretStoreError(fault, 'the drives did not take or give an entry of the barrier', { cause: error.fault }, error)
      throw error
    }
  }
}

function checkPath(path: string): string {
  assert(path !== '' && path.length <= pathCharactersMax && path.isWellFormed(), 'a path of the barrier is a text of 1 to 1024 characters')
  return path
}
