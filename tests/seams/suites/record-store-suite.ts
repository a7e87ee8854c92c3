// What every RecordStore promises.
import { describe, expect, it } from 'vitest'
import { recordValueSizeMax, type RecordStore } from '../../../src-main/seams/record-store.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** `open` gives an empty store; `reopen`, where there is one, the same store after a restart. */
export function describeRecordStore(name: string, open: () => Promise<RecordStore & { reopen?: () => Promise<RecordStore> }>): void {
  describe(`the record store ${name}`, () => {
    it('refuses a value over its limit and takes one of just that', async () => {
      const records = await open()
      await expect(records.put('big', new Uint8Array(recordValueSizeMax + 1))).rejects.toMatchObject({ fault: 'too-large' })
      expect(await records.get('big')).toBeUndefined()
      await records.put('big', new Uint8Array(recordValueSizeMax).fill(7))
      expect((await records.get('big'))?.length).toBe(recordValueSizeMax)
    })

    it('gives undefined for what is absent, and deleting that is no fault', async () => {
      const records = await open()
      expect(await records.get('nothing')).toBeUndefined()
      await records.delete('nothing')
      expect(await records.list('')).toEqual([])
    })

    it('gives back what was put last as a copy, until it is deleted', async () => {
      const records = await open()
      const given = bytes(2, 3)
      await records.put('a/b', bytes(1))
      const putting = records.put('a/b', given)
      await putting
      given.fill(0)
      const taken = await records.get('a/b')
      expect(taken).toEqual(bytes(2, 3))
      taken?.fill(0)
      expect(await records.get('a/b')).toEqual(bytes(2, 3))
      await records.delete('a/b')
      expect(await records.get('a/b')).toBeUndefined()
    })

    it('takes many values at once, the last of one path winning', async () => {
      const records = await open()
      await Promise.all(Array.from({ length: 50 }, (_, index) => records.put(`p/${index % 10}`, bytes(index))))
      expect(await records.list('p/')).toHaveLength(10)
      for (let index = 0; index < 10; index++) expect(await records.get(`p/${index}`)).toEqual(bytes(40 + index))
    })

    it('lists whole paths below a prefix in byte order', async () => {
      const records = await open()
      for (const path of ['b', 'a/2', 'a/10', 'a/Z', 'aa', 'a/ü', 'a/\u{1f511}', 'a/\uff5e']) await records.put(path, bytes(1))
      expect(await records.list('a/')).toEqual(['a/10', 'a/2', 'a/Z', 'a/ü', 'a/\uff5e', 'a/\u{1f511}'])
      expect(await records.list('zz')).toEqual([])
    })

    it('still has everything after a restart', async ({ skip }) => {
      const records = await open()
      if (records.reopen === undefined) return skip()
      await records.put('kept', bytes(1))
      await records.put('gone', bytes(2))
      await records.delete('gone')
      const again = await records.reopen()
      expect([await again.get('kept'), await again.get('gone'), await again.list('')]).toEqual([bytes(1), undefined, ['kept']])
    })
  })
}
