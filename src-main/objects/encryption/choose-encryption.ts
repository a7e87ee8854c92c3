// Whether a new object is encrypted, and its content key.
import type { CancelSignal } from '../../base/cancel-signal.ts'
import type { ContentKey } from './content-key.ts'
import type { EncryptionEnvelope } from './envelope.ts'
import type { EncryptionRequest } from '../object-types.ts'
import type { ObjectsDeps } from '../objects-deps.ts'

export interface ChosenEncryption {
  /** Consumed by taking the body. */
  readonly contentKey?: ContentKey
  readonly envelope?: EncryptionEnvelope
}

const inTheClear: ChosenEncryption = {}

/** By default for every object; on request when the default is off. Faults: those of the keystore. */
export async function chooseEncryption(
  deps: ObjectsDeps, place: { readonly bucket: string; readonly name: string }, asked: EncryptionRequest | undefined, signal: CancelSignal,
): Promise<ChosenEncryption> {
  if (!deps.encryptByDefault && asked === undefined) return inTheClear
  return deps.contentKeys.create(place, signal)
}
