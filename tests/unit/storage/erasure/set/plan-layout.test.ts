import { describe, expect, it } from 'vitest'
import { parityMaxOf, planLayout } from '../../../../../src-main/storage/erasure/set/plan-layout.ts'

describe('the plan of a set', () => {
  it('says when reads and writes stop, also where half of the drives would do for reading', () => {
    const { outcomes, readLosses, writeLosses } = planLayout([8, 8, 8, 8], 2)
    expect(outcomes.map(({ lost, health, reads, writes }) => [lost, health, reads, writes])).toEqual([
      [0, 'ok', true, true], [1, 'at-risk', true, true], [2, 'read-only', true, false], [3, 'offline', false, false], [4, 'offline', false, false],
    ])
    expect([readLosses, writeLosses]).toEqual([2, 1])
  })

  it('survives nothing without parity', () => {
    expect(planLayout([8], 0)).toMatchObject({ usableBytes: 8, readLosses: 0, writeLosses: 0, outcomes: [{ health: 'ok', reads: true, writes: true }, { health: 'offline', reads: false, writes: false }] })
  })

  it('goes by the smallest drive and names what the others have too much', () => {
    expect(planLayout([8, 10, 8, 9, 8, 8], 2)).toMatchObject({ dataShards: 4, usableBytes: 32, rawBytes: 51, lostToUnequalBytes: 3, readLosses: 2, writeLosses: 2 })
  })

  it('has parity for at most half of the drives', () => {
    expect([1, 2, 3, 4, 5, 16].map(parityMaxOf)).toEqual([0, 1, 1, 2, 2, 8])
  })
})
