// Named keys: what wraps the data keys of objects. Kept in the barrier under `core/keys/`, cached while the store is open,
// so that a data key costs a cipher call and no waiting. Versions only grow; old ones open what they wrapped.
import { assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/byte-stream.ts'
import { formatHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import { openValue, sealValue } from '../crypto/aead.ts'
import { GcmKey } from '../crypto/gcm.ts'
import { HmacKey } from '../crypto/hmac.ts'
import { deriveKeyWithFields, keySizeBytes } from '../crypto/key-derivation.ts'
import type { DataKey, KeyContext } from '../seams/key-store.ts'
import { SecretStoreError } from '../seams/secret-store.ts'
import { corePrefix, type Barrier } from './barrier/barrier.ts'
import { decodeNamedKey, encodeNamedKey, keyVersionsMax, type NamedKeyRecord } from './format/named-key-record.ts'
import { decodeWrappedDataKeyHead, encodeKeyContext, wrappedDataKeyHeadBytes, wrappingSaltBytes, writeWrappedDataKeyHead } from './format/wrapped-data-key.ts'
import { KeystoreError } from './keystore-error.ts'
import { OneAtATime } from './one-at-a-time.ts'

const keysPrefix = `${corePrefix}keys/`
const cachedKeysMax = 4096
const cachedSaltsMax = 1024
const dataKeysPerSalt = 2 ** 24

export interface NamedKeyInfo {
  readonly name: string
  readonly createdAtMs: number
  readonly isDisabled: boolean
  readonly versions: readonly { readonly keyVersion: number; readonly createdAtMs: number }[]
}

interface OpenVersion {
  readonly keyVersion: number
  readonly key: HmacKey
  /** Wrapping keys by salt, newest last. */
  readonly bySalt: Map<string, GcmKey>
}

interface OpenNamedKey {
  readonly info: NamedKeyInfo
  readonly versions: readonly OpenVersion[]
  /** For new data keys: the newest version under a salt of this run, its key a copy of its own. */
  wrapping: { readonly keyVersion: number; readonly salt: Uint8Array; readonly key: GcmKey; left: number } | undefined
  /** Its keys are gone: a newer one has its place, or it was pushed out. */
  isWiped: boolean
}

/** 1 to 80 of letters, digits, `-` and `_`; `-` neither first nor last; not `_` alone. The rule of the key server API. */
export function isKeyName(name: string): boolean {
  return /^[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,78}[0-9A-Za-z_])?$/.test(name) && name !== '_'
}

export class NamedKeys {
  readonly #barrier: Barrier
  readonly #clock: Clock
  readonly #random: RandomSource
  readonly #changes = new OneAtATime()
  readonly #open = new Map<string, OpenNamedKey>()
  #closed = false

  constructor(barrier: Barrier, clock: Clock, random: RandomSource) {
    this.#barrier = barrier
    this.#clock = clock
    this.#random = random
  }

  close(): void {
    this.#closed = true
    for (const open of this.#open.values()) wipeNamedKey(open)
    this.#open.clear()
  }

  /** Faults: invalid-key-name, key-exists, sealed, records-not-written, records-unreadable. */
  async create(name: string): Promise<void> {
    if (!isKeyName(name)) throw new KeystoreError('invalid-key-name', 'a key name has 1 to 80 letters, digits, - and _')
    await this.#changes.run(async () => {
      if ((await this.#load(name)) !== undefined) throw new KeystoreError('key-exists', 'a key of this name exists', { keyName: name })
      const createdAtMs = Math.floor(this.#clock.nowMs())
      await this.#store(name, { isDisabled: false, createdAtMs, versions: [{ keyVersion: 1, createdAtMs, key: this.#random.bytes(keySizeBytes) }] })
    })
  }

  /** Adds a version, which wraps from now on; resolves to its number. Faults: no-such-key, too-many-versions, sealed and those of records. */
  async rotate(name: string): Promise<number> {
    return this.#change(name, (record) => {
      const keyVersion = (record.versions.at(-1)?.keyVersion ?? 0) + 1
      if (record.versions.length >= keyVersionsMax) throw new KeystoreError('too-many-versions', `a key has at most ${keyVersionsMax} versions`)
      const added = { keyVersion, createdAtMs: Math.floor(this.#clock.nowMs()), key: this.#random.bytes(keySizeBytes) }
      return [{ ...record, versions: [...record.versions, added] }, keyVersion]
    })
  }

  /** A disabled key neither makes nor opens data keys. Faults: no-such-key, sealed and those of records. */
  async setDisabled(name: string, isDisabled: boolean): Promise<void> {
    await this.#change(name, (record) => [{ ...record, isDisabled }, undefined])
  }

  /** In byte order. Faults: sealed, records-unreadable. */
  async names(): Promise<readonly string[]> {
    const paths = await this.#fromBarrier(() => this.#barrier.list(keysPrefix))
    return paths.map((path) => path.slice(keysPrefix.length))
  }

  async describe(name: string): Promise<NamedKeyInfo | undefined> {
    return (await this.#find(name))?.info
  }

  /** At once when the key is cached. Faults: no-such-key, key-disabled, sealed, records-unreadable. */
  generateDataKey(name: string, context: KeyContext): MaybePromise<DataKey> {
    const open = this.#open.get(name)
    return open === undefined ? this.#withKey(name, (found) => this.#generate(found, context)) : this.#generate(open, context)
  }

  /** The 32 bytes, the caller's to wipe. Faults: no-such-key, key-disabled, not-authentic, sealed, records-unreadable. */
  unwrapDataKey(name: string, wrapped: Uint8Array, context: KeyContext): MaybePromise<Uint8Array> {
    const open = this.#open.get(name)
    return open === undefined ? this.#withKey(name, (found) => this.#unwrap(found, wrapped, context)) : this.#unwrap(open, wrapped, context)
  }

  async #withKey<T>(name: string, use: (open: OpenNamedKey) => T): Promise<T> {
    for (;;) {
      const found = (await this.#find(name)) ?? noSuchKey(name)
      // Changed or pushed out in the moment before this goes on: what took its place is found then.
      if (!found.isWiped || this.#closed) return use(found)
    }
  }

  #generate(open: OpenNamedKey, context: KeyContext): DataKey {
    const wrapping = this.#wrappingOf(open)
    wrapping.left--
    const associatedData = encodeKeyContext(open.info.name, context)
    assert(associatedData !== undefined, 'a key context is small and well-formed')
    const plain = this.#random.bytes(keySizeBytes)
    const wrapped = sealValue(wrapping.key, plain, associatedData, this.#random, wrappedDataKeyHeadBytes)
    writeWrappedDataKeyHead(wrapped, wrapping)
    return { keyName: open.info.name, keyVersion: wrapping.keyVersion, plain, wrapped }
  }

  #unwrap(open: OpenNamedKey, wrapped: Uint8Array, context: KeyContext): Uint8Array {
    this.#refuseDisabled(open)
    const head = decodeWrappedDataKeyHead(wrapped)
    const version = open.versions.find((candidate) => candidate.keyVersion === head?.keyVersion)
    const associatedData = encodeKeyContext(open.info.name, context)
    if (head !== undefined && version !== undefined && associatedData !== undefined) {
      const { key, isCached } = keyForSalt(version, head.salt)
      const plain = openValue(key, wrapped.subarray(wrappedDataKeyHeadBytes), associatedData)
      if (plain !== undefined && !isCached) rememberSalt(version, head.salt, key)
      if (plain !== undefined) return plain
      if (!isCached) key.wipe()
    }
    throw new KeystoreError('not-authentic', 'the wrapped key does not open: other key, other context, or damaged', { keyName: open.info.name })
  }

  #wrappingOf(open: OpenNamedKey): NonNullable<OpenNamedKey['wrapping']> {
    this.#refuseDisabled(open)
    if (open.wrapping !== undefined && open.wrapping.left > 0) return open.wrapping
    const newest = open.versions.at(-1)
    assert(newest !== undefined, 'a named key has a version')
    const salt = this.#random.bytes(wrappingSaltBytes)
    const { key } = keyForSalt(newest, salt)
    rememberSalt(newest, salt, key)
    open.wrapping?.key.wipe()
    open.wrapping = { keyVersion: newest.keyVersion, salt, key: key.use(GcmKey.copyOf), left: dataKeysPerSalt }
    return open.wrapping
  }

  #refuseDisabled(open: OpenNamedKey): void {
    if (this.#closed) throw new KeystoreError('sealed', 'the keystore is sealed')
    if (open.info.isDisabled) throw new KeystoreError('key-disabled', 'the key is disabled', { keyName: open.info.name })
  }

  async #find(name: string): Promise<OpenNamedKey | undefined> {
    const cached = this.#open.get(name)
    if (cached !== undefined || !isKeyName(name)) return cached
    const record = await this.#load(name)
    // A change made meanwhile is already cached and newer than what was read.
    return this.#open.get(name) ?? (record === undefined ? undefined : this.#remember(name, record))
  }

  async #change<T>(name: string, toNext: (record: NamedKeyRecord) => readonly [NamedKeyRecord, T]): Promise<T> {
    return this.#changes.run(async () => {
      const record = (isKeyName(name) ? await this.#load(name) : undefined) ?? noSuchKey(name)
      const [next, answer] = toNext(record)
      await this.#store(name, next)
      return answer
    })
  }

  async #load(name: string): Promise<NamedKeyRecord | undefined> {
    const bytes = await this.#fromBarrier(() => this.#barrier.get(keysPrefix + name))
    if (bytes === undefined) return undefined
    const record = decodeNamedKey(bytes)
    bytes.fill(0)
    assert(record !== undefined, 'a named key that authenticates decodes')
    return record
  }

  /** Only what is durable is used. Wipes the record's keys. */
  async #store(name: string, record: NamedKeyRecord): Promise<void> {
    const bytes = encodeNamedKey(record)
    await this.#fromBarrier(() => this.#barrier.put(keysPrefix + name, bytes)).finally(() => bytes.fill(0))
    this.#remember(name, record)
  }

  #remember(name: string, record: NamedKeyRecord): OpenNamedKey {
    const versions = record.versions.map((version) => ({ keyVersion: version.keyVersion, key: HmacKey.own(version.key), bySalt: new Map<string, GcmKey>() }))
    const info = { name, createdAtMs: record.createdAtMs, isDisabled: record.isDisabled, versions: record.versions.map(({ keyVersion, createdAtMs }) => ({ keyVersion, createdAtMs })) }
    const open: OpenNamedKey = { info, versions, wrapping: undefined, isWiped: false }
    if (this.#closed) {
      wipeNamedKey(open)
      return open
    }
    this.#drop(name)
    if (this.#open.size >= cachedKeysMax) this.#drop(this.#open.keys().next().value ?? name)
    this.#open.set(name, open)
    return open
  }

  #drop(name: string): void {
    const open = this.#open.get(name)
    if (open !== undefined) wipeNamedKey(open)
    this.#open.delete(name)
  }

  async #fromBarrier<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof SecretStoreError) throw toKeystoreError(error)
      throw error
    }
  }
}

