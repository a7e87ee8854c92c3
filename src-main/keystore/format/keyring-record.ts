// The keyring as bytes: the terms that encrypt the barrier, and the secret that fixed keys are derived from. docs FORMAT, "keyring".
// In clear it exists only inside the sealed keyring of the seal record.
import { keySizeBytes } from '../../crypto/key-derivation.ts'
import { FieldReader, FieldWriter } from './byte-fields.ts'

export const keyringVersion = 1
export const termsMax = 256

export interface KeyringTermRecord {
  /** From 1, ascending. */
  readonly term: number
  readonly installedAtMs: number
  /** At least this many values were encrypted under it when the record was written. */
  readonly encryptions: number
  readonly key: Uint8Array
}

export interface KeyringRecord {
  /** 32 bytes, made once: storage key, catalogue key and the rest of the fixed keys come from it by HKDF. */
  readonly derivationSecret: Uint8Array
  readonly terms: readonly KeyringTermRecord[]
}

/** formatVersion u8 | derivationSecret 32 | termCount u16 | per term: term u32, installedAtMs u64, encryptions u64, key 32. The caller wipes it. */
export function encodeKeyring(keyring: KeyringRecord): Uint8Array {
  const writer = new FieldWriter().number(keyringVersion, 1).bytes(keyring.derivationSecret).number(keyring.terms.length, 2)
  for (const term of keyring.terms) writer.number(term.term, 4).number(term.installedAtMs, 8).number(term.encryptions, 8).bytes(term.key)
  return writer.finish()
}

/** Undefined when it is not one. The keys in it are the caller's to wipe. */
export function decodeKeyring(bytes: Uint8Array): KeyringRecord | undefined {
  const reader = new FieldReader(bytes)
  if (reader.number(1) !== keyringVersion) return undefined
  const derivationSecret = reader.bytes(keySizeBytes)
  const termCount = reader.number(2)
  if (termCount < 1 || termCount > termsMax) return undefined
  const terms = Array.from({ length: termCount }, () => ({
    term: reader.number(4),
    installedAtMs: reader.number(8),
    encryptions: reader.number(8),
    key: reader.bytes(keySizeBytes),
  }))
  const ascending = terms.every((term, index) => term.term > (terms[index - 1]?.term ?? 0))
  return reader.isWhole && ascending ? { derivationSecret, terms } : undefined
}
