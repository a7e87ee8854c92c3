import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Locations } from '../../../../../src-main/storage/erasure/drives/locations.ts'

function contentOf(locations: Locations): [number, number[]][] {
  const content: [number, number[]][] = []
  locations.forEach((sequence, ...place) => { content.push([sequence, place]) })
  return content
}

describe('the locations of records', () => {
  it('do not find what is not there', () => {
    const locations = new Locations()
    expect(locations.find(1)).toBe(false)
    expect(locations.remove(1)).toBe(false)
    locations.put(5, 1, 64, 128)
    for (const sequence of [0, 4, 6, Number.MAX_SAFE_INTEGER]) expect(locations.find(sequence)).toBe(false)
  })

  it('are what a map would be, whatever is put, replaced and removed in whatever order', () => {
    const change = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), from: fc.nat(20_000), count: fc.nat(2500), step: fc.integer({ min: 1, max: 7 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), from: fc.nat(20_000), count: fc.nat(4000), step: fc.integer({ min: 1, max: 3 }) }) },
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
        const locations = new Locations()
        const model = new Map<number, number[]>()
        for (const { kind, from, count, step } of changes) {
          for (let index = 0, sequence = from; index < count; index++, sequence += step) {
            const place = [index % 900, sequence % 4096, count]
            if (kind === 'put') {
              locations.put(sequence, ...(place as [number, number, number]))
              model.set(sequence, place)
            } else expect(locations.remove(sequence)).toBe(model.delete(sequence))
          }
        }
        expect(locations.size).toBe(model.size)
        expect(contentOf(locations)).toEqual([...model].sort(([a], [b]) => a - b))
        for (const [sequence, place] of model) {
          expect(locations.find(sequence)).toBe(true)
          if (place.join() !== [locations.segment, locations.offset, locations.length].join()) throw new Error(`place of ${sequence}`)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('take about twenty bytes a record (a million: 20 MB), and shrink when most are removed in any order', () => {
    const locations = new Locations()
    const count = 400_000
    for (let sequence = 1; sequence <= count; sequence++) locations.put(sequence, sequence >>> 10, sequence & 1023, 320)
    expect(locations.memoryBytes / count).toBeLessThan(21)
    for (let index = 0; index < count; index++) {
      const sequence = ((index * 7919) % count) + 1
      if (sequence % 20 !== 0) locations.remove(sequence)
    }
    expect(locations.size).toBe(count / 20)
    expect(locations.memoryBytes / count).toBeLessThan(21 / 4)
    expect(locations.find(40)).toBe(true)
  })

  it('stay as small as what is live while records come and go', () => {
    const locations = new Locations()
    const live = 10_000
    for (let sequence = 1; sequence <= 300_000; sequence++) {
      locations.put(sequence, sequence >>> 10, sequence & 1023, 320)
      if (sequence > live) locations.remove(sequence - live)
    }
    expect(contentOf(locations).map(([sequence]) => sequence)).toEqual(Array.from({ length: live }, (_, index) => 290_001 + index))
    expect(locations.memoryBytes).toBeLessThan(2 * live * 21)
  })
})
