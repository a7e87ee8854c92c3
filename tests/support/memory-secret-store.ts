// A SecretStore in memory, for tests of what uses one.
import { openMemoryRecordStore } from './memory-record-store.ts'
import { SecretStoreError, secretSizeMax, type SecretStore } from '../../src-main/seams/secret-store.ts'

export function openMemorySecretStore(): SecretStore {
  const records = openMemoryRecordStore()
  return {
    get: (path) => records.get(path),
    list: (prefix) => records.list(prefix),
    delete: (path) => records.delete(path),
    async put(path, secret) {
      if (secret.byteLength > secretSizeMax) throw new SecretStoreError('too-large', 'a secret has at most 1 MiB')
      await records.put(path, secret)
    },
  }
}
