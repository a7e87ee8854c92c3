// What every SecretStore promises.
import { describe, expect, it } from 'vitest'
import { secretSizeMax, type SecretStore } from '../../../src-main/seams/secret-store.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

export function describeSecretStore(name: string, open: () => Promise<SecretStore>): void {
  describe(`the secret store ${name}`, () => {
    it('refuses a secret over 1 MiB and takes one of just that', async () => {
      const secrets = await open()
      await expect(secrets.put('big', new Uint8Array(secretSizeMax + 1))).rejects.toMatchObject({ fault: 'too-large' })
      expect(await secrets.get('big')).toBeUndefined()
      await secrets.put('big', new Uint8Array(secretSizeMax).fill(7))
      expect((await secrets.get('big'))?.length).toBe(secretSizeMax)
    })

    it('gives undefined for what is absent, and deleting that is no fault', async () => {
      const secrets = await open()
      expect(await secrets.get('nothing')).toBeUndefined()
      await secrets.delete('nothing')
    })

    it('gives back what was put last, also nothing at all, as a copy', async () => {
      const secrets = await open()
      await secrets.put('a', bytes(1))
      const given = bytes(2, 3)
      await secrets.put('a', given)
      given.fill(0)
      const taken = await secrets.get('a')
      expect(taken).toEqual(bytes(2, 3))
      taken?.fill(0)
      expect(await secrets.get('a')).toEqual(bytes(2, 3))
      await secrets.put('empty', bytes())
      expect(await secrets.get('empty')).toEqual(bytes())
    })

    it('lists whole paths below a prefix in byte order, without what was deleted', async () => {
      const secrets = await open()
      for (const path of ['b', 'a/2', 'a/10', 'a/ü', 'a/Z', 'aa', 'a/\u{1f511}', 'a/\uff5e']) await secrets.put(path, bytes(1))
      await secrets.delete('a/2')
      expect(await secrets.list('a/')).toEqual(['a/10', 'a/Z', 'a/ü', 'a/\uff5e', 'a/\u{1f511}'])
      expect(await secrets.list('zz')).toEqual([])
      expect(await secrets.list('')).toHaveLength(7)
    })
  })
}
