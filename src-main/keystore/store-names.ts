// The names a store is made with.
import { encodeUtf8 } from '../base/bytes.ts'
import { deploymentIdBytesMax, storeNameBytesMax } from './format/seal-record.ts'
import { KeystoreError } from './keystore-error.ts'

/** Faults: bad-name. */
export function checkNames(request: { readonly deploymentId: string; readonly storeName: string }): void {
  const { deploymentId, storeName } = request
  if (!/^[0-9A-Za-z-]+$/.test(deploymentId) || deploymentId.length > deploymentIdBytesMax) {
    throw new KeystoreError('bad-name', `a deployment id has 1 to ${deploymentIdBytesMax} letters, digits and hyphens`)
  }
  if (storeName === '' || !storeName.isWellFormed() || encodeUtf8(storeName).byteLength > storeNameBytesMax || /\p{Cc}/u.test(storeName)) {
    throw new KeystoreError('bad-name', `a store name has 1 to ${storeNameBytesMax} bytes and no control characters`)
  }
}
