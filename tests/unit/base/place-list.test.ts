import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlaceList } from '../../../src-main/base/place-list.ts'

describe('a list of places', () => {
  it('shows nothing at a place that is free or never was one', () => {
    const list = new PlaceList<string>()
    expect(list.at(0)).toBeUndefined()
    const place = list.add('a')
    list.remove(place)
    expect([list.at(place), list.count]).toEqual([undefined, 0])
  })

  it('may change while it is gone through', () => {
    const list = new PlaceList<number>()
    for (let item = 0; item < 5; item++) list.add(item)
    const seen: number[] = []
    list.forEach((item, place) => {
      seen.push(item)
      list.remove(place)
      if (item < 2) list.add(item + 10)
    })
    expect(seen).toEqual([0, 1, 2, 3, 4])
    expect(list.count).toBe(2)
  })

  it('holds what a map would, and no more places than were taken at once', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('add'), fc.nat(20)), { maxLength: 200 }), (steps) => {
        const list = new PlaceList<number>()
        const model = new Map<number, number>()
        let most = 0
        steps.forEach((step, item) => {
          if (step === 'add') {
            const place = list.add(item)
            expect(model.has(place)).toBe(false)
            model.set(place, item)
            most = Math.max(most, model.size)
            expect(place).toBeLessThan(most)
          } else if (model.delete(step)) list.remove(step)
          const shown = new Map<number, number>()
          list.forEach((shownItem, place) => shown.set(place, shownItem))
          expect(shown).toEqual(new Map([...model].sort(([a], [b]) => a - b)))
          expect(list.count).toBe(model.size)
        })
        list.clear()
        expect(list.count).toBe(0)
      }),
    )
  })
})
