// AES-256-GCM by node:crypto. It gives out new memory twice per call, so what it costs is mostly not the cipher; see docs/adr/0011.
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { copyInto } from '../base/bytes.ts'
import { gcmTagBytes, type GcmEngine } from './gcm-engine.ts'

const algorithm = 'aes-256-gcm'
const options = { authTagLength: gcmTagBytes }
/** Output of one call: above this the allocator maps fresh pages for every call, which costs more than the cipher. */
const chunkBytes = 32_768

export const nodeGcm: GcmEngine = {
  name: 'node',
  seal(key, nonce, associatedData, plain, into) {
    // A key object: given bytes, the library makes and throws away two errors with their stacks first.
    const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, options)
    cipher.setAAD(associatedData)
    for (let at = 0; at < plain.byteLength; at += chunkBytes) copyInto(into, cipher.update(plain.subarray(at, at + chunkBytes)), at)
    cipher.final()
    into.set(cipher.getAuthTag(), plain.byteLength)
  },
  open(key, nonce, associatedData, sealed, into) {
    const length = into.byteLength
    const decipher = createDecipheriv(algorithm, createSecretKey(key), nonce, options)
    decipher.setAAD(associatedData)
    decipher.setAuthTag(sealed.slice(length))
    for (let at = 0; at < length; at += chunkBytes) copyInto(into, decipher.update(sealed.subarray(at, Math.min(at + chunkBytes, length))), at)
    try {
      decipher.final()
      return true
    } catch {
      return false
    }
  },
}
