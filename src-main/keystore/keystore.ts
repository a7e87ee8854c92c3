// The keystore's public life. Rule: what is in the seal record is always enough for the holders of valid cards, whenever the process is
// killed: nothing is used before it is durable, and old cards stay valid until new ones have been read back.
import { equalBytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import { CryptoError } from '../crypto/crypto-error.ts'
import type { GcmKey } from '../crypto/gcm.ts'
import { keySizeBytes } from '../crypto/key-derivation.ts'
import { SecretBytes } from '../crypto/secret-bytes.ts'
import { defaultKeyName } from '../seams/key-store.ts'
import type { RecordStore } from '../seams/record-store.ts'
import { SealStoreError, type SealStore } from '../seams/seal-store.ts'
import type { SecretStore } from '../seams/secret-store.ts'
import { openBarrierView } from './barrier/barrier-view.ts'
import { Keyring, type DerivedKeys } from './barrier/keyring.ts'
import { termsMax } from './format/keyring-record.ts'
import { decodeSealRecord, encodeSealRecord, shareGenerationMax, type SealRecord, type SealRecordHead, type ShareSet } from './format/seal-record.ts'
import type { ShareCard } from './format/share-card.ts'
import { parseShareInput } from './seal/share-input.ts'
import { describeStatus } from './keystore-status.ts'
import { KeystoreError } from './keystore-error.ts'
import type { InitialiseRequest, KeyStatus, Keystore, KeystoreStatus, ShareCheckResult, ShareVerdict } from './keystore-types.ts'
import { NamedKeys } from './named-keys.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { openBarrier } from './open-barrier.ts'
import { OpenSession } from './open-session.ts'
import { addFormer, newestShareGeneration, openKeyring, sealKeyring } from './seal/seal-record-keys.ts'
import { checkSharesWanted, combineUnsealKey, issueShares, rewrapRootKey, unwrapRootKey, type SharesWanted } from './seal/shamir-seal.ts'
import { recogniseShare, type KnownShare } from './seal/share-collection.ts'
import { UnsealAttempt } from './seal/unseal-attempt.ts'
import { toFacts, toRefusal } from './share-facts.ts'
import { checkNames } from './store-names.ts'

/** Half of the 2^32 random nonces that one key stands (NIST SP 800-38D §8.3). */
const encryptionsBeforeRotation = 2 ** 31

export interface KeystoreParts {
  readonly sealStore: SealStore
  readonly clock: Clock
  readonly random: RandomSource
}

type NextHead = Omit<SealRecordHead, 'generation'>

/** Reads the seal record; sealed or uninitialised afterwards. Faults: seal-record-damaged, seal-record-unknown-version. */
export async function openKeystore(parts: KeystoreParts): Promise<Keystore> {
  const keystore = new ShamirKeystore(parts)
  await keystore.reload()
  return keystore
}

class ShamirKeystore implements Keystore {
  readonly #parts: KeystoreParts
  readonly #changes = new OneAtATime()
  readonly #listeners = new Set<() => void>()
  #record: SealRecord | undefined
  /** Highest generation ever handed to the SealStore: one that failed may yet turn up, so it is never used again. */
  #generationTried = 0
  #attempt: UnsealAttempt | undefined
  #session: OpenSession | undefined
  /** Counts seals, so that an opening under way notices one. */
  #seals = 0

  constructor(parts: KeystoreParts) {
    this.#parts = parts
  }

  status(): KeystoreStatus {
    return describeStatus(this.#record?.head, this.#session !== undefined, this.#attempt)
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async reload(): Promise<void> {
    await this.#changes.run(() => this.#readRecord())
  }

  async initialise(request: InitialiseRequest): Promise<readonly ShareCard[]> {
    checkSharesWanted(request)
    checkNames(request)
    return this.#changes.run(async () => {
      await this.#readRecord()
      if (this.#record !== undefined) throw new KeystoreError('already-initialised', 'the store is already initialised')
      const { deploymentId, storeName } = request
      return this.#writeNewStore(request, { deploymentId, storeName, createdAtMs: this.#nowMs(), former: [] }, 1)
    })
  }

  async submitShare(input: string | Uint8Array): Promise<ShareVerdict> {
    return this.#changes.run(async () => {
      const { head } = this.#initialised()
      const parsed = parseShareInput(input)
      if (parsed.result !== 'share') return toRefusal(parsed)
      try {
        const recognised = recogniseShare(head, parsed.share, parsed.envelope)
        if (recognised.verdict !== 'known') return recognised
        return await this.#takeShare(recognised, parsed.share)
      } finally {
        parsed.share.fill(0)
      }
    })
  }

  checkShare(input: string | Uint8Array): ShareCheckResult {
    const { head } = this.#initialised()
    const parsed = parseShareInput(input)
    if (parsed.result !== 'share') return toRefusal(parsed)
    const recognised = recogniseShare(head, parsed.share, parsed.envelope)
    parsed.share.fill(0)
    if (recognised.verdict !== 'known') return recognised
    return { verdict: 'good', ...toFacts(recognised), isPending: recognised.set === head.pending }
  }

  resetAttempt(): void {
    this.#attempt?.end()
    this.#attempt = undefined
    this.#notify()
  }

  async reissueShares(wanted: SharesWanted): Promise<readonly ShareCard[]> {
    checkSharesWanted(wanted)
    return this.#changes.run(async () => {
      if (this.#session === undefined) await this.#readRecord()
      const { head } = this.#initialised()
      const generation = newestShareGeneration(head) + 1
      if (generation > shareGenerationMax) throw new KeystoreError('bad-shape', 'shares were issued too often')
      if (this.#session !== undefined) return this.#addPendingShares(this.#session, wanted, head, generation)
      if (head.provenAtMs > 0) throw new KeystoreError('sealed', 'shares can be issued again only while the store is open')
      return this.#writeNewStore(wanted, { ...head, former: addFormer(head.former, head.current) }, generation)
    })
  }

  async cancelReissue(): Promise<void> {
    await this.#changes.run(async () => {
      const session = this.#open()
      const { head } = this.#initialised()
      if (head.pending === undefined) throw new KeystoreError('no-reissue-pending', 'no new cards are waiting')
      await this.#write({ ...head, pending: undefined, former: addFormer(head.former, head.pending) }, session.rootKey, session.keyring, session.encryptions)
      this.resetAttempt()
    })
  }

  derivedKeys(): DerivedKeys {
    return this.#open().keyring.derivedKeys()
  }

  async attachRecords(records: RecordStore): Promise<void> {
    await this.#changes.run(async () => {
      const session = this.#open()
      if (session.barrier !== undefined) throw new KeystoreError('unsealed', 'the records are attached already')
      const barrier = await openBarrier(records, session.keyring, this.#parts.random)
      const namedKeys = new NamedKeys(barrier, this.#parts.clock, this.#parts.random)
      session.whenClosed(() => {
        barrier.close()
        namedKeys.close()
      })
      const { head } = this.#initialised()
      const hasDefaultKey = (await namedKeys.describe(defaultKeyName)) !== undefined
      if (!hasDefaultKey && head.recordsBegun) throw new KeystoreError('records-missing', 'the store had keys, and its records show none')
      if (!hasDefaultKey) await namedKeys.create(defaultKeyName)
      if (!head.recordsBegun) await this.#write({ ...head, recordsBegun: true }, session.rootKey, session.keyring, barrier.encryptions)
      session.assertOpen()
      session.barrier = barrier
      session.namedKeys = namedKeys
    })
    this.#notify()
  }

  secrets(prefix: string): SecretStore {
    return openBarrierView(prefix, () => this.#session?.barrier)
  }

  namedKeys(): NamedKeys {
    const namedKeys = this.#session?.namedKeys
    if (namedKeys === undefined) throw new KeystoreError('sealed', 'the keystore is sealed')
    return namedKeys
  }

  keyStatus(): KeyStatus {
    const session = this.#open()
    const { term, installedAtMs } = session.keyring.newest
    const encryptions = session.encryptions
    return { term, installedAtMs, encryptions, rotationDue: encryptions >= encryptionsBeforeRotation }
  }

  async rotateKeyring(): Promise<number> {
    return this.#changes.run(async () => {
      const session = this.#open()
      if (session.keyring.termCount >= termsMax) throw new KeystoreError('too-many-versions', `a keyring has at most ${termsMax} terms`)
      const next = session.keyring.withNewTerm(this.#parts.random, this.#nowMs(), session.encryptions)
      try {
        await this.#write(this.#initialised().head, session.rootKey, next, 0)
      } catch (error) {
        next.wipe()
        throw error
      }
      session.replaceKeyring(next)
      return next.newest.term
    })
  }

  seal(): void {
    this.#seals++
    this.#session?.close()
    this.#session = undefined
    this.resetAttempt()
  }

  close(): void {
    this.seal()
    this.#listeners.clear()
  }

  /** Adds a known share to the attempt; at the threshold the attempt ends, whatever comes of it. */
  async #takeShare(known: KnownShare, share: Uint8Array): Promise<ShareVerdict> {
    const { set, shareNumber } = known
    const { head } = this.#initialised()
    if (this.#session !== undefined && set !== head.pending) {
      await this.#noteProven(this.#session, shareNumber)
      return { verdict: 'already-open', ...toFacts(known) }
    }
    const attempt = (this.#attempt ??= new UnsealAttempt(this.#parts.clock, this.#parts.random, () => this.resetAttempt()))
    attempt.touch()
    const isNew = attempt.shares.add(set.generation, shareNumber, share)
    const progress = attempt.shares.progress(set.generation)
    if (progress < set.threshold) {
      this.#notify()
      const { nonce, code } = attempt
      return { verdict: isNew ? 'accepted' : 'duplicate', ...toFacts(known), progress, threshold: set.threshold, nonce, code }
    }
    try {
      const verdict = this.#session === undefined ? await this.#openStore(set, attempt) : await this.#confirmReissue(this.#session, set, attempt)
      return { verdict, ...toFacts(known) }
    } finally {
      this.resetAttempt()
    }
  }

  /** A good card of a store that is open. When it can't be recorded now, the next one tries again. */
  async #noteProven(session: OpenSession, shareNumber: number): Promise<void> {
    session.provenShares = new Set([...session.provenShares, shareNumber])
    const { head } = this.#initialised()
    const provenShares = session.provenShares.size
    if (provenShares <= head.provenShares) return
    await this.#write({ ...head, provenShares }, session.rootKey, session.keyring, session.encryptions).catch((error: unknown) => {
      if (!(error instanceof KeystoreError && error.fault === 'not-written')) throw error
    })
  }

  async #openStore(set: ShareSet, attempt: UnsealAttempt): Promise<'opened'> {
    const record = this.#initialised()
    const seals = this.#seals
    const shareNumbers = attempt.shares.shareNumbers(set.generation)
    const { rootKey, unsealKey } = unlock(record, set, attempt)
    let session: OpenSession | undefined
    try {
      session = new OpenSession(rootKey, openKeyring(record, rootKey) ?? damaged())
      const proven = record.head.provenAtMs > 0 ? record.head : { ...record.head, provenAtMs: this.#nowMs(), provenShares: shareNumbers.length }
      if (set === record.head.pending) await this.#putInForce(session, proven, set, unsealKey, shareNumbers)
      else if (proven !== record.head) await this.#write(proven, session.rootKey, session.keyring, session.encryptions)
      if (seals !== this.#seals) throw new KeystoreError('sealed', 'the keystore was sealed while it opened')
    } catch (error) {
      rootKey.wipe()
      session?.close()
      throw error
    } finally {
      unsealKey.wipe()
    }
    session.provenShares = new Set(shareNumbers)
    this.#session = session
    return 'opened'
  }

  async #confirmReissue(session: OpenSession, set: ShareSet, attempt: UnsealAttempt): Promise<'reissue-confirmed'> {
    const record = this.#initialised()
    const { rootKey, unsealKey } = unlock(record, set, attempt)
    try {
      const isLive = rootKey.use((found) => session.rootKey.use((live) => equalBytes(found, live)))
      rootKey.wipe()
      if (!isLive) damaged()
      await this.#putInForce(session, record.head, set, unsealKey, attempt.shares.shareNumbers(set.generation))
      return 'reissue-confirmed'
    } finally {
      unsealKey.wipe()
    }
  }

  /** The pending cards become the current ones, under a root key that the old cards never opened. */
  async #putInForce(session: OpenSession, head: NextHead, set: ShareSet, unsealKey: GcmKey, shareNumbers: readonly number[]): Promise<void> {
    const rootKey = SecretBytes.own(this.#parts.random.bytes(keySizeBytes))
    try {
      const current = rootKey.use((bytes) => rewrapRootKey(set, unsealKey, bytes, head.deploymentId, this.#parts.random))
      await this.#write({ ...head, provenShares: shareNumbers.length, current, pending: undefined, former: addFormer(head.former, head.current) }, rootKey, session.keyring, session.encryptions)
    } catch (error) {
      rootKey.wipe()
      throw error
    }
    session.replaceRootKey(rootKey)
    session.provenShares = new Set(shareNumbers)
  }

  async #addPendingShares(session: OpenSession, wanted: SharesWanted, head: SealRecordHead, generation: number): Promise<readonly ShareCard[]> {
    const facts = { deploymentId: head.deploymentId, storeName: head.storeName, generation, nowMs: this.#nowMs() }
    const { set, cards } = session.rootKey.use((rootKey) => issueShares(wanted, facts, rootKey, this.#parts.random))
    const former = head.pending === undefined ? head.former : addFormer(head.former, head.pending)
    return this.#giveOut(cards, () => this.#write({ ...head, pending: set, former }, session.rootKey, session.keyring, session.encryptions))
  }

  /** Keys from nothing, sealed under new shares. Only where nothing has ever been stored. */
  async #writeNewStore(wanted: SharesWanted, base: Pick<SealRecordHead, 'deploymentId' | 'storeName' | 'createdAtMs' | 'former'>, generation: number): Promise<readonly ShareCard[]> {
    const { random } = this.#parts
    const nowMs = this.#nowMs()
    const keyring = Keyring.create(random, nowMs)
    using rootKey = SecretBytes.own(random.bytes(keySizeBytes))
    const { set, cards } = rootKey.use((bytes) => issueShares(wanted, { ...base, generation, nowMs }, bytes, random))
    const { deploymentId, storeName, createdAtMs, former } = base
    const head = { deploymentId, storeName, createdAtMs, former, provenAtMs: 0, provenShares: 0, recordsBegun: false, current: set, pending: undefined }
    return await this.#giveOut(cards, () => this.#write(head, rootKey, keyring, 0).finally(() => keyring.wipe()))
  }

  /** Cards leave only when they are good for something. */
  async #giveOut(cards: readonly ShareCard[], write: () => Promise<void>): Promise<readonly ShareCard[]> {
    try {
      await write()
    } catch (error) {
      for (const card of cards) card.share.wipe()
      throw error
    }
    this.resetAttempt()
    return cards
  }

  async #write(next: NextHead, rootKey: SecretBytes, keyring: Keyring, encryptions: number): Promise<void> {
    const generation = Math.max(this.#generationTried, this.#record?.head.generation ?? 0) + 1
    this.#generationTried = generation
    const record = sealKeyring({ ...next, generation }, rootKey, keyring, encryptions, this.#parts.random)
    try {
      await this.#parts.sealStore.write(generation, encodeSealRecord(record.headBytes, record.sealedKeyring))
    } catch (error) {
      if (error instanceof SealStoreError) throw new KeystoreError('not-written', 'the seal record did not become durable', {}, error)
      throw error
    }
    this.#record = record
    this.#notify()
  }

  async #readRecord(): Promise<void> {
    if (this.#session !== undefined) return
    const stored = await this.#parts.sealStore.read().catch((error: unknown) => {
      if (error instanceof SealStoreError) throw new KeystoreError('seal-record-damaged', 'no valid copy of the seal record', {}, error)
      throw error
    })
    if (stored !== undefined && stored.generation >= (this.#record?.head.generation ?? 0)) {
      this.#generationTried = Math.max(this.#generationTried, stored.generation)
      const record = decodeSealRecord(stored.bytes)
      if (record === 'unknown-version') throw new KeystoreError('seal-record-unknown-version', 'the seal record was written by a newer version')
      if (record?.head.generation !== stored.generation) damaged()
      this.#record = record
    }
    this.#notify()
  }

  #initialised(): SealRecord {
    if (this.#record === undefined) throw new KeystoreError('not-initialised', 'the store is not initialised')
    return this.#record
  }

  #open(): OpenSession {
    if (this.#session === undefined) throw new KeystoreError('sealed', 'the keystore is sealed')
    return this.#session
  }

  #nowMs(): number {
    return Math.max(1, Math.floor(this.#parts.clock.nowMs()))
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

function damaged(): never {
  throw new KeystoreError('seal-record-damaged', 'the seal record does not open: it was damaged or changed')
}

/** Every share fitted its check, so a root key that does not unwrap means that the record was changed. */
function unlock(record: SealRecord, set: ShareSet, attempt: UnsealAttempt): { rootKey: SecretBytes; unsealKey: GcmKey } {
  try {
    const unsealKey = attempt.shares.use(set.generation, (shares) => combineUnsealKey(set, shares))
    return { unsealKey, rootKey: unwrapRootKey(set, unsealKey, record.head.deploymentId) ?? damaged() }
  } catch (error) {
    if (error instanceof CryptoError) damaged()
    throw error
  }
}
