// What must be known, beside the keystore, to open an object's content key. Nothing in it is secret. In JSON (docs: "Encryption envelope")
// binary is standard base64.
import { assert } from '../../base/assert.ts'
import type { JsonObject } from '../../base/json.ts'

export interface EncryptionEnvelope {
  readonly kind: 'SSE-S3'
  /** The named key that wrapped the data key, and which of its versions. */
  readonly keyName: string
  readonly keyVersion: number
  /** Base64: the wrapped data key, as the keystore gave it. */
  readonly dataKey: string
  /** Base64 of 32 random bytes. */
  readonly iv: string
  /** Base64 of 60 bytes: the wrapped content key. */
  readonly contentKey: string
}

export function encodeEnvelope(envelope: EncryptionEnvelope): JsonObject {
  return { ...envelope }
}

export function decodeEnvelope(json: JsonObject): EncryptionEnvelope {
  const { kind, keyName, keyVersion, dataKey, iv, contentKey } = json
  assert(kind === 'SSE-S3' && typeof keyName === 'string' && typeof keyVersion === 'number', 'an envelope names its key')
  assert(typeof dataKey === 'string' && typeof iv === 'string' && typeof contentKey === 'string', 'an envelope holds its wrapped keys')
  return { kind, keyName, keyVersion, dataKey, iv, contentKey }
}
