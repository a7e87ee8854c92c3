import { describe, expect, it } from 'vitest'
import { DriveError, type DriveConnection } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import type { DriveIdentity, DriveOpened } from '../../../../../src-main/storage/erasure/drives/drive-protocol.ts'
import { planSet } from '../../../../../src-main/storage/erasure/set/format-set.ts'
import { findSet } from '../../../../../src-main/storage/erasure/set/open-set.ts'
import { seededRandom } from '../../../../support/seeded-random.ts'

interface Candidate extends DriveConnection {
  readonly gone: { abandoned: boolean }
}

/** Only what finding a set asks of a drive. */
function candidate(path: string, answer: DriveOpened | DriveError): Candidate {
  const gone = { abandoned: false }
  const part: Partial<DriveConnection> = {
    path,
    open: () => (answer instanceof DriveError ? Promise.reject(answer) : Promise.resolve(answer)),
    close: () => Promise.resolve(),
    abandon: async () => { gone.abandoned = true },
  }
  return { ...(part as DriveConnection), gone }
}

function identities(count: number, seed: number): DriveIdentity[] {
  return planSet(Array.from({ length: count }, () => ({ connection: candidate('', new DriveError('gone', '')), isFolder: true })), seededRandom(seed))
}

const drivesOf = (set: readonly DriveIdentity[]): Candidate[] => set.map((identity, slot) => candidate(`/d${slot}`, { identity }))

describe('drives found somewhere', () => {
  it('make no set when they belong to two deployments and nobody said which', async () => {
    const search = await findSet([...drivesOf(identities(4, 1)), ...drivesOf(identities(2, 2))])
    expect(search.set).toBeUndefined()
    expect(search.deployments).toHaveLength(2)
    expect(search.refused.every(({ reason }) => reason === 'foreign')).toBe(true)
  })

  it('are refused when they are of another deployment than the one named', async () => {
    const ours = identities(4, 1)
    const foreign = drivesOf(identities(2, 2))
    const search = await findSet([...drivesOf(ours), ...foreign], ours[0]?.deploymentId)
    expect(search.set?.slots.every((slot) => slot !== undefined)).toBe(true)
    expect(search.refused.map(({ reason }) => reason)).toEqual(['foreign', 'foreign'])
    expect(foreign.every(({ gone }) => gone.abandoned)).toBe(true)
  })

  it('are both refused when two carry the same identity', async () => {
    const [first, ...others] = identities(4, 1)
    const clone = [candidate('/one', { identity: first as DriveIdentity }), candidate('/two', { identity: first as DriveIdentity })]
    const search = await findSet([...clone, ...drivesOf(others)])
    expect(search.set?.slots[0]).toBeUndefined()
    expect(search.refused).toEqual([{ path: '/one', reason: 'duplicate' }, { path: '/two', reason: 'duplicate' }])
    expect(search.tooFew).toBe(false)
  })

  it('are too few below k', async () => {
    const search = await findSet(drivesOf(identities(4, 1)).slice(0, 1))
    expect(search.tooFew).toBe(true)
  })

  it('are told apart when they are blank, in use, or cannot be read', async () => {
    const blank = candidate('/blank', new DriveError('not-formatted', ''))
    const search = await findSet([blank, candidate('/busy', new DriveError('in-use', '')), candidate('/broken', new DriveError('io-error', ''))])
    expect(search.blank).toEqual([blank])
    expect(blank.gone.abandoned).toBe(false)
    expect(search.refused).toEqual([{ path: '/busy', reason: 'in-use' }, { path: '/broken', reason: 'unreadable' }])
  })

  it('stand in the slots that their identity says, wherever they were found', async () => {
    const set = identities(4, 1)
    const search = await findSet([...drivesOf(set)].reverse())
    expect(search.set?.slots.map((drive) => drive?.identity.slot)).toEqual([0, 1, 2, 3])
  })

  it('follow the newest layout: a drive that it does not name is foreign', async () => {
    const set = identities(4, 1)
    const newer = set.map((identity) => ({ ...identity, layoutGeneration: 2, setDrives: [...identity.setDrives.slice(0, 3), 'replacement'] }))
    const search = await findSet([...drivesOf(newer.slice(0, 3)), candidate('/old', { identity: set[3] as DriveIdentity })])
    expect(search.set?.slots.map((drive) => drive !== undefined)).toEqual([true, true, true, false])
    expect(search.refused).toEqual([{ path: '/old', reason: 'foreign' }])
  })
})
