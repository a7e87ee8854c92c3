import { describe, expect, it } from 'vitest'
import { compareNames, createObjectListing, type ListingPage, type ListingView } from '../../../../../src-renderer/screens/objects/object-listing.ts'
import { seededNumbers } from '../../../../support/seeded-numbers.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const place = { bucket: 'b', prefix: '' }

/** Pages of names; asked-for ones are answered by hand. */
function bench() {
  const asked: { after: string | undefined; prefix: string; answer: (page: ListingPage) => void; refuse: () => void }[] = []
  let view: ListingView<string> | undefined
  const listing = createObjectListing<string>(
    ({ prefix }, after) => new Promise((resolve, reject) => asked.push({ after, prefix, answer: resolve, refuse: () => reject(new Error('no')) })),
    () => 'fault',
    (shown) => { view = shown },
  )
  return { asked, listing, shown: () => view ?? listing.view, names: () => listing.view.entries.map(({ name }) => name) }
}

const page = (names: readonly string[], next?: string, folders: readonly string[] = []): ListingPage => ({
  folders, objects: names.map((name) => ({ name, sizeBytes: 1, modifiedMs: 0 })), next,
})

describe('the listing of a folder', () => {
  it('keeps what it has when a page fails, and goes on from there', async () => {
    const { asked, listing, shown, names } = bench()
    listing.open(place)
    asked[0]?.answer(page(['a'], 'a'))
    await settle()
    asked[1]?.refuse()
    await settle()
    expect(shown()).toMatchObject({ fault: 'fault', isLoading: false })
    listing.need(10)
    expect(asked.length).toBe(2)
    listing.retry()
    expect(asked[2]?.after).toBe('a')
    asked[2]?.answer(page(['b']))
    await settle()
    expect(names()).toEqual(['a', 'b'])
    expect(shown()).toMatchObject({ fault: undefined, hasMore: false })
  })

  it('ignores what a folder answers that was left meanwhile', async () => {
    const { asked, listing, names } = bench()
    listing.open(place)
    listing.open({ bucket: 'b', prefix: 'x/' })
    asked[1]?.answer(page(['x/1']))
    await settle()
    asked[0]?.answer(page(['a']))
    await settle()
    expect(names()).toEqual(['x/1'])
  })

  it('asks for one page at a time, and only when the end comes near', async () => {
    const { asked, listing } = bench()
    listing.open(place)
    asked[0]?.answer(page(Array.from({ length: 1000 }, (_, index) => `n${String(index).padStart(6, '0')}`), 'n000999'))
    await settle()
    expect(asked.length).toBe(1)
    listing.need(100)
    expect(asked.length).toBe(1)
    listing.need(700)
    listing.need(800)
    expect(asked.length).toBe(2)
    expect(asked[1]?.after).toBe('n000999')
  })

  it('puts folders and objects in one order', async () => {
    const { asked, listing, names } = bench()
    listing.open(place)
    asked[0]?.answer(page(['a', 'b.txt', 'c'], undefined, ['b/', 'z/']))
    await settle()
    expect(names()).toEqual(['a', 'b.txt', 'b/', 'c', 'z/'])
  })

  it('shows the old names until the fresh ones are here', async () => {
    const { asked, listing, names } = bench()
    listing.open(place)
    asked[0]?.answer(page(['a', 'b']))
    await settle()
    listing.refresh()
    expect(names()).toEqual(['a', 'b'])
    asked[1]?.answer(page(['b', 'c']))
    await settle()
    expect(names()).toEqual(['b', 'c'])
    listing.forget(new Set(['c']))
    expect(names()).toEqual(['b'])
  })
})

describe('the order of names', () => {
  it('is that of their UTF-8', () => {
    const random = seededNumbers(11)
    const text = (): string => String.fromCodePoint(...Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const point = Math.floor(random() < 0.5 ? random() * 0x300 : 0xd000 + random() * 0x5000)
      return point >= 0xd800 && point < 0xe000 ? 0x1f600 : point
    }))
    for (let round = 0; round < 5000; round++) {
      const [a, b] = [text(), text()]
      expect(Math.sign(compareNames(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
    }
  })
})
