import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnose, type ShardState } from '../../../../../src-main/storage/erasure/heal/diagnosis.ts'

describe('a diagnosis', () => {
  it.each([
    [2, ['damaged', 'damaged', 'not-found', 'ok'], 'lost', -1],
    [2, ['damaged', 'unread', 'not-found', 'ok'], 'waiting', -1],
    [2, ['unread', 'unread', 'unread', 'unread'], 'waiting', -2],
    [2, ['ok', 'io-error', 'unread', 'ok'], 'repairable', 0],
    [2, ['ok', 'unread', 'ok', 'ok'], 'incomplete', 1],
    [2, ['ok', 'ok', 'ok', 'ok'], 'whole', 2],
    [1, ['not-found'], 'lost', -1],
  ] as const)('of %i data shards in the states %j is %s', (dataShards, states, verdict, lossesLeft) => {
    expect(diagnose(dataShards, states)).toMatchObject({ verdict, lossesLeft })
  })

  it('never calls lost what drives that are away might bring back, nor repairable what cannot be read', () => {
    const state = fc.constantFrom<ShardState>('ok', 'damaged', 'not-found', 'io-error', 'unread')
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.array(state, { minLength: 1, maxLength: 16 }), (dataShards, states) => {
      const { verdict, good, bad, unread } = diagnose(dataShards, states)
      expect(good.length + bad.length + unread.length).toBe(states.length)
      if (verdict === 'lost') expect(good.length + unread.length).toBeLessThan(dataShards)
      if (verdict === 'repairable') expect(good.length >= dataShards && bad.length > 0).toBe(true)
    }))
  })
})
