// A SecretStore under one prefix of the barrier. The view outlives seal and unseal: it asks for the open barrier at each call, and
// while there is none every call is refused with `sealed`.
import { assert } from '../../base/assert.ts'
import { SecretStoreError, type SecretStore } from '../../seams/secret-store.ts'
import { corePrefix, type Barrier } from './barrier.ts'

export function openBarrierView(prefix: string, openBarrier: () => Barrier | undefined): SecretStore {
  assert(/^[a-z0-9-]+(\/[a-z0-9-]+)*\/$/.test(prefix) && !prefix.startsWith(corePrefix), 'a prefix is lower-case names, each followed by a slash')
  const barrier = (): Barrier => {
    const open = openBarrier()
    if (open === undefined) throw new SecretStoreError('sealed', 'the keystore is sealed')
    return open
  }
  const below = (path: string): string => {
    assert(path !== '', 'a secret has a path')
    return prefix + path
  }
  return {
    get: async (path) => barrier().get(below(path)),
    put: async (path, secret) => barrier().put(below(path), secret),
    delete: async (path) => barrier().delete(below(path)),
    list: async (within) => (await barrier().list(prefix + within)).map((path) => path.slice(prefix.length)),
  }
}
