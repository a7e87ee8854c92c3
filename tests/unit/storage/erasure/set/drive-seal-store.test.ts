import { describe, expect, it } from 'vitest'
import { SealStoreError } from '../../../../../src-main/seams/seal-store.ts'
import { DriveError, type DriveConnection } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import { planSet } from '../../../../../src-main/storage/erasure/set/format-set.ts'
import { openDriveSealStore } from '../../../../../src-main/storage/erasure/set/drive-seal-store.ts'
import type { FoundSet } from '../../../../../src-main/storage/erasure/set/open-set.ts'
import { seededRandom } from '../../../../support/seeded-random.ts'

interface Medium {
  seal: { readonly generation: number; readonly bytes: Uint8Array } | undefined
  fails: boolean
}

function setOf(media: readonly Medium[], without: readonly number[] = []): FoundSet {
  const connections = media.map((medium) => ({
    writeSealRecord: async (record: { readonly generation: number; readonly bytes: Uint8Array }) => {
      if (medium.fails) throw new DriveError('io-error', '')
      medium.seal = record
    },
  }) as unknown as DriveConnection)
  const identities = planSet(connections.map((connection) => ({ connection, isFolder: true })), seededRandom(1))
  const slots = identities.map((identity, slot) => (without.includes(slot) ? undefined : { connection: connections[slot] as DriveConnection, identity, sealRecord: media[slot]?.seal }))
  return { identity: identities[0] as FoundSet['identity'], slots }
}

const fourMedia = (): Medium[] => Array.from({ length: 4 }, () => ({ seal: undefined, fails: false }))
const text = (copy: { readonly bytes: Uint8Array } | undefined): string | undefined => copy && Buffer.from(copy.bytes).toString()

describe('the seal record on the drives of a set', () => {
  it('is not written when fewer than a quorum take it', async () => {
    const media = fourMedia()
    for (const slot of [0, 1]) (media[slot] as Medium).fails = true
    await expect(openDriveSealStore(setOf(media)).write(1, Buffer.from('x'))).rejects.toMatchObject({ fault: 'not-written' })
  })

  it('is not known with fewer than k drives', async () => {
    const media = fourMedia()
    await openDriveSealStore(setOf(media)).write(1, Buffer.from('x'))
    await expect(openDriveSealStore(setOf(media, [0, 1, 2])).read()).rejects.toBeInstanceOf(SealStoreError)
  })

  it('never goes back to an older generation', async () => {
    const store = openDriveSealStore(setOf(fourMedia()))
    await store.write(3, Buffer.from('three'))
    await expect(store.write(3, Buffer.from('again'))).rejects.toMatchObject({ fault: 'not-written' })
    expect(text(await store.read())).toBe('three')
  })

  it('is absent on a new set', async () => {
    expect(await openDriveSealStore(setOf(fourMedia())).read()).toBeUndefined()
  })

  it('is found newest by any k drives, and a copy that is behind is brought up to date', async () => {
    const media = fourMedia()
    await openDriveSealStore(setOf(media)).write(1, Buffer.from('one'))
    await openDriveSealStore(setOf(media, [3])).write(2, Buffer.from('two'))
    expect(text(await openDriveSealStore(setOf(media, [0, 1])).read())).toBe('two')
    expect(media[3]?.seal?.generation).toBe(2)
  })
})
