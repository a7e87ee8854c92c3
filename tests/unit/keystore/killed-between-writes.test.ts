// Every change of the keystore, killed at every write of the seal record and of the barrier: before the write, and after it but before
// anybody learnt of it. Afterwards the holders of the cards that were given out can always open the store and read everything.
import { describe, expect, it } from 'vitest'
import type { ShareCard } from '../../../src-main/keystore/index.ts'
import { openMemoryRecordStore } from '../../support/memory-record-store.ts'
import { newTestKeystore, openTestKeystore, openWith, type TestKeystore } from '../../support/test-keystore.ts'

const secret = Uint8Array.of(4, 2)

async function filledKeystore(): Promise<TestKeystore> {
  const test = await openTestKeystore({ shares: 3, threshold: 2 })
  await test.keystore.secrets('iam/').put('root', secret)
  return test
}

async function expectReadable(test: TestKeystore, cards: readonly ShareCard[]): Promise<void> {
  const restarted = await test.restart()
  await openWith(restarted, cards)
  await restarted.attachRecords(test.records)
  expect(await restarted.secrets('iam/').get('root')).toEqual(secret)
  await restarted.secrets('iam/').put('other', secret)
  expect(await restarted.rotateKeyring()).toBeGreaterThan(1)
}

describe.each(['lost', 'torn'] as const)('a seal record whose write was cut off (%s)', (how) => {
  it('leaves a store that can be begun again when it was the first', async () => {
    const test = await newTestKeystore({ shares: 3, threshold: 2 })
    test.sealStore.stored = undefined
    const keystore = await test.restart()
    test.sealStore.failNextWrite(how)
    const request = { shares: 3, threshold: 2, deploymentId: 'deployment-one', storeName: 'studio' }
    await expect(keystore.initialise(request)).rejects.toMatchObject({ fault: 'not-written' })
    const restarted = await test.restart()
    const cards = how === 'lost' ? await restarted.initialise(request) : await restarted.reissueShares(request)
    await openWith(restarted, cards)
    expect(restarted.status().state).toBe('unsealed')
  })

  it('leaves the cards good when it was the proof', async () => {
    const test = await newTestKeystore({ shares: 3, threshold: 2 })
    test.sealStore.failNextWrite(how)
    await expect(openWith(test.keystore, test.cards)).rejects.toMatchObject({ fault: 'not-written' })
    expect((await test.restart()).status().state).toBe(how === 'lost' ? 'unverified' : 'sealed')
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    expect(restarted.status().state).toBe('unsealed')
  })

  it('leaves the old cards and every secret good when it was a rotation', async () => {
    const test = await filledKeystore()
    test.sealStore.failNextWrite(how)
    await expect(test.keystore.rotateKeyring()).rejects.toMatchObject({ fault: 'not-written' })
    expect(await test.keystore.secrets('iam/').get('root')).toEqual(secret)
    await expectReadable(test, test.cards)
  })

  it('leaves everything readable when the rotation is then done again in the same process', async () => {
    const test = await filledKeystore()
    test.sealStore.failNextWrite(how)
    await expect(test.keystore.rotateKeyring()).rejects.toMatchObject({ fault: 'not-written' })
    expect(await test.keystore.rotateKeyring()).toBe(2)
    await test.keystore.secrets('iam/').put('root', secret)
    await expectReadable(test, test.cards)
    expect(new Set(test.sealStore.generationsWritten).size).toBe(test.sealStore.generationsWritten.length)
  })

  it('leaves the old cards good when it was a re-issue whose cards nobody saw', async () => {
    const test = await filledKeystore()
    test.sealStore.failNextWrite(how)
    await expect(test.keystore.reissueShares({ shares: 5, threshold: 3 })).rejects.toMatchObject({ fault: 'not-written' })
    await expectReadable(test, test.cards)
  })

  it('leaves old or new cards good, and the new ones always, when it was their confirmation', async () => {
    const test = await filledKeystore()
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    test.sealStore.failNextWrite(how)
    await expect(openWith(test.keystore, newer)).rejects.toMatchObject({ fault: 'not-written' })
    expect(await test.keystore.secrets('iam/').get('root')).toEqual(secret)
    if (how === 'lost') {
      const restarted = await test.restart()
      await openWith(restarted, test.cards)
      expect(restarted.status().state).toBe('unsealed')
    }
    await expectReadable(test, newer)
  })

  it('leaves the default key in place when it was the mark that keys exist', async () => {
    const test = await newTestKeystore({ shares: 3, threshold: 2 })
    await openWith(test.keystore, test.cards)
    test.sealStore.failNextWrite(how)
    await expect(test.keystore.attachRecords(test.records)).rejects.toMatchObject({ fault: 'not-written' })
    const before = test.records.entries.get('core/keys/coffer-default')
    expect(before).toBeDefined()
    await test.keystore.attachRecords(test.records)
    expect(test.records.entries.get('core/keys/coffer-default')).toEqual(before)
  })
})

describe('records that were lost', () => {
  it('are not replaced by a fresh default key', async () => {
    const test = await filledKeystore()
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    await expect(restarted.attachRecords(openMemoryRecordStore())).rejects.toMatchObject({ fault: 'records-missing' })
    expect(() => restarted.namedKeys()).toThrow('sealed')
    await restarted.attachRecords(test.records)
    expect(await restarted.secrets('iam/').get('root')).toEqual(secret)
  })

  it('are not mistaken for a fresh store while they cannot be read', async () => {
    const test = await newTestKeystore({ shares: 3, threshold: 2 })
    await openWith(test.keystore, test.cards)
    test.records.failWith('not-readable')
    await expect(test.keystore.attachRecords(test.records)).rejects.toMatchObject({ fault: 'records-unreadable' })
    test.records.failWith(undefined)
    await test.keystore.attachRecords(test.records)
    expect(await test.keystore.namedKeys().names()).toEqual(['coffer-default'])
  })

  it('can be attached only once after each opening', async () => {
    const test = await filledKeystore()
    await expect(test.keystore.attachRecords(test.records)).rejects.toMatchObject({ fault: 'unsealed' })
  })
})
