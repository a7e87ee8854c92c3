// KeyStore: whose keys wrap objects. Embedded keystore, Vault, KES, AWS KMS: the key chain must work identically over each.
import type { CancelSignal } from '../base/cancel-signal.ts'
import { TaggedError } from '../base/tagged-error.ts'

export type KeyStoreFault =
  | 'sealed' | 'no-such-key' | 'key-disabled' | 'not-authorised' | 'unreachable' | 'key-exists'
  /** The wrapped key does not open: other key, other context, or damaged. */
  | 'not-authentic'
  | 'invalid-key-name'

export class KeyStoreError extends TaggedError<KeyStoreFault> {}

/** Bound into the wrapped key; the same must be shown to unwrap. Order of the names does not matter. */
export type KeyContext = Readonly<Record<string, string>>

export interface DataKey {
  readonly keyName: string
  readonly keyVersion: number
  /** 32 bytes. The caller wipes it. */
  readonly plain: Uint8Array
  /** Opaque; at most 1 KiB. */
  readonly wrapped: Uint8Array
}

export const defaultKeyName = 'coffer-default'

export interface KeyStore {
  /** A fresh key, plain and wrapped under the newest version of `name`. Faults: sealed, no-such-key, key-disabled, unreachable. */
  generateDataKey(name: string, context: KeyContext, signal: CancelSignal): Promise<DataKey>
  /** 32 bytes, to be wiped by the caller. Faults: sealed, no-such-key, not-authentic, unreachable. */
  unwrapDataKey(name: string, wrapped: Uint8Array, context: KeyContext, signal: CancelSignal): Promise<Uint8Array>
  /** Faults: key-exists, invalid-key-name, sealed, unreachable. */
  createKey(name: string, signal: CancelSignal): Promise<void>
  hasKey(name: string, signal: CancelSignal): Promise<boolean>
}