export function toKeystoreError(error: SecretStoreError): KeystoreError {
  switch (error.fault) {
    case 'sealed':
      return new KeystoreError('sealed', error.message, {}, error)
    case 'not-written':
    case 'too-large':
      return new KeystoreError('records-not-written', error.message, {}, error)
    case 'not-authentic':
    case 'not-readable':
      return new KeystoreError('records-unreadable', error.message, {}, error)
  }
}

function noSuchKey(name: string): never {
  throw new KeystoreError('no-such-key', 'no key of this name', isKeyName(name) ? { keyName: name } : {})
}

function keyForSalt(version: OpenVersion, salt: Uint8Array): { key: GcmKey; isCached: boolean } {
  const cached = version.bySalt.get(formatHex(salt))
  return { key: cached ?? GcmKey.own(deriveKeyWithFields(version.key, 'dataKeyWrapping', [salt])), isCached: cached !== undefined }
}

function wipeNamedKey(open: OpenNamedKey): void {
  open.isWiped = true
  open.wrapping?.key.wipe()
  open.wrapping = undefined
  for (const { key, bySalt } of open.versions) {
    key.wipe()
    for (const wrapping of bySalt.values()) wrapping.wipe()
  }
}

/** Only salts that opened something are kept: made-up ones cannot push the others out. */
function rememberSalt(version: OpenVersion, salt: Uint8Array, key: GcmKey): void {
  const { bySalt } = version
  const oldest = bySalt.size < cachedSaltsMax ? undefined : bySalt.entries().next().value
  if (oldest !== undefined) {
    bySalt.delete(oldest[0])
    oldest[1].wipe()
  }
  bySalt.set(formatHex(salt), key)
}
