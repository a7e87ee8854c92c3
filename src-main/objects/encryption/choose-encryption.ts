// Whether a new object is encrypted, and its content key.
import type { HmacKey } from '../../crypto/hmac.ts'
import type { EncryptionEnvelope } from './envelope.ts'
import type { EncryptionRequest } from '../object-types.ts'
import type { ObjectsDeps } from '../objects-deps.ts'

export interface ChosenEncryption {
  /** Whoever asked wipes it. */
  readonly contentKey?: HmacKey
  readonly envelope?: EncryptionEnvelope
}

const inTheClear: ChosenEncryption = {}

/** By default for every object; on request when the default is off. Faults: those of the keystore. */
export async function chooseEncryption(
  deps: ObjectsDeps, place: { readonly bucket: string; readonly name: string }, asked: EncryptionRequest | undefined, signal: AbortSignal,
): Promise<ChosenEncryption> {
  if (!deps.encryptByDefault && asked === undefined) return inTheClear
  return deps.contentKeys.create(place, signal)
}
