// What the engine really did with an object, read back from what is stored: for the receipt that people are shown.
import { packagePlainBytes } from '../crypto/encrypted-stream.ts'
import type { StoredPlacement } from '../seams/storage-backend.ts'
import { decodeObjectAttributes } from './attributes.ts'
import { describeObject } from './describe-object.ts'
import { findObject } from './get-object.ts'
import type { EncryptionReceipt, InspectedObject, ObjectAddress } from './object-types.ts'
import type { ObjectsDeps } from './objects-deps.ts'

/** How the key of an object is wrapped: content-key.ts. */
const sealedKeyScheme = 'AES-256-GCM under HMAC-SHA256 of a data key, bound to bucket and name'

/** Faults: no-such-bucket, no-such-object, no-such-version, delete-marker. */
export async function inspectObject(deps: ObjectsDeps, address: ObjectAddress): Promise<InspectedObject> {
  const version = await findObject(deps, address)
  const attributes = decodeObjectAttributes(version.attributes)
  const info = describeObject(version, attributes)
  const { envelope } = attributes
  const receipt: EncryptionReceipt | undefined =
    envelope && { algorithm: 'AES-256-GCM', keyName: envelope.keyName, keyVersion: envelope.keyVersion, sealedKeyScheme, packageBytes: packagePlainBytes }
  const first = version.parts[0]
  const placement: StoredPlacement | undefined = first && deps.storage.drives?.placement(first.body)
  return { info, etagIsOf: info.partCount === undefined ? 'content' : 'parts', ...(receipt && { encryption: receipt }), ...(placement && { placement }) }
}
