import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src-main/base/random.ts'
import { KeystoreError, openKeystore } from '../../../src-main/keystore/index.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { openMemorySealStore } from '../../support/memory-seal-store.ts'
import { cardLine, newTestKeystore, openWith } from '../../support/test-keystore.ts'

const open = () => openKeystore({ sealStore: openMemorySealStore(), clock: manualClock(), random: systemRandom })
const names = { deploymentId: 'deployment-one', storeName: 'studio' }

describe('initialising', () => {
  it.each([
    [{ shares: 0, threshold: 1 }, 'shares must be at least one'],
    [{ shares: -1, threshold: 1 }, 'shares must be at least one'],
    [{ shares: 5, threshold: 0 }, 'threshold must be at least one'],
    [{ shares: 5, threshold: 1 }, 'threshold must be greater than one for multiple shares'],
    [{ shares: 256, threshold: 3 }, 'shares must be less than 256'],
    [{ shares: 5, threshold: 256 }, 'threshold must be less than 256'],
    [{ shares: 2, threshold: 3 }, 'threshold cannot be larger than shares'],
    [{ shares: 2, threshold: 2, labels: ['a', 'b', 'c'] }, 'more labels than shares'],
    [{ shares: 2, threshold: 2, labels: ['x'.repeat(101)] }, 'a label has at most 100 bytes and no control characters'],
    [{ shares: 2, threshold: 2, labels: ['a\nb'] }, 'a label has at most 100 bytes and no control characters'],
    [{ shares: 255, threshold: 2, labels: new Array<string>(255).fill('x'.repeat(90)) }, 'labels together have at most 8192 bytes'],
  ])('refuses %j in the words of the Vault API', async (wanted, message) => {
    const keystore = await open()
    await expect(keystore.initialise({ ...names, ...wanted })).rejects.toMatchObject({ fault: 'bad-shape', message })
    expect(keystore.status().state).toBe('uninitialised')
  })

  it('refuses names that a seal record cannot hold', async () => {
    const keystore = await open()
    for (const bad of [{ deploymentId: '' }, { deploymentId: 'a b' }, { deploymentId: 'x'.repeat(65) }, { storeName: '' }, { storeName: 'é'.repeat(51) }, { storeName: 'a\tb' }]) {
      await expect(keystore.initialise({ shares: 3, threshold: 2, ...names, ...bad })).rejects.toMatchObject({ fault: 'bad-name' })
    }
  })

  it('refuses a second time, also when another process was faster', async () => {
    const sealStore = openMemorySealStore()
    const parts = { sealStore, clock: manualClock(), random: systemRandom }
    const [first, second] = [await openKeystore(parts), await openKeystore(parts)]
    await first.initialise({ shares: 3, threshold: 2, ...names })
    await expect(first.initialise({ shares: 3, threshold: 2, ...names })).rejects.toMatchObject({ fault: 'already-initialised' })
    await expect(second.initialise({ shares: 3, threshold: 2, ...names })).rejects.toMatchObject({ fault: 'already-initialised' })
    expect(second.status().state).toBe('unverified')
  })

  it('gives no cards and stays uninitialised when the seal record is not written', async () => {
    const sealStore = openMemorySealStore()
    const keystore = await openKeystore({ sealStore, clock: manualClock(), random: systemRandom })
    sealStore.failNextWrite('lost')
    await expect(keystore.initialise({ shares: 3, threshold: 2, ...names })).rejects.toMatchObject({ fault: 'not-written' })
    expect(keystore.status().state).toBe('uninitialised')
    expect(await keystore.initialise({ shares: 3, threshold: 2, ...names })).toHaveLength(3)
  })

  it('leaves the store unverified and closed, with every key unavailable', async () => {
    const { keystore, cards } = await newTestKeystore()
    expect(keystore.status()).toMatchObject({ state: 'unverified', storeName: 'studio', provenAtMs: undefined, current: { shareGeneration: 1, threshold: 3 } })
    expect(cards.map((card) => [card.shareNumber, card.shareCount, card.threshold, card.label])).toEqual([1, 2, 3, 4, 5].map((n) => [n, 5, 3, `holder ${n}`]))
    expect(() => keystore.derivedKeys()).toThrow(KeystoreError)
    expect(() => keystore.namedKeys()).toThrow(KeystoreError)
  })
})

