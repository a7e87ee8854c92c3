// The public life of the keystore as types: states, verdicts on shares, what may be asked when.
import type { RecordStore } from '../seams/record-store.ts'
import type { SecretStore } from '../seams/secret-store.ts'
import type { DerivedKeys } from './barrier/keyring.ts'
import type { ShareCard } from './format/share-card.ts'
import type { ShareForm, ShareLookalike } from './seal/share-input.ts'
import type { NamedKeys } from './named-keys.ts'
import type { CollectedShare, UnknownShare } from './seal/share-collection.ts'
import type { SharesWanted } from './seal/shamir-seal.ts'

/** unverified: initialised, but a threshold of shares has never been read back. */
export type KeystoreState = 'uninitialised' | 'unverified' | 'sealed' | 'unsealed'

export interface ShareSetStatus {
  readonly shareGeneration: number
  readonly threshold: number
  readonly issuedAtMs: number
  /** Share n is at place n − 1. */
  readonly labels: readonly string[]
  /** Shares collected in the running attempt. */
  readonly progress: number
  readonly collected: readonly CollectedShare[]
}

export interface KeystoreStatus {
  readonly state: KeystoreState
  readonly deploymentId: string
  readonly deploymentShortId: string
  readonly storeName: string
  readonly createdAtMs: number
  /** Undefined: never. */
  readonly provenAtMs: number | undefined
  /** Of the current shares at least so many different ones were read back. */
  readonly provenShares: number
  readonly sealRecordGeneration: number
  /** Undefined while uninitialised. */
  readonly current: ShareSetStatus | undefined
  /** Newly issued cards that wait to be read back. */
  readonly pending: ShareSetStatus | undefined
  /** Undefined: none is running. */
  readonly attempt: { readonly nonce: string; readonly code: string } | undefined
}

interface ShareFacts {
  readonly shareNumber: number
  readonly label: string
  readonly shareGeneration: number
}

export type ShareRefusal =
  /** `group` from 1, where it can be told. */
  | { readonly verdict: 'typing-error'; readonly form: ShareForm; readonly group: number | undefined; readonly groups: number }
  | { readonly verdict: 'not-a-share'; readonly lookalike: ShareLookalike }
  | UnknownShare

export type ShareVerdict =
  | (ShareFacts & { readonly verdict: 'accepted' | 'duplicate'; readonly progress: number; readonly threshold: number; readonly nonce: string; readonly code: string })
  /** The store is open now. */
  | (ShareFacts & { readonly verdict: 'opened' })
  /** The store was open; the re-issued cards are in force now and the old ones are not. */
  | (ShareFacts & { readonly verdict: 'reissue-confirmed' })
  /** A share of this store, but it is open and nothing waits for shares. */
  | (ShareFacts & { readonly verdict: 'already-open' })
  | ShareRefusal

/** What a card is, without using it. */
export type ShareCheckResult = (ShareFacts & { readonly verdict: 'good'; readonly isPending: boolean }) | ShareRefusal

export interface InitialiseRequest extends SharesWanted {
  /** As on the drives: 1 to 64 of letters, digits and hyphens. */
  readonly deploymentId: string
  readonly storeName: string
}

export interface KeyStatus {
  readonly term: number
  readonly installedAtMs: number
  /** Upper bound for the newest term. */
  readonly encryptions: number
  /** Random nonces are safe up to 2^32 values per term; rotate well before. */
  readonly rotationDue: boolean
}

/** Faults are those of KeystoreError. Changes run one at a time, in the order they were asked for. */
export interface Keystore {
  status(): KeystoreStatus
  /** Calls back after any change of what `status` tells; the result ends it. */
  watch(listener: () => void): () => void
  /** Reads the seal record again (drives came). Does nothing while unsealed. Faults: seal-record-damaged, seal-record-unknown-version. */
  reload(): Promise<void>

  /**
   * Makes every key and issues the cards, once: nothing gives them again. Stays sealed, state unverified.
   * Faults: already-initialised, bad-shape, bad-name, not-written, seal-record-damaged.
   */
  initialise(request: InitialiseRequest): Promise<readonly ShareCard[]>
  /**
   * One share from anybody, in any order: text of a card, base64, hex or words, or its bytes (the caller wipes those).
   * The attempt ends with success, failure, `resetAttempt` and after 15 idle minutes.
   * Faults: not-initialised, not-written (proof or re-issue could not be recorded: still closed, attempt ended), seal-record-damaged.
   */
  submitShare(input: string | Uint8Array): Promise<ShareVerdict>
  /** What a card is; changes nothing, possible in every state. Faults: not-initialised. */
  checkShare(input: string | Uint8Array): ShareCheckResult
  resetAttempt(): void
  /**
   * New cards for everybody. Unverified: the old ones, and the still unused keys, are thrown away. Unsealed: the old cards stay valid until a
   * threshold of the new ones was submitted. Faults: sealed, not-initialised, bad-shape, not-written.
   */
  reissueShares(wanted: SharesWanted): Promise<readonly ShareCard[]>
  /** Forgets cards that were never read back. Faults: sealed, no-reissue-pending, not-written. */
  cancelReissue(): Promise<void>

  /** Faults: sealed. */
  derivedKeys(): DerivedKeys
  /**
   * Gives the barrier its records, once after each opening, when the drives' logs have been replayed; makes `coffer-default` in a new store.
   * Faults: sealed, records-missing, records-unreadable, records-not-written, not-written.
   */
  attachRecords(records: RecordStore): Promise<void>
  /** Secrets under a prefix such as `iam/`. May be kept over seal and unseal; in between, and before `attachRecords`, every call is refused. */
  secrets(prefix: string): SecretStore
  /** Faults: sealed (also before `attachRecords`). */
  namedKeys(): NamedKeys
  keyStatus(): KeyStatus
  /** A new term for what is written from now on. Resolves to its number. Faults: sealed, not-written. */
  rotateKeyring(): Promise<number>

  /** Wipes every key and share; whatever is asked afterwards is refused. Also ends the attempt. */
  seal(): void
  /** Seals and stops timers. */
  close(): void
}
