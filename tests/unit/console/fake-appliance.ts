// The console's ports over a real keystore and a real object layer, both in memory: what the console and the command line need, without drives.
import { byteSourceOf } from '../../../src-main/base/byte-stream.ts'
import { systemClock, type Clock } from '../../../src-main/base/clock.ts'
import { silentLogger, type Logger } from '../../../src-main/base/logger.ts'
import { systemRandom } from '../../../src-main/base/random.ts'
import { openConsole, type CheckedDrive, type Console, type CreateRequest, type RootCredentials, type StoreLifecycle, type StorePort, type StoreView } from '../../../src-main/console/index.ts'
import { openKeystore, type Keystore, type ShareCard, type ShareVerdict } from '../../../src-main/keystore/index.ts'
import { openObjects, type Objects, type PutObjectRequest } from '../../../src-main/objects/index.ts'
import type { SecretStore } from '../../../src-main/seams/secret-store.ts'
import type { DriveFacts, StorageHealth } from '../../../src-main/seams/storage-backend.ts'
import { TaggedError } from '../../../src-main/base/tagged-error.ts'
import { openMemoryKeyStore } from '../../support/memory-key-store.ts'
import { openMemoryStorage } from '../../support/memory-storage.ts'
import { openMemoryRecordStore } from '../../support/memory-record-store.ts'
import { openMemorySealStore } from '../../support/memory-seal-store.ts'

export class FakeStore implements StorePort {
  /** Of the next shares. */
  refusal: TaggedError<string> | undefined
  /** Where the start ends instead of serving. */
  startFails: StoreLifecycle | undefined
  lifecycle: StoreLifecycle = { state: 'fresh' }
  storageHealth: StorageHealth = 'ok'
  tooFewDrives = false
  encryptByDefault = true
  /** A certificate that was put in place. */
  installed: string | undefined
  draft: unknown
  /** Thrown by the next call of `listBuckets`. */
  bug: Error | undefined
  created: CreateRequest | undefined
  readonly #clock: Clock
  readonly #listeners = new Set<() => void>()
  readonly #records = openMemoryRecordStore()
  readonly #objects: Objects
  #keystore: Keystore | undefined
  #root: RootCredentials = { accessKeyId: 'CFFAKEROOT', secret: 'made-by-the-appliance-made-by-the-applia' }

  constructor(clock: Clock) {
    this.#clock = clock
    const settings = { isOn: () => this.encryptByDefault, get encryptByDefault() { return this.isOn() } }
    this.#objects = openObjects({ storage: openMemoryStorage(clock), keyStore: openMemoryKeyStore('coffer-default'), clock, random: systemRandom, settings })
  }

  view(): StoreView {
    const count = this.created?.drives.length ?? 0
    return {
      lifecycle: this.lifecycle, keystore: this.lifecycle.state === 'fresh' ? undefined : this.#keystore?.status(),
      drivesFound: this.tooFewDrives ? 1 : count, drivesExpected: count, refusedDrives: [], tooFewDrives: this.tooFewDrives,
    }
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  move(lifecycle: StoreLifecycle): void {
    this.lifecycle = lifecycle
    for (const listener of this.#listeners) listener()
  }

  health(): StorageHealth | undefined {
    return this.lifecycle.state === 'serving' ? this.storageHealth : undefined
  }

  async driveFacts(): Promise<DriveFacts | undefined> {
    if (this.lifecycle.state !== 'serving') return undefined
    const drives = (this.created?.drives ?? []).map((path, slot) => ({
      driveId: `drive-${slot}`, slot, path, state: slot === 0 && this.storageHealth !== 'ok' ? ('missing' as const) : ('ok' as const),
      reason: slot === 0 && this.storageHealth !== 'ok' ? 'not found' : '', freeBytes: 6e12, totalBytes: 8e12, isFolder: false, readErrors: 0, writeErrors: 0,
    }))
    return {
      health: this.storageHealth, drives, dataShards: 2, parityShards: 2, readLossesLeft: 2, writeLossesLeft: 1,
      space: { usableFreeBytes: 12e12, usableTotalBytes: 16e12, rawFreeBytes: 24e12, rawTotalBytes: 32e12 },
      heal: { running: false, recordsDone: 0, recordsTotal: 0, bytesDone: 0, failed: 0 }, damageFound: 0, damageRepaired: 0,
    }
  }

  objects(): ReturnType<StorePort['objects']> {
    if (this.lifecycle.state !== 'serving') return undefined
    const { bug } = this
    return bug === undefined ? this.#objects : { ...this.#objects, listBuckets: () => Promise.reject(bug) }
  }

  /** An object as an S3 client would have put it. */
  async put(bucket: string, name: string, bytes: Uint8Array, more: Partial<PutObjectRequest> = {}): Promise<void> {
    const body = { size: bytes.byteLength, source: byteSourceOf(bytes), digests: { payloadSha256: false, md5Announced: false }, expected: () => ({}) }
    await this.#objects.putObject({ bucket, name, body, headers: {}, userMetadata: {}, condition: {}, ...more }, new AbortController().signal)
  }

  secrets(): SecretStore | undefined {
    return this.lifecycle.state === 'serving' ? this.#keystore?.secrets('console/') : undefined
  }

  findDrives(): ReturnType<StorePort['findDrives']> {
    return this.checkDrives(['/mnt/1', '/mnt/folder']).map((drive) => ({ ...drive, fileSystem: 'ext4', isRoot: false, configured: true }))
  }

  layOut(paths: readonly string[], parity: number | undefined): ReturnType<StorePort['layOut']> {
    if (parity !== undefined && parity > paths.length / 2) return undefined
    return { drives: this.checkDrives(paths), parityDefault: 1, parityMax: Math.floor(paths.length / 2), options: [] }
  }

  checkDrives(paths: readonly string[]): readonly CheckedDrive[] {
    const warningsOf = (path: string): CheckedDrive['warnings'] => (/new|far/.test(path) ? ['not-there'] : path.includes('full') ? ['not-empty'] : path.includes('folder') ? ['folder'] : [])
    return paths.map((path) => ({ path, usable: !/full|far/.test(path), warnings: warningsOf(path), freeBytes: 8e12, totalBytes: 8e12, isFolder: path.includes('folder'), device: path }))
  }

  async create(request: CreateRequest): Promise<readonly ShareCard[]> {
    if (this.lifecycle.state !== 'fresh') throw new TaggedError('wrong-state', 'There is a store already.')
    this.#keystore = await openKeystore({ sealStore: openMemorySealStore(), clock: this.#clock, random: systemRandom })
    const cards = await this.#keystore.initialise({
      deploymentId: 'fake-deployment', storeName: request.name, shares: request.shares, threshold: request.threshold, ...(request.labels === undefined ? {} : { labels: request.labels }),
    })
    this.created = request
    this.move({ state: 'unverified' })
    return cards
  }

