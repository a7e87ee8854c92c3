// KeyStore over the embedded keystore: a data key is a cipher call away. While sealed every call is refused with `sealed`.
import { KeyStoreError, type KeyStore, type KeyStoreFault } from '../seams/key-store.ts'
import { KeystoreError, type Keystore, type KeystoreFault } from '../keystore/index.ts'

const faultFor: Partial<Record<KeystoreFault, KeyStoreFault>> = {
  sealed: 'sealed',
  'not-initialised': 'sealed',
  'no-such-key': 'no-such-key',
  'key-exists': 'key-exists',
  'key-disabled': 'key-disabled',
  'invalid-key-name': 'invalid-key-name',
  'not-authentic': 'not-authentic',
  'records-unreadable': 'unreachable',
  'records-not-written': 'unreachable',
  busy: 'unreachable',
}

export function openEmbeddedKeyStore(keystore: Keystore): KeyStore {
  return {
    async generateDataKey(name, context, signal) {
      signal.throwIfAborted()
      try {
        return await keystore.namedKeys().generateDataKey(name, context)
      } catch (error) {
        throw toKeyStoreError(error)
      }
    },
    async unwrapDataKey(name, wrapped, context, signal) {
      signal.throwIfAborted()
      try {
        return await keystore.namedKeys().unwrapDataKey(name, wrapped, context)
      } catch (error) {
        throw toKeyStoreError(error)
      }
    },
    async createKey(name, signal) {
      signal.throwIfAborted()
      try {
        await keystore.namedKeys().create(name)
      } catch (error) {
        throw toKeyStoreError(error)
      }
    },
    async hasKey(name, signal) {
      signal.throwIfAborted()
      try {
        return (await keystore.namedKeys().describe(name)) !== undefined
      } catch (error) {
        throw toKeyStoreError(error)
      }
    },
  }
}

/** What the keystore refuses, in the words of the seam; anything else as it is. */
function toKeyStoreError(error: unknown): unknown {
  const fault = error instanceof KeystoreError ? faultFor[error.fault] : undefined
  return error instanceof KeystoreError && fault !== undefined ? new KeyStoreError(fault, error.message, error.details, error) : error
}
