// The keyring in memory: keys of the terms, and the secret of the fixed keys. Immutable: rotation gives a new one, so that
// the old one stays in force until the new one is durable.
import { assert } from '../../base/assert.ts'
import { copyBytes } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import { GcmKey } from '../../crypto/gcm.ts'
import { HmacKey } from '../../crypto/hmac.ts'
import { deriveKey, keySizeBytes } from '../../crypto/key-derivation.ts'
import { SecretBytes } from '../../crypto/secret-bytes.ts'
import { decodeKeyring, encodeKeyring, type KeyringRecord } from '../format/keyring-record.ts'

export interface KeyringTerm {
  readonly term: number
  readonly installedAtMs: number
  readonly encryptions: number
  readonly key: GcmKey
}

/** The fixed keys of an open store: they never change, whatever is rotated or re-issued. */
export interface DerivedKeys {
  /** Encrypts record metadata in the drives' logs. AES-256. */
  readonly storageKey: GcmKey
  /** 32 bytes for the pages of the catalogue; a fresh copy, the caller wipes it. */
  readonly catalogueKey: Uint8Array
  /** Wraps the key of the LAN authority. AES-256. */
  readonly authorityKey: GcmKey
  /** HMAC key of the audit chain. */
  readonly auditKey: HmacKey
}

export class Keyring {
  readonly #derivationSecret: SecretBytes
  readonly #terms: readonly KeyringTerm[]

  private constructor(derivationSecret: SecretBytes, terms: readonly KeyringTerm[]) {
    this.#derivationSecret = derivationSecret
    this.#terms = terms
  }

  static create(random: RandomSource, nowMs: number): Keyring {
    const first = { term: 1, installedAtMs: nowMs, encryptions: 0, key: GcmKey.own(random.bytes(keySizeBytes)) }
    return new Keyring(SecretBytes.own(random.bytes(keySizeBytes)), [first])
  }

  /** Undefined when the bytes are no keyring. They stay the caller's to wipe. */
  static decode(bytes: Uint8Array): Keyring | undefined {
    const record = decodeKeyring(bytes)
    if (record === undefined) return undefined
    const terms = record.terms.map((term) => ({ ...term, key: GcmKey.own(term.key) }))
    return new Keyring(SecretBytes.own(record.derivationSecret), terms)
  }

  /** The caller wipes it. `encryptions` stands in for the count of the newest term. */
  encode(encryptions: number): Uint8Array {
    return this.#derivationSecret.use((derivationSecret) => {
      const terms = this.#terms.map((term) => ({ ...term, key: term.key.use(copyBytes), encryptions: term === this.newest ? encryptions : term.encryptions }))
      const record: KeyringRecord = { derivationSecret, terms }
      const bytes = encodeKeyring(record)
      for (const term of terms) term.key.fill(0)
      return bytes
    })
  }

  /** One term more, which is used from now on; `encryptions` closes the count of the present one. */
  withNewTerm(random: RandomSource, nowMs: number, encryptions: number): Keyring {
    const closed = this.#terms.map((term) => ({ ...term, key: term.key.use(GcmKey.copyOf), encryptions: term === this.newest ? encryptions : term.encryptions }))
    const added = { term: this.newest.term + 1, installedAtMs: nowMs, encryptions: 0, key: GcmKey.own(random.bytes(keySizeBytes)) }
    return new Keyring(SecretBytes.own(this.#derivationSecret.use(copyBytes)), [...closed, added])
  }

  get newest(): KeyringTerm {
    const newest = this.#terms[this.#terms.length - 1]
    assert(newest !== undefined, 'a keyring has a term')
    return newest
  }

  get termCount(): number {
    return this.#terms.length
  }

  keyOfTerm(term: number): GcmKey | undefined {
    return this.#terms.find((entry) => entry.term === term)?.key
  }

  derivedKeys(): DerivedKeys {
    return this.#derivationSecret.use((secret) => ({
      storageKey: GcmKey.own(deriveKey(secret, 'storage')),
      catalogueKey: deriveKey(secret, 'catalogue'),
      authorityKey: GcmKey.own(deriveKey(secret, 'authority')),
      auditKey: HmacKey.own(deriveKey(secret, 'audit')),
    }))
  }

  wipe(): void {
    this.#derivationSecret.wipe()
    for (const { key } of this.#terms) key.wipe()
  }
}
