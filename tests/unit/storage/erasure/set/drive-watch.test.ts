import { describe, expect, it } from 'vitest'
import { DriveError, type DriveConnection } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import { watchDrives } from '../../../../../src-main/storage/erasure/set/drive-watch.ts'
import { ErasureSet } from '../../../../../src-main/storage/erasure/set/erasure-set.ts'
import { planSet } from '../../../../../src-main/storage/erasure/set/format-set.ts'
import type { FoundSet } from '../../../../../src-main/storage/erasure/set/open-set.ts'
import { manualClock } from '../../../../support/manual-clock.ts'
import { seededRandom } from '../../../../support/seeded-random.ts'

function openSet(probe: (slot: number) => Promise<void>): ErasureSet {
  const connections = Array.from({ length: 4 }, (_, slot) => ({ path: `/mnt/${slot}`, probe: () => probe(slot) }) as unknown as DriveConnection)
  const identities = planSet(connections.map((connection) => ({ connection, isFolder: false })), seededRandom(1))
  const slots = identities.map((identity, slot) => ({ connection: connections[slot] as DriveConnection, identity, sealRecord: undefined }))
  return new ErasureSet({ identity: identities[0] as FoundSet['identity'], slots })
}

const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

describe('a drive that nobody uses', () => {
  it('is out of service within seconds after it was removed', async () => {
    const clock = manualClock()
    const set = openSet(async (slot) => { if (slot === 2) throw new DriveError('gone', 'the drive is no longer at its path') })
    const end = watchDrives(set, clock)
    let told = 0
    set.watch(() => told++)
    clock.advance(2000)
    await settle()
    expect(set.reports().map(({ state }) => state)).toEqual(['ok', 'ok', 'out-of-service', 'ok'])
    expect(set.reports()[2]?.reason).toBe('the drive is gone')
    expect([set.health(), told]).toEqual(['at-risk', 1])
    end()
  })

  it('is not out because it is slow, and is asked one thing at a time', async () => {
    const clock = manualClock()
    const asked = [0, 0, 0, 0]
    let refuse: (error: unknown) => void = () => undefined
    const set = openSet((slot) => {
      asked[slot] = (asked[slot] ?? 0) + 1
      return slot === 1 ? new Promise((_resolve, reject) => { refuse = reject }) : Promise.resolve()
    })
    const end = watchDrives(set, clock)
    for (let look = 0; look < 5; look++) {
      clock.advance(2000)
      await settle()
    }
    expect(asked).toEqual([5, 1, 5, 5])
    refuse(new DriveError('timeout', 'the drive did not answer in time'))
    await settle()
    expect(set.state(1)).toBe('ok')
    end()
  })

  it('is left alone after the end, whatever still comes', async () => {
    const clock = manualClock()
    let refuse: (error: unknown) => void = () => undefined
    const set = openSet((slot) => (slot === 0 ? new Promise((_resolve, reject) => { refuse = reject }) : Promise.resolve()))
    const end = watchDrives(set, clock)
    clock.advance(2000)
    end()
    refuse(new DriveError('gone', 'the thread of the drive has ended'))
    await settle()
    expect([set.state(0), clock.timersWaiting]).toEqual(['ok', 0])
  })
})
