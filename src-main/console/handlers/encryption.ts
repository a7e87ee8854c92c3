// Area encryption: the default for objects that no client asked to encrypt.
import type { ConsoleServices, Handlers } from '../call-context.ts'
import { openEncryption } from './buckets.ts'

export function encryptionHandlers({ store }: ConsoleServices): Handlers<'encryption.get' | 'encryption.set'> {
  return {
    'encryption.get': () => ({ ...openEncryption(store) }),
    'encryption.set': async ({ encryptByDefault }) => {
      openEncryption(store)
      await store.setEncryptByDefault(encryptByDefault)
      return { ...openEncryption(store) }
    },
  }
}
