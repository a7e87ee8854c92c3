// The owner's own access key: one identifier and one secret, which can be replaced at any time. The secret is turned into the HMAC key
// that signatures begin with (AWS Signature Version 4, "derive a signing key") and then forgotten.
import { createSecretKey, type KeyObject } from 'node:crypto'
import { asBuffer, concatBytes, encodeUtf8 } from '../base/bytes.ts'
import { TaggedError } from '../base/tagged-error.ts'
import type { AccessKey, AccessKeys } from './access.ts'

export type IamFault = 'invalid-access-key-id' | 'invalid-secret'

export class IamError extends TaggedError<IamFault> {}

export interface RootCredentials {
  readonly accessKeyId: string
  /** Text as typed or configured, or its UTF-8 bytes, which stay the caller's to wipe. */
  readonly secret: string | Uint8Array
}

export interface RootAccessKeys extends AccessKeys {
  /** The old key stops working at once. Faults: invalid-access-key-id, invalid-secret; the old key then stays. */
  replace(credentials: RootCredentials): void
}

export const accessKeyIdLengthMax = 128
export const secretSizeMin = 8
export const secretSizeMax = 256

const signingPrefix = encodeUtf8('AWS4')
/** Printable, and nothing that would end it inside an Authorization header or a credential scope. */
const accessKeyIdShape = /^[A-Za-z0-9_.@+-]{3,128}$/

/** Faults: invalid-access-key-id, invalid-secret. */
export function createRootAccessKeys(credentials: RootCredentials): RootAccessKeys {
  let root = toAccessKey(credentials)
  return {
    findAccessKey: (accessKeyId) => (accessKeyId === root.accessKeyId ? root : undefined),
    replace(next) {
      root = toAccessKey(next)
    },
  }
}

function toAccessKey({ accessKeyId, secret }: RootCredentials): AccessKey {
  if (!accessKeyIdShape.test(accessKeyId)) {
    throw new IamError('invalid-access-key-id', `an access key id has 3 to ${accessKeyIdLengthMax} letters, digits and _ . @ + -`)
  }
  return { accessKeyId, signingSeed: toSigningSeed(secret), isRoot: true }
}

function toSigningSeed(secret: string | Uint8Array): KeyObject {
  const bytes = typeof secret === 'string' ? encodeUtf8(secret) : secret
  if (bytes.byteLength < secretSizeMin || bytes.byteLength > secretSizeMax) {
    throw new IamError('invalid-secret', `a secret has ${secretSizeMin} to ${secretSizeMax} bytes`)
  }
  const seed = concatBytes([signingPrefix, bytes])
  try {
    return createSecretKey(asBuffer(seed))
  } finally {
    seed.fill(0)
    if (bytes !== secret) bytes.fill(0)
  }
}
