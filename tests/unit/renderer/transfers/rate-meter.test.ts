import { describe, expect, it } from 'vitest'
import { createRateMeter } from '../../../../src-renderer/transfers/rate-meter.ts'

describe('the rate of uploads', () => {
  it('is not known at first, and falls to nothing when the line stalls', () => {
    const meter = createRateMeter()
    expect(meter.bytesPerSecond(0)).toBeUndefined()
    meter.note(0, 0)
    meter.note(500, 5000)
    expect(meter.bytesPerSecond(500)).toBeUndefined()
    for (let at = 1000; at <= 4000; at += 500) meter.note(at, 10 * at)
    expect(meter.bytesPerSecond(4000)).toBeCloseTo(10_000)
    for (let at = 4500; at <= 11_000; at += 500) meter.note(at, 40_000)
    expect(meter.bytesPerSecond(11_000)).toBe(0)
  })

  it('is never below nothing when a part is sent again', () => {
    const meter = createRateMeter()
    for (let at = 0; at <= 3000; at += 500) meter.note(at, 9000 - at)
    expect(meter.bytesPerSecond(3000)).toBe(0)
  })
})
