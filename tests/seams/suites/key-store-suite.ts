// What every KeyStore promises.
import { describe, expect, it } from 'vitest'
import { defaultKeyName, type KeyStore } from '../../../src-main/seams/key-store.ts'

const signal = new AbortController().signal
const context = { bucket: 'photos', object: 'holiday/1.jpg' }

/** `open` gives a fresh store in which `coffer-default` exists and nothing else. */
export function describeKeyStore(name: string, open: () => Promise<KeyStore>): void {
  describe(`the key store ${name}`, () => {
    it('refuses to make or open data keys under a key that does not exist', async () => {
      const keys = await open()
      const { wrapped } = await keys.generateDataKey(defaultKeyName, context, signal)
      await expect(keys.generateDataKey('nobody', context, signal)).rejects.toMatchObject({ fault: 'no-such-key' })
      await expect(keys.unwrapDataKey('nobody', wrapped, context, signal)).rejects.toMatchObject({ fault: 'no-such-key' })
      expect(await keys.hasKey('nobody', signal)).toBe(false)
    })

    it('opens a data key only under its own key and context, and only unchanged', async () => {
      const keys = await open()
      await keys.createKey('other', signal)
      const { wrapped } = await keys.generateDataKey(defaultKeyName, context, signal)
      const notAuthentic = { fault: 'not-authentic' }
      await expect(keys.unwrapDataKey('other', wrapped, context, signal)).rejects.toMatchObject(notAuthentic)
      await expect(keys.unwrapDataKey(defaultKeyName, wrapped, { ...context, object: 'holiday/2.jpg' }, signal)).rejects.toMatchObject(notAuthentic)
      await expect(keys.unwrapDataKey(defaultKeyName, wrapped, {}, signal)).rejects.toMatchObject(notAuthentic)
      await expect(keys.unwrapDataKey(defaultKeyName, wrapped.subarray(1), context, signal)).rejects.toMatchObject(notAuthentic)
      const changed = Uint8Array.from(wrapped, (byte, at) => (at === wrapped.length - 1 ? byte ^ 1 : byte))
      await expect(keys.unwrapDataKey(defaultKeyName, changed, context, signal)).rejects.toMatchObject(notAuthentic)
    })

    it('refuses a key that exists and names that are none', async () => {
      const keys = await open()
      await expect(keys.createKey(defaultKeyName, signal)).rejects.toMatchObject({ fault: 'key-exists' })
      for (const bad of ['', 'a b', 'a/b', 'x'.repeat(81)]) await expect(keys.createKey(bad, signal)).rejects.toMatchObject({ fault: 'invalid-key-name' })
    })

    it('does nothing for a caller that has gone', async () => {
      const keys = await open()
      const gone = AbortSignal.abort()
      await expect(keys.generateDataKey(defaultKeyName, context, gone)).rejects.toThrow()
      await expect(keys.createKey('late', gone)).rejects.toThrow()
      expect(await keys.hasKey('late', signal)).toBe(false)
    })

    it('gives 32 fresh bytes each time and the same again from what it wrapped', async () => {
      const keys = await open()
      const [first, second] = [await keys.generateDataKey(defaultKeyName, context, signal), await keys.generateDataKey(defaultKeyName, context, signal)]
      expect([first.plain.length, first.keyName, first.keyVersion]).toEqual([32, defaultKeyName, 1])
      expect(first.wrapped.length).toBeLessThanOrEqual(1024)
      expect(second.plain).not.toEqual(first.plain)
      const turned = { object: context.object, bucket: context.bucket }
      expect(await keys.unwrapDataKey(defaultKeyName, first.wrapped, turned, signal)).toEqual(first.plain)
    })

    it('gives bytes that the caller may wipe without harm to the next', async () => {
      const keys = await open()
      const { plain, wrapped } = await keys.generateDataKey(defaultKeyName, context, signal)
      const kept = Uint8Array.from(plain)
      plain.fill(0)
      const opened = await keys.unwrapDataKey(defaultKeyName, wrapped, context, signal)
      expect(opened).toEqual(kept)
      opened.fill(0)
      expect(await keys.unwrapDataKey(defaultKeyName, wrapped, context, signal)).toEqual(kept)
    })

    it('uses a key as soon as it was created', async () => {
      const keys = await open()
      await keys.createKey('mine', signal)
      expect(await keys.hasKey('mine', signal)).toBe(true)
      expect((await keys.generateDataKey('mine', {}, signal)).keyName).toBe('mine')
    })
  })
}
