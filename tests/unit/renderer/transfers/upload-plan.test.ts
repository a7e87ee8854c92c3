import { describe, expect, it } from 'vitest'
import { chooseUploadPlan, objectSizeMaxBytes, partCountMax, partSizeMinBytes, partSizeUsualMaxBytes, toPartRange, wholeSizeMaxBytes } from '../../../../src-renderer/transfers/upload-plan.ts'
import { seededNumbers } from '../../../support/seeded-numbers.ts'

const mib = 1024 * 1024

describe('cutting a file for upload', () => {
  it('refuses what no object can hold', () => {
    expect(chooseUploadPlan(objectSizeMaxBytes + 1)).toEqual({ kind: 'too-large' })
    expect(chooseUploadPlan(objectSizeMaxBytes).kind).toBe('parts')
  })

  it('sends up to 8 MiB whole, an empty file too', () => {
    for (const sizeBytes of [0, 1, wholeSizeMaxBytes]) expect(chooseUploadPlan(sizeBytes)).toEqual({ kind: 'whole' })
    expect(chooseUploadPlan(wholeSizeMaxBytes + 1)).toEqual({ kind: 'parts', partSizeBytes: 8 * mib, partCount: 2 })
  })

  it('keeps parts between 8 and 64 MiB as long as ten thousand of them are enough', () => {
    const random = seededNumbers(7)
    for (let round = 0; round < 2000; round++) {
      const sizeBytes = Math.ceil(2 ** (23 + random() * 19.3))
      const plan = chooseUploadPlan(Math.min(sizeBytes, objectSizeMaxBytes))
      if (plan.kind !== 'parts') continue
      expect(plan.partCount).toBeLessThanOrEqual(partCountMax)
      expect(plan.partSizeBytes).toBeGreaterThanOrEqual(partSizeMinBytes)
      if (sizeBytes <= partSizeUsualMaxBytes * partCountMax) expect(plan.partSizeBytes).toBeLessThanOrEqual(partSizeUsualMaxBytes)
    }
  })

  it('cuts without gaps or overlaps, the last part being what is left', () => {
    for (const sizeBytes of [8 * mib + 1, 16 * mib, 2048 * mib, 1_234_567_890]) {
      const plan = chooseUploadPlan(sizeBytes)
      if (plan.kind !== 'parts') throw new Error('expected parts')
      let at = 0
      for (let part = 1; part <= plan.partCount; part++) {
        const { begin, end } = toPartRange(plan.partSizeBytes, part, sizeBytes)
        expect(begin).toBe(at)
        expect(end).toBeGreaterThan(begin)
        at = end
      }
      expect(at).toBe(sizeBytes)
    }
  })
})
