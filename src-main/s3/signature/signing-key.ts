// Signing keys of Signature Version 4: four HMACs deep, so derived once per key, day, region and service and kept.
import { createHmac, type KeyObject } from 'node:crypto'
import { encodeUtf8, equalBytes } from '../../base/bytes.ts'
import { HmacKey } from '../../crypto/hmac.ts'
import type { AccessKey } from '../../iam/index.ts'

export interface CredentialScope {
  /** yyyymmdd */
  readonly date: string
  readonly region: string
  readonly service: string
}

const scopesPerKeyMax = 32

export function formatScope(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`
}

/** Keyed by the secret itself, so that a changed secret never meets an old signing key; gone with the access key when the store seals. */
export class SigningKeys {
  readonly #kept = new WeakMap<KeyObject, Map<string, HmacKey>>()

  /** Ask only for scopes that were checked (day, region): each new one costs four HMACs and a place. */
  find(accessKey: AccessKey, scope: CredentialScope, scopeText: string): HmacKey {
    let ofKey = this.#kept.get(accessKey.signingSeed)
    if (ofKey === undefined) {
      ofKey = new Map()
      this.#kept.set(accessKey.signingSeed, ofKey)
    }
    const kept = ofKey.get(scopeText)
    if (kept !== undefined) return kept
    const derived = deriveSigningKey(accessKey.signingSeed, scope)
    const [oldest] = ofKey.keys()
    if (ofKey.size >= scopesPerKeyMax && oldest !== undefined) ofKey.delete(oldest)
    ofKey.set(scopeText, derived)
    return derived
  }
}

/** `seed` is the HMAC key of the text `AWS4` + secret. */
export function deriveSigningKey(seed: KeyObject, scope: CredentialScope): HmacKey {
  let bytes: Uint8Array = createHmac('sha256', seed).update(scope.date).digest()
  for (const text of [scope.region, scope.service, 'aws4_request']) {
    const key = HmacKey.own(bytes)
    bytes = key.digest(encodeUtf8(text))
    key.wipe()
  }
  return HmacKey.own(bytes)
}

/** Compares in constant time what was claimed (hex as it came) with what was expected (hex of ours). */
export function isSignature(claimed: string, expected: string): boolean {
  return claimed.length === expected.length && equalBytes(Buffer.from(claimed, 'hex'), Buffer.from(expected, 'hex'))
}
