// The keyring in and out of the seal record, and how one record follows from another. Pure but for randomness.
import { encodeUtf8 } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import { openValue, sealValue } from '../../crypto/aead.ts'
import { GcmKey } from '../../crypto/gcm.ts'
import { joinFields } from '../../crypto/key-derivation.ts'
import type { SecretBytes } from '../../crypto/secret-bytes.ts'
import { Keyring } from '../barrier/keyring.ts'
import { encodeSealHead, formerChecksMax, formerSetsMax, type FormerShares, type SealRecord, type SealRecordHead, type ShareSet } from '../format/seal-record.ts'

const keyringDomain = encodeUtf8('coffer/1/sealed-keyring')

/** `encryptions`: how many values the newest term has encrypted, or an upper bound. */
export function sealKeyring(head: SealRecordHead, rootKey: SecretBytes, keyring: Keyring, encryptions: number, random: RandomSource): SealRecord {
  const headBytes = encodeSealHead(head)
  const plain = keyring.encode(encryptions)
  const key = rootKey.use(GcmKey.copyOf)
  const sealedKeyring = sealValue(key, plain, joinFields(keyringDomain, [headBytes]), random)
  key.wipe()
  plain.fill(0)
  return { head, headBytes, sealedKeyring }
}

/** Undefined when the record is not the one that was sealed. */
export function openKeyring(record: SealRecord, rootKey: SecretBytes): Keyring | undefined {
  const key = rootKey.use(GcmKey.copyOf)
  const plain = openValue(key, record.sealedKeyring, joinFields(keyringDomain, [record.headBytes]))
  key.wipe()
  if (plain === undefined) return undefined
  const keyring = Keyring.decode(plain)
  plain.fill(0)
  return keyring
}

/** The newest former shares first, within the limits of the record. */
export function addFormer(former: readonly FormerShares[], retired: ShareSet): readonly FormerShares[] {
  const added = { generation: retired.generation, checkSalt: retired.checkSalt, checks: retired.shares.map((share) => share.check) }
  const kept: FormerShares[] = []
  let checks = 0
  for (const set of [added, ...former].slice(0, formerSetsMax)) {
    checks += set.checks.length
    if (checks > formerChecksMax) break
    kept.push(set)
  }
  return kept
}

/** The highest share generation that any card of this store may carry. */
export function newestShareGeneration(head: SealRecordHead): number {
  return Math.max(head.current.generation, head.pending?.generation ?? 0, ...head.former.map((set) => set.generation))
}
