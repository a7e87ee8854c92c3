// What the console needs from the appliance, as small interfaces: the appliance implements them, tests fake them.
import type { z } from 'zod'
import type { LifecycleName } from '../contract/appliance-state.ts'
import type { startStages } from '../contract/state.ts'
import type { DriveWarning, LayoutOption } from '../contract/setup-drives.ts'
import type { SetupDraft } from '../contract/setup-draft.ts'
import type { certificateCheck, networkAddress, networkListener } from '../contract/setup-network.ts'
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

export interface DriveCandidate extends CheckedDrive {
  readonly fileSystem: string
  readonly isRoot: boolean
  readonly configured: boolean
}

export interface DriveLayout {
  readonly drives: readonly CheckedDrive[]
  readonly parityDefault: number
  readonly parityMax: number
  readonly options: readonly (Readonly<Omit<LayoutOption, 'outcomes'>> & { readonly outcomes: readonly LayoutOption['outcomes'][number][] })[]
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
  objects(): Objects | undefined
  /** The console's own part of the barrier (prefix `console/`); only while serving. */
  secrets(): SecretStore | undefined

  /** Mounted file systems and paths of the configuration that are worth offering. */
  findDrives(): readonly DriveCandidate[]
  checkDrives(paths: readonly string[]): readonly CheckedDrive[]
  /** Every possible parity, or just the one asked for. Undefined: no set has so many drives, or not that parity. */
  layOut(paths: readonly string[], parity: number | undefined): DriveLayout | undefined
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
  status(): CertificateStatus
  /** Every check that could be made of an owner's certificate. Nothing is written. */
  checkOwn(certificatePem: string, privateKeyPem: string): readonly Readonly<z.output<typeof certificateCheck>>[]
  /** Writes both files; servers show the certificate when it resolves. */
  installOwn(certificatePem: string, privateKeyPem: string): Promise<void>
}

export interface CertificateStatus {
  readonly kind: 'own' | 'lan-authority'
  readonly authorityFingerprint: string
  readonly daysLeft: number
  readonly problems: readonly string[]
  /** Host names and addresses that it covers. */
  readonly names: readonly string[]
}

/** What was chosen in set-up so far; it never holds a secret. */
export interface DraftPort {
  read(): unknown
  save(draft: SetupDraft): void
  remove(): void
}

export interface NetworkFacts {
  readonly addresses: readonly Readonly<z.output<typeof networkAddress>>[]
  readonly listeners: readonly Readonly<z.output<typeof networkListener>>[]
  readonly s3Tls: boolean
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
  network(): NetworkFacts
}
