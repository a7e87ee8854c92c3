// What every SealStore promises.
import { describe, expect, it } from 'vitest'
import { sealRecordSizeMax, type SealStore } from '../../../src-main/seams/seal-store.ts'

/** `open` gives a store that nothing was ever written to. */
export function describeSealStore(name: string, open: () => Promise<SealStore>): void {
  describe(`the seal store ${name}`, () => {
    it('has nothing before the first write', async () => {
      expect(await (await open()).read()).toBeUndefined()
    })

    it('refuses a generation that is not newer, and keeps what it had', async () => {
      const seals = await open()
      await seals.write(2, Uint8Array.of(2))
      for (const generation of [1, 2]) await expect(seals.write(generation, Uint8Array.of(9))).rejects.toMatchObject({ fault: 'not-written' })
      expect(await seals.read()).toEqual({ generation: 2, bytes: Uint8Array.of(2) })
    })

    it('gives the newest back as a copy, of any size up to the limit', async () => {
      const seals = await open()
      const given = new Uint8Array(sealRecordSizeMax).fill(3)
      await seals.write(1, Uint8Array.of(1))
      await seals.write(5, given)
      given.fill(0)
      const first = await seals.read()
      expect([first?.generation, first?.bytes.length, first?.bytes[sealRecordSizeMax - 1]]).toEqual([5, sealRecordSizeMax, 3])
      first?.bytes.fill(0)
      expect((await seals.read())?.bytes[0]).toBe(3)
    })
  })
}