  async startOver(): Promise<void> {
    if (this.lifecycle.state !== 'unverified') throw new TaggedError('wrong-state', 'The shares were proven already.')
    this.#keystore?.close()
    this.move({ state: 'fresh' })
  }

  async submitShare(share: string): Promise<ShareVerdict> {
    if (this.refusal !== undefined) throw this.refusal
    if (this.#keystore === undefined) throw new TaggedError('wrong-state', 'There is no store yet.')
    const proving = this.lifecycle.state === 'unverified' || this.lifecycle.proving === true
    const verdict = await this.#keystore.submitShare(share)
    if (verdict.verdict === 'accepted') this.move({ state: 'unsealing', proving })
    if (verdict.verdict === 'opened') {
      await this.#keystore.attachRecords(this.#records)
      this.move(this.startFails ?? { state: 'serving' })
    }
    return verdict
  }

  async resetAttempt(): Promise<void> {
    this.#keystore?.resetAttempt()
    if (this.lifecycle.state === 'unsealing') this.move({ state: this.lifecycle.proving === true ? 'unverified' : 'sealed' })
  }

  async seal(): Promise<void> {
    if (this.lifecycle.state !== 'serving') throw new TaggedError('wrong-state', 'The store is sealed already.')
    this.#keystore?.seal()
    this.move({ state: 'sealed' })
  }

  encryption(): ReturnType<StorePort['encryption']> {
    return this.lifecycle.state === 'serving' ? { encryptByDefault: this.encryptByDefault, keyName: 'coffer-default' } : undefined
  }

  async setEncryptByDefault(encryptByDefault: boolean): Promise<void> {
    this.encryptByDefault = encryptByDefault
  }

  rootCredentials(): RootCredentials | undefined {
    return this.lifecycle.state === 'serving' ? this.#root : undefined
  }

  async replaceRootCredentials(credentials: RootCredentials): Promise<void> {
    this.#root = credentials
  }

  close(): void {
    this.#keystore?.close()
  }
}

export interface FakeAppliance {
  readonly store: FakeStore
  readonly console: Console
  close(): void
}

/** `passwordCost` is the cheapest there is. */
export function openFakeAppliance(options: { readonly clock?: Clock; readonly logger?: Logger; readonly rendererFolder?: string } = {}): FakeAppliance {
  const clock = options.clock ?? systemClock
  const store = new FakeStore(clock)
  const console = openConsole({
    store, clock, random: systemRandom, logger: options.logger ?? silentLogger,
    certificates: {
      authorityCertificate: () => '-----BEGIN CERTIFICATE-----\nfake\n-----END CERTIFICATE-----\n',
      status: () => ({ kind: 'lan-authority', authorityFingerprint: 'AA:BB:CC', daysLeft: 397, problems: [], names: ['studio.local', '192.0.2.3'] }),
      checkOwn: (certificatePem) => [{ code: 'readable', ok: certificatePem.startsWith('-----BEGIN'), text: 'read' }],
      installOwn: async (certificatePem) => { store.installed = certificatePem },
    },
    site: {
      version: '0.1.0', region: 'us-east-1', authorityFile: '/state/certs/CAs/coffer-ca.crt',
      endpoints: () => ({ s3: 'https://studio.local:9000', console: 'https://studio.local:9001' }),
      hostNames: () => ['studio', 'studio.local'],
      network: () => ({ addresses: [{ interfaceName: 'eth0', address: '192.0.2.3' }], listeners: [{ name: 's3', address: '0.0.0.0', port: 9000, state: 'listening' }], s3Tls: true }),
    },
    draft: { read: () => store.draft, save: (draft) => { store.draft = draft }, remove: () => { store.draft = undefined } },
    passwordCost: { memoryKib: 8, passes: 1 },
    ...(options.rendererFolder === undefined ? {} : { rendererFolder: options.rendererFolder }),
  })
  return {
    store, console,
    close: () => {
      console.close()
      store.close()
    },
  }
}
