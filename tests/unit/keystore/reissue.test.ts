import { describe, expect, it } from 'vitest'
import { cardLine, newTestKeystore, openTestKeystore, openWith } from '../../support/test-keystore.ts'

describe('issuing shares again', () => {
  it('is refused while a proven store is closed', async () => {
    const test = await newTestKeystore()
    await openWith(test.keystore, test.cards)
    test.keystore.seal()
    await expect(test.keystore.reissueShares({ shares: 3, threshold: 2 })).rejects.toMatchObject({ fault: 'sealed' })
    await expect(test.keystore.cancelReissue()).rejects.toMatchObject({ fault: 'sealed' })
  })

  it('leaves the old cards valid until a threshold of the new ones was read back', async () => {
    const test = await openTestKeystore()
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2, labels: ['safe'] })
    expect(test.keystore.status()).toMatchObject({ current: { shareGeneration: 1 }, pending: { shareGeneration: 2, threshold: 2, labels: ['safe', '', ''] } })
    expect(await test.keystore.submitShare(cardLine(newer[0]))).toMatchObject({ verdict: 'accepted', label: 'safe', progress: 1, threshold: 2 })
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    expect(restarted.status()).toMatchObject({ state: 'unsealed', pending: { shareGeneration: 2 } })
  })

  it('puts the new cards in force when they were read back, without closing the store', async () => {
    const test = await openTestKeystore()
    await test.keystore.secrets('iam/').put('root', Uint8Array.of(1, 2, 3))
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    await test.keystore.submitShare(cardLine(newer[2]))
    expect(await test.keystore.submitShare(cardLine(newer[0]))).toMatchObject({ verdict: 'reissue-confirmed', shareGeneration: 2 })
    expect(test.keystore.status()).toMatchObject({ state: 'unsealed', current: { shareGeneration: 2 }, pending: undefined, attempt: undefined })
    expect(await test.keystore.rotateKeyring()).toBe(2)
    const restarted = await test.restart()
    expect(await restarted.submitShare(cardLine(test.cards[0]))).toMatchObject({ verdict: 'old-generation' })
    await openWith(restarted, newer)
    await restarted.attachRecords(test.records)
    expect(await restarted.secrets('iam/').get('root')).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('puts the new cards in force also when they open a closed store', async () => {
    const test = await openTestKeystore()
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    test.keystore.seal()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    await openWith(test.keystore, newer)
    expect(test.keystore.status()).toMatchObject({ state: 'unsealed', current: { shareGeneration: 2 }, pending: undefined })
    test.keystore.seal()
    expect(await test.keystore.submitShare(cardLine(test.cards[1]))).toMatchObject({ verdict: 'old-generation' })
  })

  it('never mixes old and new cards in one attempt', async () => {
    const test = await openTestKeystore({ shares: 3, threshold: 2 })
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    test.keystore.seal()
    expect(await test.keystore.submitShare(cardLine(test.cards[0]))).toMatchObject({ verdict: 'accepted', progress: 1, shareGeneration: 1 })
    expect(await test.keystore.submitShare(cardLine(newer[1]))).toMatchObject({ verdict: 'accepted', progress: 1, shareGeneration: 2 })
    expect(await test.keystore.submitShare(cardLine(test.cards[1]))).toMatchObject({ verdict: 'opened', shareGeneration: 1 })
  })

  it('can be called off or done over; cards that were never in force are then old', async () => {
    const test = await openTestKeystore()
    const second = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    const third = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    expect(await test.keystore.submitShare(cardLine(second[0]))).toMatchObject({ verdict: 'old-generation', shareGeneration: 2 })
    await test.keystore.cancelReissue()
    expect(await test.keystore.submitShare(cardLine(third[0]))).toMatchObject({ verdict: 'old-generation', shareGeneration: 3 })
    await expect(test.keystore.cancelReissue()).rejects.toMatchObject({ fault: 'no-reissue-pending' })
    const fourth = await test.keystore.reissueShares({ shares: 1, threshold: 1 })
    expect(fourth[0]?.shareGeneration).toBe(4)
  })

  it('holds 255 shares twice and a full keyring in one seal record', async () => {
    const labels = Array.from({ length: 255 }, () => 'x'.repeat(32))
    const test = await openTestKeystore({ shares: 255, threshold: 2 })
    await test.keystore.reissueShares({ shares: 255, threshold: 2, labels })
    for (let term = 2; term <= 256; term++) await test.keystore.rotateKeyring()
    await expect(test.keystore.rotateKeyring()).rejects.toMatchObject({ fault: 'too-many-versions' })
    expect(test.sealStore.stored?.bytes.length).toBeLessThan(64 * 1024)
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    expect(restarted.keyStatus().term).toBe(256)
  })
})
