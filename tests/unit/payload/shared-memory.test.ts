import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import type { SharedRange } from '../../../src-main/payload/codec-protocol.ts'
import { createSharedSlab, kernelAreaBytes, SharedMemoryError, SlotPool } from '../../../src-main/payload/shared-memory.ts'

const unit = 4096

describe('shared memory refuses', () => {
  it('what never fits, and more waiters than its limit', async () => {
    const pool = new SlotPool(createSharedSlab(16 * unit), 1)
    expect(() => pool.take(17 * unit)).toThrow(expect.objectContaining({ fault: 'too-large' }))
    const all = await pool.take(16 * unit)
    const waiter = pool.take(unit)
    expect(() => pool.take(unit)).toThrow(expect.objectContaining({ fault: 'queue-full' }))
    pool.give(all)
    pool.give(await waiter)
  })

  it('a range that is given back twice, or was never taken', async () => {
    const pool = new SlotPool(createSharedSlab(16 * unit), 1)
    const range = await pool.take(unit)
    pool.give(range)
    expect(() => { pool.give(range) }).toThrow(AssertionError)
    expect(() => { pool.give({ offset: kernelAreaBytes + unit, length: unit }) }).toThrow(AssertionError)
  })

  it('a waiter who gives up, and then serves those behind him', async () => {
    const pool = new SlotPool(createSharedSlab(16 * unit), 4)
    const half = await pool.take(8 * unit)
    const abort = new AbortController()
    const large = pool.take(16 * unit, abort.signal)
    const small = pool.take(4 * unit)
    expect(pool.waiting).toBe(2)
    abort.abort()
    await expect(large).rejects.toThrow(SharedMemoryError)
    pool.give(await small)
    pool.give(half)
    expect(pool.bytesInUse).toBe(0)
    expect(() => pool.take(16 * unit, abort.signal)).not.toThrow()
  })
})

describe('shared memory', () => {
  it('serves waiters in order of asking, the large one before the small ones behind it', async () => {
    const pool = new SlotPool(createSharedSlab(16 * unit), 10)
    const held = [await pool.take(8 * unit), await pool.take(4 * unit)]
    const served: string[] = []
    const ask = async (name: string, units: number): Promise<SharedRange> => {
      const range = await pool.take(units * unit)
      served.push(name)
      return range
    }
    const asked = [ask('whole', 16), ask('first', 1), ask('second', 1)]
    expect(pool.tryTake(unit)).toBeUndefined()
    for (const range of held) pool.give(range)
    const whole = await asked[0]
    expect(served).toEqual(['whole'])
    if (whole !== undefined) pool.give(whole)
    await Promise.all(asked)
    expect(served).toEqual(['whole', 'first', 'second'])
  })

  it('never hands out a byte twice, keeps off the kernels, and takes everything back whole', () => {
    const step = fc.oneof(fc.record({ take: fc.integer({ min: 1, max: 40 * unit }) }), fc.record({ give: fc.nat() }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step, { maxLength: 80 }), (units, steps) => {
        const slab = { memory: createSharedSlab(0).memory, bytes: new Uint8Array(kernelAreaBytes + units * unit) }
        const pool = new SlotPool(slab, 0)
        const held: SharedRange[] = []
        for (const action of steps) {
          if ('give' in action) {
            const [range] = held.splice(action.give % Math.max(1, held.length), 1)
            if (range !== undefined) pool.give(range)
            continue
          }
          let range: SharedRange | undefined
          try {
            range = pool.tryTake(action.take)
          } catch (error) {
            expect(error).toBeInstanceOf(SharedMemoryError)
          }
          if (range === undefined) continue
          expect(range.length).toBe(action.take)
          expect(range.offset).toBeGreaterThanOrEqual(kernelAreaBytes)
          expect(range.offset + range.length).toBeLessThanOrEqual(slab.bytes.byteLength)
          for (const other of held) expect(range.offset + range.length <= other.offset || other.offset + other.length <= range.offset).toBe(true)
          held.push(range)
        }
        for (const range of held) pool.give(range)
        expect(pool.bytesInUse).toBe(0)
        const largest = 2 ** Math.floor(Math.log2(units)) * unit
        expect(pool.tryTake(largest)).toBeDefined()
      }),
      { numRuns: 60 },
    )
  })

  it('works beyond two gibibytes', () => {
    const sizeBytes = 3 * 2 ** 30
    const bytes = { byteLength: kernelAreaBytes + sizeBytes } as Uint8Array
    const pool = new SlotPool({ memory: createSharedSlab(0).memory, bytes }, 0)
    const ranges = [pool.tryTake(2 ** 30), pool.tryTake(2 ** 30), pool.tryTake(2 ** 30)]
    expect(new Set(ranges.map((range) => range?.offset)).size).toBe(3)
    expect(pool.tryTake(1)).toBeUndefined()
    for (const range of ranges) if (range !== undefined) pool.give(range)
    expect(pool.tryTake(2 ** 31)?.offset).toBe(kernelAreaBytes)
  })
})
