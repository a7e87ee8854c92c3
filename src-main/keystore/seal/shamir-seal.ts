// The outermost lock: an unseal key that exists only as shares wraps the root key. Issues shares and opens with them.
import { assert } from '../../base/assert.ts'
import { encodeUtf8 } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import { GcmKey } from '../../crypto/gcm.ts'
import { keySizeBytes } from '../../crypto/key-derivation.ts'
import { SecretBytes } from '../../crypto/secret-bytes.ts'
import { unwrapKey, wrapKey } from '../../crypto/sealed-key.ts'
import { combineShares, sharesMax, splitSecret } from '../../crypto/shamir.ts'
import { encodeShareSetFacts, labelBytesMax, type ShareSet } from '../format/seal-record.ts'
import { shareBytes, toDeploymentShortId, toRawShare, type ShareCard } from '../format/share-card.ts'
import { computeShareCheck, shareCheckSaltBytes } from '../format/share-check.ts'
import { KeystoreError } from '../keystore-error.ts'

/** All labels of one issue: two issues must fit into a seal record. */
const labelsBytesMax = 8192

export interface SharesWanted {
  readonly shares: number
  readonly threshold: number
  /** One per share in order; missing ones are empty. At most 100 bytes of UTF-8 each. */
  readonly labels?: readonly string[]
}

/** Faults: bad-shape, with the words of the Vault API. 1 of 1 is allowed: the one share is then the key itself. */
export function checkSharesWanted(wanted: SharesWanted): void {
  const { shares, threshold, labels = [] } = wanted
  const problem =
    !Number.isInteger(shares) || shares < 1 ? 'shares must be at least one'
    : !Number.isInteger(threshold) || threshold < 1 ? 'threshold must be at least one'
    : shares > 1 && threshold === 1 ? 'threshold must be greater than one for multiple shares'
    : shares > sharesMax ? 'shares must be less than 256'
    : threshold > sharesMax ? 'threshold must be less than 256'
    : threshold > shares ? 'threshold cannot be larger than shares'
    : labels.length > shares ? 'more labels than shares'
    : encodeUtf8(labels.join('')).byteLength > labelsBytesMax ? `labels together have at most ${labelsBytesMax} bytes`
    : labels.some((label) => !isLabel(label)) ? `a label has at most ${labelBytesMax} bytes and no control characters`
    : undefined // prettier-ignore
  if (problem !== undefined) throw new KeystoreError('bad-shape', problem)
}

function isLabel(label: string): boolean {
  return label.isWellFormed() && encodeUtf8(label).byteLength <= labelBytesMax && !/\p{Cc}/u.test(label)
}

export interface IssuedShares {
  readonly set: ShareSet
  readonly cards: readonly ShareCard[]
}

export interface IssueFacts {
  readonly deploymentId: string
  readonly storeName: string
  readonly generation: number
  readonly nowMs: number
}

/** A fresh unseal key, split, wrapping `rootKey`. The caller wipes the cards; nothing can give them again. */
export function issueShares(wanted: SharesWanted, facts: IssueFacts, rootKey: Uint8Array, random: RandomSource): IssuedShares {
  checkSharesWanted(wanted)
  const unsealKey = random.bytes(keySizeBytes)
  const shares = wanted.shares === 1 ? [toUndivided(unsealKey)] : splitSecret(unsealKey, wanted.shares, wanted.threshold, random)
  const checkSalt = random.bytes(shareCheckSaltBytes)
  const labels = shares.map((_, index) => wanted.labels?.[index] ?? '')
  const setFacts = {
    generation: facts.generation,
    threshold: wanted.threshold,
    issuedAtMs: facts.nowMs,
    checkSalt,
    shares: shares.map((share, index) => ({ label: labels[index] ?? '', check: computeShareCheck(checkSalt, share) })),
  }
  const key = GcmKey.own(unsealKey)
  const set = { ...setFacts, wrappedRootKey: wrapRootKey(key, rootKey, facts.deploymentId, setFacts, random) }
  key.wipe()
  const cards = shares.map((share, index) => ({
    deploymentShortId: toDeploymentShortId(facts.deploymentId),
    storeName: facts.storeName,
    label: labels[index] ?? '',
    shareGeneration: facts.generation,
    shareNumber: index + 1,
    shareCount: wanted.shares,
    threshold: wanted.threshold,
    share: SecretBytes.own(share),
  }))
  return { set, cards }
}

/** The same shares wrapping another root key. `unsealKey` comes from `combineUnsealKey`. */
export function rewrapRootKey(set: ShareSet, unsealKey: GcmKey, rootKey: Uint8Array, deploymentId: string, random: RandomSource): ShareSet {
  return { ...set, wrappedRootKey: wrapRootKey(unsealKey, rootKey, deploymentId, set, random) }
}

function wrapRootKey(unsealKey: GcmKey, rootKey: Uint8Array, deploymentId: string, facts: Omit<ShareSet, 'wrappedRootKey'>, random: RandomSource): Uint8Array {
  return wrapKey(unsealKey, rootKey, 'rootKey', [encodeUtf8(deploymentId), encodeShareSetFacts(facts)], random)
}

/** The unseal key out of a threshold of shares, 33 bytes each. Whether it is the right one shows when the root key unwraps. The caller's to wipe. */
export function combineUnsealKey(set: ShareSet, shares: readonly Uint8Array[]): GcmKey {
  assert(shares.length >= set.threshold, 'fewer shares than the threshold')
  if (set.shares.length === 1) return GcmKey.own(Uint8Array.from(toRawShare(shares[0] ?? new Uint8Array(shareBytes))))
  return GcmKey.own(combineShares(shares))
}

/** The root key; undefined when the record was changed (the tag is compared in constant time). */
export function unwrapRootKey(set: ShareSet, unsealKey: GcmKey, deploymentId: string): SecretBytes | undefined {
  const rootKey = unwrapKey(unsealKey, set.wrappedRootKey, 'rootKey', [encodeUtf8(deploymentId), encodeShareSetFacts(set)])
  return rootKey === undefined ? undefined : SecretBytes.own(rootKey)
}

function toUndivided(key: Uint8Array): Uint8Array {
  const share = new Uint8Array(shareBytes)
  share.set(key)
  return share
}
