// What exists only between unseal and seal: root key, keyring, barrier, named keys. Closing wipes what can be wiped and drops the rest.
import type { SecretBytes } from '../crypto/secret-bytes.ts'
import type { Barrier } from './barrier/barrier.ts'
import type { Keyring } from './barrier/keyring.ts'
import { KeystoreError } from './keystore-error.ts'
import type { NamedKeys } from './named-keys.ts'

export class OpenSession {
  #rootKey: SecretBytes
  #keyring: Keyring
  readonly #closers: (() => void)[] = []
  #closed = false
  barrier: Barrier | undefined
  namedKeys: NamedKeys | undefined
  /** Numbers of the current cards that were read back since the opening. */
  provenShares: ReadonlySet<number> = new Set()

  constructor(rootKey: SecretBytes, keyring: Keyring) {
    this.#rootKey = rootKey
    this.#keyring = keyring
  }

  /** Faults: sealed, when it was closed meanwhile. */
  get rootKey(): SecretBytes {
    this.assertOpen()
    return this.#rootKey
  }

  get keyring(): Keyring {
    this.assertOpen()
    return this.#keyring
  }

  /** An upper bound for the newest term. */
  get encryptions(): number {
    return this.barrier?.encryptions ?? this.keyring.newest.encryptions
  }

  assertOpen(): void {
    if (this.#closed) throw new KeystoreError('sealed', 'the keystore is sealed')
  }

  /** For parts that must stop with it even before they are in use. Called at once when it is closed already. */
  whenClosed(closer: () => void): void {
    if (this.#closed) closer()
    else this.#closers.push(closer)
  }

  /** Takes the new root key over and wipes the old one; when closed meanwhile, wipes the new one. */
  replaceRootKey(rootKey: SecretBytes): void {
    if (this.#closed) {
      rootKey.wipe()
      return
    }
    this.#rootKey.wipe()
    this.#rootKey = rootKey
  }

  replaceKeyring(keyring: Keyring): void {
    if (this.#closed) {
      keyring.wipe()
      return
    }
    this.barrier?.useKeyring(keyring)
    this.#keyring.wipe()
    this.#keyring = keyring
  }

  close(): void {
    this.#closed = true
    this.#rootKey.wipe()
    this.#keyring.wipe()
    for (const closer of this.#closers) closer()
    this.barrier = undefined
    this.namedKeys = undefined
  }
}
