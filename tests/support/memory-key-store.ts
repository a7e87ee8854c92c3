// A KeyStore in memory, for tests of what uses one: data keys are remembered instead of wrapped.
import { randomBytes } from 'node:crypto'
import { KeyStoreError, type KeyContext, type KeyStore } from '../../src-main/seams/key-store.ts'

export function openMemoryKeyStore(...names: readonly string[]): KeyStore {
  const keys = new Set(names)
  const wrappedKeys = new Map<string, { readonly plain: Uint8Array; readonly bound: string }>()
  const bind = (name: string, context: KeyContext): string => JSON.stringify([name, ...Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))])
  const known = (name: string): string => {
    if (!keys.has(name)) throw new KeyStoreError('no-such-key', 'no key of this name')
    return name
  }
  return {
    async generateDataKey(name, context, signal) {
      signal.throwIfAborted()
      const plain = new Uint8Array(randomBytes(32))
      const wrapped = new Uint8Array(randomBytes(16))
      wrappedKeys.set(Buffer.from(wrapped).toString('hex'), { plain: Uint8Array.from(plain), bound: bind(known(name), context) })
      return { keyName: name, keyVersion: 1, plain, wrapped }
    },
    async unwrapDataKey(name, wrapped, context, signal) {
      signal.throwIfAborted()
      const found = wrappedKeys.get(Buffer.from(wrapped).toString('hex'))
      if (found?.bound !== bind(known(name), context)) throw new KeyStoreError('not-authentic', 'the wrapped key does not open')
      return Uint8Array.from(found.plain)
    },
    async createKey(name, signal) {
      signal.throwIfAborted()
      if (!/^[0-9A-Za-z_-]{1,80}$/.test(name)) throw new KeyStoreError('invalid-key-name', 'not a key name')
      if (keys.has(name)) throw new KeyStoreError('key-exists', 'a key of this name exists')
      keys.add(name)
    },
    async hasKey(name, signal) {
      signal.throwIfAborted()
      return keys.has(name)
    },
  }
}
