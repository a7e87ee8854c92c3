// The appliance: carries out what the lifecycle decides. One at a time; every change of state is announced. It knows no HTTP and no Electron.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TaggedError } from '../base/tagged-error.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { RandomSource } from '../base/random.ts'
import type { Objects } from '../objects/index.ts'
import type { Codec } from '../payload/codec.ts'
import type { SharedSlab, SlotPool } from '../payload/shared-memory.ts'
import { connectDrive, formatSet, setDrivesMax, type FoundSet } from '../storage/erasure/index.ts'
import type { Keystore, KeystoreStatus, ShareCard, ShareVerdict } from '../keystore/index.ts'
import type { SecretStore } from '../seams/secret-store.ts'
import type { DriveFacts, StorageHealth } from '../seams/storage-backend.ts'
import type { Config } from './config-schema.ts'
import { findDriveCandidates, layOutDrives, type DriveCandidate, type DriveLayout } from './drive-candidates.ts'
import { checkDrives, eraseDrive, type CheckedDrive } from './drive-check.ts'
import { readDriveHints, writeDriveHints } from './drive-hints.ts'
import type { EncryptionDefault } from './encryption-setting.ts'
import { findStore, releaseDrives, type FoundStore } from './drive-search.ts'
import { watchPresence } from './presence-watch.ts'
import { nextLifecycle, type Lifecycle, type LifecycleEvent } from './lifecycle.ts'
import { openStore, type OpenStore } from './open-store.ts'
import { CurrentAccessKeys, makeRootCredentials, writeRootCredentials, type RootCredentials } from './root-credentials.ts'

export type ApplianceFault =
  | 'wrong-state' | 'drive-not-usable' | 'drives-missing' | 'format-failed' | 'start-failed' | 'bad-request'
export class ApplianceError extends TaggedError<ApplianceFault> {}

export interface ApplianceParts {
  readonly config: Config
  readonly slab: SharedSlab
  readonly slots: SlotPool
  readonly codec: Codec
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
}

export interface CreateStoreRequest {
  readonly name: string
  readonly drives: readonly string[]
  readonly parity?: number
  readonly shares: number
  readonly threshold: number
  readonly labels?: readonly string[]
  readonly rootUser?: string
  readonly rootSecret?: string
  readonly segmentSizeBytes?: number
}

export interface ApplianceView {
  readonly lifecycle: Lifecycle
  readonly keystore: KeystoreStatus | undefined
  readonly drivesFound: number
  readonly drivesExpected: number
  readonly refusedDrives: readonly { readonly path: string; readonly reason: string }[]
  readonly tooFewDrives: boolean
}

