// A named key with all its versions, as it stands in the barrier under `core/keys/<name>`. docs FORMAT, "named key".
import { keySizeBytes } from '../../crypto/key-derivation.ts'
import { FieldReader, FieldWriter } from './byte-fields.ts'

export const namedKeyVersion = 1
export const keyVersionsMax = 1000

export interface NamedKeyRecord {
  readonly isDisabled: boolean
  readonly createdAtMs: number
  /** Ascending from 1; the last one wraps. */
  readonly versions: readonly { readonly keyVersion: number; readonly createdAtMs: number; readonly key: Uint8Array }[]
}

/** formatVersion u8 | state u8 (0 enabled, 1 disabled) | createdAtMs u64 | count u16 | per version: keyVersion u32, createdAtMs u64, key 32. The caller wipes it. */
export function encodeNamedKey(record: NamedKeyRecord): Uint8Array {
  const writer = new FieldWriter().number(namedKeyVersion, 1).number(record.isDisabled ? 1 : 0, 1)
  writer.number(record.createdAtMs, 8).number(record.versions.length, 2)
  for (const version of record.versions) writer.number(version.keyVersion, 4).number(version.createdAtMs, 8).bytes(version.key)
  return writer.finish()
}

/** Undefined when it is not one. The keys in it are the caller's to wipe. */
export function decodeNamedKey(bytes: Uint8Array): NamedKeyRecord | undefined {
  const reader = new FieldReader(bytes)
  if (reader.number(1) !== namedKeyVersion) return undefined
  const state = reader.number(1)
  const createdAtMs = reader.number(8)
  const count = reader.number(2)
  if (state > 1 || count < 1 || count > keyVersionsMax) return undefined
  const versions = Array.from({ length: count }, () => ({ keyVersion: reader.number(4), createdAtMs: reader.number(8), key: reader.bytes(keySizeBytes) }))
  const ascending = versions.every((version, index) => version.keyVersion > (versions[index - 1]?.keyVersion ?? 0))
  return reader.isWhole && ascending ? { isDisabled: state === 1, createdAtMs, versions } : undefined
}
