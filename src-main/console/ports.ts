// What the console needs from the appliance, as small interfaces: the appliance implements them, tests fake them.
import type { LifecycleName } from '../contract/appliance-state.ts'
import type { startStages } from '../contract/state.ts'
import type { DriveWarning } from '../contract/setup-drives.ts'
import type { KeystoreStatus, ShareCard, ShareVerdict } from '../keystore/index.ts'
import type { Objects } from '../objects/index.ts'
import type { SecretStore } from '../seams/secret-store.ts'
import type { DriveFacts, StorageHealth } from '../seams/storage-backend.ts'

export type StartStage = (typeof startStages)[number]

export interface StoreLifecycle {
  readonly state: LifecycleName
  /** Starting and failed. */
  readonly stage?: StartStage
  readonly fraction?: number
  /** Failed: for people. */
  readonly reason?: string
  /** Unsealing: the store was never opened before. */
  readonly proving?: boolean
}

export interface StoreView {
  readonly lifecycle: StoreLifecycle
  /** Undefined: no drives of a store, or too few. */
  readonly keystore: KeystoreStatus | undefined
  readonly drivesFound: number
  readonly drivesExpected: number
  readonly refusedDrives: readonly { readonly path: string; readonly reason: string }[]
  readonly tooFewDrives: boolean
}

export interface CheckedDrive {
  readonly path: string
  readonly usable: boolean
  readonly warnings: readonly DriveWarning[]
  readonly freeBytes: number
  readonly totalBytes: number
  readonly isFolder: boolean
  /** Equal for two folders on one device; empty when not known. */
  readonly device: string
}

export interface CreateRequest {
  readonly name: string
  readonly drives: readonly string[]
  readonly parity?: number
  readonly shares: number
  readonly threshold: number
  readonly labels?: readonly string[]
  readonly rootUser?: string
  readonly rootSecret?: string
}

export interface RootCredentials {
  readonly accessKeyId: string
  readonly secret: string
}

export interface EncryptionDefault {
  readonly encryptByDefault: boolean
  readonly keyName: string
  readonly fixedBy?: 'configuration'
}

/** Refusals are TaggedErrors with the faults in `errors.ts`: wrong-state, drive-not-usable, drives-missing, format-failed, bad-request, and those of keystore and objects. */
export interface StorePort {
  view(): StoreView
  /** Calls back after every change of what `view` or `health` tell; the result ends it. */
  watch(listener: () => void): () => void
  /** Undefined while the store is closed. */
  health(): StorageHealth | undefined
  driveFacts(): Promise<DriveFacts | undefined>
  /** Only while serving. */
  objects(): Pick<Objects, 'listBuckets' | 'createBucket' | 'deleteBucket' | 'findBucket'> | undefined
  /** The console's own part of the barrier (prefix `console/`); only while serving. */
  secrets(): SecretStore | undefined

  checkDrives(paths: readonly string[]): readonly CheckedDrive[]
  /** The cards' shares are wiped by the console. */
  create(request: CreateRequest): Promise<readonly ShareCard[]>
  /** Erases a store whose shares were never proven. Faults: wrong-state. */
  startOver(): Promise<void>
  /** Resolves after the start when the share was the last one needed. */
  submitShare(share: string): Promise<ShareVerdict>
  resetAttempt(): Promise<void>
  seal(): Promise<void>

  /** Of objects that no client asked to encrypt. Undefined while the store is closed. */
  encryption(): EncryptionDefault | undefined
  /** Durable in the barrier, and in force for the next write. Faults: wrong-state (fixed by configuration, or closed). */
  setEncryptByDefault(encryptByDefault: boolean): Promise<void>

  /** Only while serving. */
  rootCredentials(): RootCredentials | undefined
  /** Durable in the barrier, and in force for the next request. Faults: wrong-state (fixed by configuration, or closed). */
  replaceRootCredentials(credentials: RootCredentials): Promise<void>
}

export interface CertificatePort {
  authorityCertificate(): string
  status(): { readonly kind: 'own' | 'lan-authority'; readonly authorityFingerprint: string; readonly daysLeft: number; readonly problems: readonly string[] }
}

/** Where this installation is reached. */
export interface SitePort {
  readonly version: string
  readonly region: string
  /** The authority's certificate on this machine. */
  readonly authorityFile: string
  /** URLs to show to people, for example `https://studio.local:9000`. */
  endpoints(): { readonly s3: string; readonly console: string }
  /** Host names, besides localhost and addresses, under which a browser may come. */
  hostNames(): readonly string[]
}
