import { describe, expect, it } from 'vitest'
import { chooseParityShards, chooseReducedParity, toLossesLeft, toStorageHealth, type SetCondition } from '../../../../../src-main/storage/erasure/set/quorum.ts'

const six: SetCondition = { slotCount: 6, dataShards: 4, parityShards: 2, complete: 6, readable: 6, writable: 6, writesStopped: false }
const four: SetCondition = { slotCount: 4, dataShards: 2, parityShards: 2, complete: 4, readable: 4, writable: 4, writesStopped: false }

describe('the parity of a new set', () => {
  it('follows the table', () => {
    const parity = Array.from({ length: 16 }, (_, index) => chooseParityShards(index + 1))
    expect(parity).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4])
  })

  it('is at most one drive in the reduced class, and never more than the set has', () => {
    expect([chooseReducedParity(0), chooseReducedParity(1), chooseReducedParity(4)]).toEqual([0, 1, 1])
  })
})

describe('the health of a set', () => {
  it('is offline when fewer than k drives can be read', () => {
    expect(toStorageHealth({ ...four, complete: 1, readable: 1, writable: 1 })).toBe('offline')
  })

  it('is read-only one drive earlier where half would do for reading: k + 1 is needed to write', () => {
    expect(toStorageHealth({ ...four, complete: 2, readable: 2, writable: 2 })).toBe('read-only')
  })

  it('is read-only after a batch was lost, whatever the drives say', () => {
    expect(toStorageHealth({ ...four, writesStopped: true })).toBe('read-only')
    expect(toLossesLeft({ ...four, writesStopped: true }).writes).toBeLessThan(0)
  })

  it('is at risk when the next loss takes data away', () => {
    expect(toStorageHealth({ ...six, complete: 4, readable: 4, writable: 4 })).toBe('at-risk')
  })

  it('is at risk when the next loss stops only writes: one of two and two is gone, or full', () => {
    expect(toStorageHealth({ ...four, complete: 3, readable: 3, writable: 3 })).toBe('at-risk')
    expect(toStorageHealth({ ...four, complete: 3, readable: 4, writable: 3 })).toBe('at-risk')
  })

  it('is degraded while reads and writes survive a further loss', () => {
    expect(toStorageHealth({ ...six, complete: 5, readable: 5, writable: 5 })).toBe('degraded')
  })

  it('counts a drive that is being healed as not yet there for reads', () => {
    const healing = { ...four, complete: 3 }
    expect(toStorageHealth(healing)).toBe('degraded')
    expect(toLossesLeft(healing)).toEqual({ reads: 1, writes: 1 })
  })

  it('is ok with every drive, also where the first loss stops writes, and without parity', () => {
    expect(toStorageHealth(four)).toBe('ok')
    expect(toStorageHealth({ slotCount: 2, dataShards: 1, parityShards: 1, complete: 2, readable: 2, writable: 2, writesStopped: false })).toBe('ok')
    expect(toStorageHealth({ slotCount: 1, dataShards: 1, parityShards: 0, complete: 1, readable: 1, writable: 1, writesStopped: false })).toBe('ok')
  })
})
