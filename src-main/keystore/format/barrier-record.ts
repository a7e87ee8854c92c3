// One entry of the barrier: term u32 BE | formatVersion u8 | nonce 12 | ciphertext | tag 16. AES-256-GCM under the key of the term,
// the path as associated data, so that entries cannot change places. docs FORMAT, "barrier record".
import { encodeUtf8 } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import { aeadOverheadBytes, openValue, sealValue } from '../../crypto/aead.ts'
import type { GcmKey } from '../../crypto/gcm.ts'

export const barrierRecordVersion = 1
const headBytes = 5
export const barrierOverheadBytes = headBytes + aeadOverheadBytes

export function sealBarrierRecord(term: number, key: GcmKey, path: string, plain: Uint8Array, random: RandomSource): Uint8Array {
  const record = sealValue(key, plain, encodeUtf8(path), random, headBytes)
  new DataView(record.buffer).setUint32(0, term)
  record[4] = barrierRecordVersion
  return record
}

/** Undefined when it is too short or of an unknown version. */
export function readBarrierTerm(record: Uint8Array): number | undefined {
  if (record.byteLength < barrierOverheadBytes || record[4] !== barrierRecordVersion) return undefined
  return new DataView(record.buffer, record.byteOffset, record.byteLength).getUint32(0)
}

/** Undefined when it is not what was sealed under this path. */
export function openBarrierRecord(key: GcmKey, path: string, record: Uint8Array): Uint8Array | undefined {
  return openValue(key, record.subarray(headBytes), encodeUtf8(path))
}