describe('proving the shares', () => {
  it('does not count before the store really opened', async () => {
    const test = await newTestKeystore()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    await test.keystore.submitShare(cardLine(test.cards[1]))
    expect(test.keystore.status().state).toBe('unverified')
    expect((await test.restart()).status()).toMatchObject({ state: 'unverified', current: { progress: 0 } })
  })

  it('keeps the store closed and unverified when the proof cannot be recorded', async () => {
    const test = await newTestKeystore()
    test.sealStore.failNextWrite('lost')
    await test.keystore.submitShare(cardLine(test.cards[0]))
    await test.keystore.submitShare(cardLine(test.cards[1]))
    await expect(test.keystore.submitShare(cardLine(test.cards[2]))).rejects.toMatchObject({ fault: 'not-written' })
    expect(test.keystore.status()).toMatchObject({ state: 'unverified', attempt: undefined })
    expect(() => test.keystore.derivedKeys()).toThrow('sealed')
    await openWith(test.keystore, test.cards)
    expect(test.keystore.status().state).toBe('unsealed')
  })

  it('is remembered: afterwards the store is sealed, not unverified', async () => {
    const test = await newTestKeystore()
    await openWith(test.keystore, test.cards)
    expect(test.keystore.status()).toMatchObject({ state: 'unsealed', provenAtMs: test.clock.nowMs(), provenShares: 3 })
    expect((await test.restart()).status()).toMatchObject({ state: 'sealed', provenAtMs: test.clock.nowMs() })
  })

  it('goes on while the store is open: each further card counts once, and durably', async () => {
    const test = await newTestKeystore({ shares: 5, threshold: 3 })
    await openWith(test.keystore, test.cards)
    const provenAfter = async (card: number): Promise<number> => {
      expect(await test.keystore.submitShare(cardLine(test.cards[card]))).toMatchObject({ verdict: 'already-open', shareNumber: card + 1 })
      return test.keystore.status().provenShares
    }
    expect([await provenAfter(0), await provenAfter(3), await provenAfter(3)]).toEqual([3, 4, 4])
    expect((await test.keystore.submitShare(new Uint8Array(33).fill(9))).verdict).toBe('wrong')
    expect(test.keystore.status().provenShares).toBe(4)
    test.sealStore.failNextWrite('lost')
    expect(await provenAfter(4)).toBe(4)
    expect(await provenAfter(0)).toBe(5)
    const restarted = await test.restart()
    expect(restarted.status().provenShares).toBe(5)
    await openWith(restarted, test.cards)
    expect(restarted.status().provenShares).toBe(5)
  })

  it('does not add up cards of different openings, which may be the same ones', async () => {
    const test = await newTestKeystore({ shares: 3, threshold: 2 })
    await openWith(test.keystore, test.cards)
    test.keystore.seal()
    await openWith(test.keystore, test.cards.slice(1))
    expect(test.keystore.status().provenShares).toBe(2)
    await test.keystore.submitShare(cardLine(test.cards[0]))
    expect(test.keystore.status().provenShares).toBe(3)
  })

  it('begins anew with new cards', async () => {
    const test = await newTestKeystore({ shares: 3, threshold: 2 })
    await openWith(test.keystore, test.cards)
    await test.keystore.submitShare(cardLine(test.cards[2]))
    await test.keystore.attachRecords(test.records)
    const newer = await test.keystore.reissueShares({ shares: 5, threshold: 2 })
    await test.keystore.submitShare(cardLine(newer[0]))
    expect(await test.keystore.submitShare(cardLine(newer[1]))).toMatchObject({ verdict: 'reissue-confirmed' })
    expect(test.keystore.status().provenShares).toBe(2)
    await test.keystore.submitShare(cardLine(newer[4]))
    expect(test.keystore.status().provenShares).toBe(3)
  })

  it('cannot be begun again by a process that has not noticed that the store was opened meanwhile', async () => {
    const test = await newTestKeystore()
    const other = await test.restart()
    await openWith(test.keystore, test.cards)
    expect(other.status().state).toBe('unverified')
    await expect(other.reissueShares({ shares: 3, threshold: 2 })).rejects.toMatchObject({ fault: 'sealed' })
    expect(other.status().state).toBe('sealed')
  })

  it('can be begun again with new cards, after which the lost ones open nothing', async () => {
    const test = await newTestKeystore()
    const cards = await test.keystore.reissueShares({ shares: 2, threshold: 2 })
    expect(await test.keystore.submitShare(cardLine(test.cards[0]))).toEqual({ verdict: 'old-generation', shareGeneration: 1, currentGeneration: 2 })
    await openWith(test.keystore, cards)
    expect(test.keystore.status().state).toBe('unsealed')
  })
})

describe('a seal record', () => {
  it('is refused when no copy is valid, and never taken for a fresh store', async () => {
    const { sealStore } = await newTestKeystore()
    const parts = { clock: manualClock(), random: systemRandom }
    const { stored } = sealStore
    if (stored === undefined) expect.fail('nothing stored')
    const damages: [Uint8Array, string][] = [
      [stored.bytes.subarray(0, stored.bytes.length - 1), 'seal-record-damaged'],
      [new Uint8Array(0), 'seal-record-damaged'],
      [Uint8Array.from(stored.bytes, (byte, at) => (at === 30 ? byte ^ 1 : byte)), 'seal-record-damaged'],
    ]
    for (const [bytes, fault] of damages) {
      sealStore.stored = { generation: 1, bytes }
      await expect(openKeystore({ sealStore, ...parts })).rejects.toMatchObject({ fault })
    }
    sealStore.stored = { generation: 2, bytes: stored.bytes }
    await expect(openKeystore({ sealStore, ...parts })).rejects.toMatchObject({ fault: 'seal-record-damaged' })
  })
})