export class ApplianceCore {
  readonly accessKeys = new CurrentAccessKeys()
  readonly #parts: ApplianceParts
  readonly #listeners = new Set<() => void>()
  #lifecycle: Lifecycle = { state: 'fresh' }
  #found: FoundStore | undefined
  #open: OpenStore | undefined
  #chosenRoot: RootCredentials | undefined
  #root: RootCredentials | undefined
  #endPresence: () => void = () => undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: ApplianceParts) {
    this.#parts = parts
  }

  /** Finds the drives and reads the seal record; S3 stays closed. */
  async begin(): Promise<void> {
    mkdirSync(this.#parts.config.stateFolder, { recursive: true, mode: 0o700 })
    await this.#inTurn(() => this.#search())
  }

  view(): ApplianceView {
    const set = this.#found?.search.set
    return {
      lifecycle: this.#lifecycle,
      keystore: this.#found?.keystore?.status(),
      drivesFound: set?.slots.filter((slot) => slot !== undefined).length ?? 0,
      drivesExpected: set?.slots.length ?? 0,
      refusedDrives: this.#found?.search.refused ?? [],
      tooFewDrives: this.#found?.search.tooFew ?? false,
    }
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Only while serving. */
  objects(): Objects | undefined {
    return this.#lifecycle.state === 'serving' ? this.#open?.objects : undefined
  }

  /** Undefined while the store is closed. */
  async driveFacts(): Promise<DriveFacts | undefined> {
    return this.#open?.backend.drives?.facts()
  }

  keystore(): Keystore | undefined {
    return this.#found?.keystore
  }

  rootCredentials(): RootCredentials | undefined {
    return this.#root
  }

  /** Undefined while the store is closed. */
  health(): StorageHealth | undefined {
    return this.#open?.backend.health()
  }

  /** A part of the barrier; only while serving. */
  secrets(prefix: string): SecretStore | undefined {
    return this.#lifecycle.state === 'serving' ? this.#found?.keystore?.secrets(prefix) : undefined
  }

  /** Durable, and in force for the next request. Faults: wrong-state. */
  replaceRootCredentials(credentials: RootCredentials): Promise<void> {
    return this.#inTurn(async () => {
      const secrets = this.secrets('iam/')
      if (secrets === undefined) throw new ApplianceError('wrong-state', 'The store is closed.')
      if (this.#parts.config.rootUser !== undefined) throw new ApplianceError('wrong-state', 'The root credentials are set by the configuration; change them there.')
      await writeRootCredentials(secrets, credentials)
      this.#setRoot(credentials)
    })
  }

  /** Undefined while the store is closed. */
  encryption(): EncryptionDefault | undefined {
    return this.#open?.encryption.describe()
  }

  /** Durable, and in force for the next write. Faults: wrong-state. */
  setEncryptByDefault(encryptByDefault: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const setting = this.#open?.encryption
      if (setting === undefined) throw new ApplianceError('wrong-state', 'The store is closed.')
      if (setting.describe().fixedBy !== undefined) throw new ApplianceError('wrong-state', 'Encryption is set by the configuration; change it there.')
      await setting.set(encryptByDefault)
      this.#announce()
    })
  }

  /** Erases a store whose shares were never read back: nothing can be in it. Faults: wrong-state. */
  startOver(): Promise<void> {
    return this.#inTurn(async () => {
      const status = this.#found?.keystore?.status()
      const drives = (this.#found?.search.set?.slots ?? []).flatMap((slot) => (slot === undefined ? [] : [slot.connection]))
      const paths = drives.map((drive) => drive.path)
      if (status?.provenAtMs !== undefined || this.#open !== undefined || paths.length === 0 || this.#lifecycle.state === 'sealed') {
        throw new ApplianceError('wrong-state', 'Only a store that was never opened can be started over.')
      }
      // A forged seal record may call a full store unproven: what holds records is never erased.
      const logs = await Promise.all(drives.map((drive) => drive.startLog({})))
      await releaseDrives(this.#found)
      this.#found = undefined
      if (logs.some((log) => log.sequences.length > 0 || log.damagedRecords > 0)) {
        await this.#search()
        throw new ApplianceError('wrong-state', 'The drives hold records of a store that was open before. They are not erased.')
      }
      for (const path of paths) eraseDrive(path)
      this.#happen({ event: 'started-over' })
      await this.#search()
    })
  }

  findDrives(): DriveCandidate[] {
    return findDriveCandidates(this.#parts.config.drives)
  }

  layOut(paths: readonly string[], parity: number | undefined): DriveLayout | undefined {
    return layOutDrives(paths, parity)
  }

  checkDrives(paths: readonly string[]): CheckedDrive[] {
    return checkDrives(paths)
  }

  /** Formats the drives and makes the keys; the cards are given once. Faults: wrong-state, drive-not-usable, format-failed, and the keystore's. */
  create(request: CreateStoreRequest): Promise<readonly ShareCard[]> {
    return this.#inTurn(async () => {
      if (this.#lifecycle.state === 'fresh' && this.#found?.search.set !== undefined) {
        throw new ApplianceError('wrong-state', 'The drives were formatted by a set-up that was cut off before any key was made. Start over first.')
      }
      if (this.#lifecycle.state !== 'fresh') throw new ApplianceError('wrong-state', 'There is a store already.')
      const paths = request.drives.map((path) => resolve(path))
      if (paths.length > setDrivesMax) throw new ApplianceError('bad-request', `A set has at most ${setDrivesMax} drives, not ${paths.length}.`, { drives: paths.length })
      const parity = toParity(request.parity, this.#parts.config.storageClassStandard).parityShards
      if (parity !== undefined && parity > Math.floor(paths.length / 2)) {
        throw new ApplianceError('bad-request', `${paths.length} drives can have parity 0 to ${Math.floor(paths.length / 2)}, not ${parity}.`, { parity })
      }
      const bad = checkDrives(paths).find((drive) => !drive.usable)
      if (bad !== undefined) throw new ApplianceError('drive-not-usable', `${bad.path} can't be used: ${bad.warnings.join(', ')}.`, { path: bad.path })
      for (const path of paths) mkdirSync(path, { recursive: true })
      await this.#format(paths, request)
      writeDriveHints(this.#parts.config.stateFolder, paths)
      await this.#search()
      const { keystore, set } = this.#formatted()
      if (keystore === undefined || set === undefined) throw new ApplianceError('format-failed', 'The drives were formatted but could not be opened again.')
      const cards = await keystore.initialise({
        deploymentId: set.identity.deploymentId, storeName: request.name, shares: request.shares, threshold: request.threshold,
        ...(request.labels === undefined ? {} : { labels: request.labels }),
      })
      if (request.rootUser !== undefined || request.rootSecret !== undefined) {
        const made = makeRootCredentials(this.#parts.random, request.rootUser)
        this.#chosenRoot = request.rootSecret === undefined ? made : { ...made, secret: request.rootSecret }
      }
      if (this.#lifecycle.state === 'fresh') this.#happen({ event: 'created' })
      return cards
    })
  }

  /** A share from anybody; the last one needed starts the store and waits until it serves (or says why it does not). */
  submitShare(input: string): Promise<ShareVerdict> {
    return this.#inTurn(async () => {
      const keystore = this.#found?.keystore
      if (keystore === undefined) throw this.#noKeystore()
      const verdict = await keystore.submitShare(input)
      if (verdict.verdict === 'accepted') this.#happen({ event: 'share-accepted' })
      else if (verdict.verdict === 'opened') await this.#start(keystore)
      return verdict
    })
  }

  resetAttempt(): Promise<void> {
    return this.#inTurn(async () => {
      this.#found?.keystore?.resetAttempt()
      if (this.#lifecycle.state === 'unsealing') this.#happen({ event: 'attempt-ended' })
    })
  }

  /** Cuts S3, wipes the keys, reads the drives again. Faults: wrong-state. */
  seal(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#open === undefined && this.#lifecycle.state !== 'failed') throw new ApplianceError('wrong-state', 'The store is sealed already.')
      await this.#close()
      this.#happen({ event: 'sealed' })
      await this.#search()
    })
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#endPresence()
      await this.#close()
      await releaseDrives(this.#found)
      this.#found = undefined
      this.#happen({ event: 'stopped' })
    })
  }

  #formatted(): { keystore: Keystore | undefined; set: FoundSet | undefined } {
    return { keystore: this.#found?.keystore, set: this.#found?.search.set }
  }

  async #format(paths: readonly string[], request: CreateStoreRequest): Promise<void> {
    const { slab, random } = this.#parts
    const checked = checkDrives(paths)
    const connections = paths.map((path) => connectDrive(path, slab))
    try {
      await formatSet(connections.map((connection, index) => ({ connection, isFolder: checked[index]?.isFolder ?? true })), random, {
        ...toParity(request.parity, this.#parts.config.storageClassStandard),
        ...(request.segmentSizeBytes === undefined ? {} : { segmentSizeBytes: request.segmentSizeBytes }),
      })
    } catch (error) {
      throw new ApplianceError('format-failed', `A drive could not be formatted: ${error instanceof Error ? error.message : 'unknown reason'}.`, {}, error)
    } finally {
      for (const connection of connections) await connection.abandon()
    }
  }

  /** Looks for the drives anew: at start, after creating and after sealing. */
  async #search(): Promise<void> {
    this.#endPresence()
    // What was known is told on until the drives have answered.
    await releaseDrives(this.#found)
    const { config, slab, clock, random, logger } = this.#parts
    const paths = [...config.drives, ...readDriveHints(config.stateFolder)]
    const found = await findStore(paths, slab, clock, random).catch((error: unknown) => {
      this.#found = undefined
      throw error
    })
    this.#found = found
    this.#endPresence = watchPresence(found, paths, clock, () => { this.#drivesChanged() })
    for (const drive of found.search.refused) logger.warn('drive not used', { path: drive.path, reason: drive.reason })
    const status = found.keystore?.status()
    const set = found.search.set
    if (set !== undefined && config.drives.length > 0) {
      writeDriveHints(config.stateFolder, set.slots.flatMap((slot) => (slot === undefined ? [] : [slot.connection.path])))
    }
    found.keystore?.watch(() => { this.#keystoreChanged() })
    if (this.#lifecycle.state === 'fresh' && set !== undefined) {
      // A set whose keystore was never initialised (killed in between) holds nothing: it is taken up again by `create`.
      if (status === undefined) this.#happen({ event: 'found-store', proven: true })
      else if (status.state !== 'uninitialised') this.#happen({ event: 'found-store', proven: status.provenAtMs !== undefined })
    }
    this.#announce()
  }

  /** While closed. Shares that were entered are not given up for it: the next look comes after the attempt. */
  #drivesChanged(): void {
    const seen = this.#found
    this.#inTurn(async () => {
      const { state } = this.#lifecycle
      if (this.#found === seen && this.#open === undefined && (state === 'fresh' || state === 'sealed' || state === 'unverified')) await this.#search()
    }).catch((error: unknown) => { this.#parts.logger.error('looking for drives failed', { reason: error instanceof Error ? error.message : 'unknown' }) })
  }

  async #start(keystore: Keystore): Promise<void> {
    this.#endPresence()
    const { config, slots, codec, clock, random, logger } = this.#parts
    const set = this.#found?.search.set
    if (set === undefined) throw this.#noKeystore()
    this.#happen({ event: 'opened' })
    try {
      this.#open = await openStore({
        keystore, set, slots, codec, clock, random, logger,
        catalogueFile: join(config.stateFolder, `catalogue-${set.identity.deploymentId}.db`),
        configuredEncryption: config.encryptByDefault,
        configuredRoot: config.rootUser === undefined || config.rootPassword === undefined ? undefined : { accessKeyId: config.rootUser, secret: config.rootPassword },
        chosenRoot: this.#chosenRoot,
        onStage: (stage, fraction) => { this.#happen({ event: 'stage', stage, fraction }) },
      })
    } catch (error) {
      const stage = this.#lifecycle.state === 'starting' ? this.#lifecycle.stage : 'drives'
      const reason = error instanceof Error ? error.message : 'unknown reason'
      logger.error('start failed', { stage, reason })
      this.#happen({ event: 'stage-failed', stage, reason })
      return
    }
    this.#chosenRoot = undefined
    this.#setRoot(this.#open.root)
    this.#open.backend.watchHealth(() => { this.#announce() })
    this.#happen({ event: 'started' })
    logger.info('serving', { drives: set.slots.length })
  }

  #setRoot(credentials: RootCredentials | undefined): void {
    this.#root = credentials
    this.accessKeys.set(credentials)
  }

  async #close(): Promise<void> {
    this.#setRoot(undefined)
    const open = this.#open
    this.#open = undefined
    await open?.close()
    this.#found?.keystore?.seal()
  }

  /** An attempt that ended by itself (idle, failed) leads back. */
  #keystoreChanged(): void {
    const attempt = this.#found?.keystore?.status().attempt
    if (this.#lifecycle.state === 'unsealing' && attempt === undefined && this.#found?.keystore?.status().state !== 'unsealed') this.#happen({ event: 'attempt-ended' })
    this.#announce()
  }

  #noKeystore(): ApplianceError {
    const view = this.view()
    if (view.tooFewDrives) {
      return new ApplianceError('drives-missing', `${view.drivesExpected - view.drivesFound} of ${view.drivesExpected} drives are missing. Connect more of them; they are noticed within seconds.`, { found: view.drivesFound, expected: view.drivesExpected })
    }
    return new ApplianceError('wrong-state', 'There is no store yet.')
  }

  #happen(event: LifecycleEvent): void {
    const transition = nextLifecycle(this.#lifecycle, event)
    if (transition === undefined) return
    this.#lifecycle = transition.next
    this.#announce()
  }

  #announce(): void {
    for (const listener of this.#listeners) listener()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

/** As asked, else by the configuration's EC:N, else the engine's table. */
function toParity(asked: number | undefined, storageClass: string | undefined): { readonly parityShards?: number } {
  if (asked !== undefined) return { parityShards: asked }
  return storageClass === undefined ? {} : { parityShards: Number(storageClass.slice('EC:'.length)) }
}
