import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attemptIdleMs, formatShareCard, groupsOfFour } from '../../../src-main/keystore/index.ts'
import { cardLine, newTestKeystore, openWith, type TestKeystore } from '../../support/test-keystore.ts'

/** Proven, closed again: as on any later day. */
async function sealedKeystore(options: Parameters<typeof newTestKeystore>[0] = {}): Promise<TestKeystore> {
  const test = await newTestKeystore(options)
  await openWith(test.keystore, test.cards)
  test.keystore.seal()
  return test
}

const progressOf = (test: TestKeystore): number | undefined => test.keystore.status().current?.progress

describe('a share that does not belong', () => {
  it('is told at once among right ones, and costs nothing that was collected', async () => {
    const test = await sealedKeystore()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    const invented = Uint8Array.from({ length: 33 }, (_, index) => index + 1)
    expect(await test.keystore.submitShare(invented)).toEqual({ verdict: 'wrong' })
    expect(progressOf(test)).toBe(1)
    await test.keystore.submitShare(cardLine(test.cards[1]))
    expect(await test.keystore.submitShare(cardLine(test.cards[2]))).toMatchObject({ verdict: 'opened' })
  })

  it('is foreign when its card says so, and only wrong as a bare share', async () => {
    const test = await sealedKeystore()
    const other = await newTestKeystore({ deploymentId: 'deployment-two' })
    const foreign = { verdict: 'foreign', deploymentShortId: other.keystore.status().deploymentShortId }
    expect(await test.keystore.submitShare(cardLine(other.cards[0]))).toEqual(foreign)
    const bare = other.cards[0]?.share.use((share) => Uint8Array.from(share)) ?? ''
    expect(await test.keystore.submitShare(bare)).toEqual({ verdict: 'wrong' })
  })

  it('is an old card after new ones are in force, as a card and as a bare share', async () => {
    const test = await sealedKeystore()
    await openWith(test.keystore, test.cards)
    const newer = await test.keystore.reissueShares({ shares: 4, threshold: 2 })
    await openWith(test.keystore, newer)
    test.keystore.seal()
    const old = { verdict: 'old-generation', shareGeneration: 1, currentGeneration: 2 }
    const [card] = test.cards
    if (card === undefined) expect.fail('no card')
    const texts = formatShareCard(card)
    for (const text of Object.values(texts)) expect(await test.keystore.submitShare(text)).toEqual(old)
    expect(await test.keystore.submitShare(cardLine(newer[3]))).toMatchObject({ verdict: 'accepted', shareNumber: 4, shareGeneration: 2 })
  })

  it('is newer than the drives when these are an old copy', async () => {
    const test = await sealedKeystore()
    const before = test.sealStore.stored
    await openWith(test.keystore, test.cards)
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    test.sealStore.stored = before
    const restarted = await test.restart()
    expect(await restarted.submitShare(cardLine(newer[0]))).toEqual({ verdict: 'newer-generation', shareGeneration: 2, currentGeneration: 1 })
  })

  it('is named when it is a mistyped card or something else altogether', async () => {
    const test = await sealedKeystore()
    const line = cardLine(test.cards[0])
    const at = 'coffer-share-1:'.length + 4 * 6
    const mistyped = `${line.slice(0, at)}${line[at] === '7' ? '8' : '7'}${line.slice(at + 1)}`
    expect(await test.keystore.submitShare(mistyped)).toEqual({ verdict: 'typing-error', form: 'card', group: 5, groups: 20 })
    expect(await test.keystore.submitShare('hvs.CAESIJlU02Nr7u1BCkZqf5vN')).toEqual({ verdict: 'not-a-share', lookalike: 'root-token' })
    expect(test.keystore.status().attempt).toBeUndefined()
  })
})

describe('an attempt to open', () => {
  it('does not count a card twice, in whatever form it comes', async () => {
    const test = await sealedKeystore()
    const [card] = test.cards
    if (card === undefined) expect.fail('no card')
    const { base64, hex, words } = formatShareCard(card)
    const first = await test.keystore.submitShare(cardLine(card))
    expect(first).toMatchObject({ verdict: 'accepted', shareNumber: 1, label: 'holder 1', progress: 1, threshold: 3 })
    for (const text of [base64, groupsOfFour(base64), hex, hex.toUpperCase(), words, words.toUpperCase()]) {
      expect(await test.keystore.submitShare(text)).toEqual({ ...first, verdict: 'duplicate' })
    }
  })

  it('has a number and a code from the first share to the last, and another one next time', async () => {
    const test = await sealedKeystore()
    expect(test.keystore.status().attempt).toBeUndefined()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    const attempt = test.keystore.status().attempt
    expect(attempt?.code).toMatch(/^[a-z]{3,8}-[a-z]{3,8}-[0-9a-f]{6}$/)
    expect(await test.keystore.submitShare(cardLine(test.cards[1]))).toMatchObject({ nonce: attempt?.nonce, code: attempt?.code })
    test.keystore.resetAttempt()
    expect([progressOf(test), test.keystore.status().attempt]).toEqual([0, undefined])
    await test.keystore.submitShare(cardLine(test.cards[0]))
    expect(test.keystore.status().attempt?.nonce).not.toBe(attempt?.nonce)
  })

  it('is forgotten after fifteen minutes without a share, not before, and every share starts them again', async () => {
    const test = await sealedKeystore()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    test.clock.advance(attemptIdleMs - 1)
    await test.keystore.submitShare(cardLine(test.cards[1]))
    test.clock.advance(attemptIdleMs - 1)
    expect(progressOf(test)).toBe(2)
    test.clock.advance(1)
    expect([progressOf(test), test.keystore.status().attempt, test.clock.timersWaiting]).toEqual([0, undefined, 0])
  })

  it('tells everybody who watches', async () => {
    const test = await sealedKeystore()
    let told = 0
    const end = test.keystore.watch(() => told++)
    await test.keystore.submitShare(cardLine(test.cards[0]))
    expect(told).toBeGreaterThan(0)
    end()
    const before = told
    test.keystore.resetAttempt()
    expect(told).toBe(before)
  })

  it('opens with any threshold of cards in any order, whatever else is entered in between', async () => {
    const test = await sealedKeystore({ shares: 6, threshold: 3 })
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 3 }), fc.array(fc.constantFrom('duplicate', 'wrong', 'token'), { maxLength: 4 }), async (order, noise) => {
        for (const [at, index] of order.slice(0, 3).entries()) {
          const line = cardLine(test.cards[index])
          const verdict = await test.keystore.submitShare(line)
          expect(verdict.verdict).toBe(at === 2 ? 'opened' : 'accepted')
          if (at === 2) break
          for (const kind of noise) await test.keystore.submitShare(kind === 'duplicate' ? line : kind === 'wrong' ? new Uint8Array(33).fill(9) : 'kes:v1:x')
          expect(progressOf(test)).toBe(at + 1)
        }
        expect(test.keystore.status()).toMatchObject({ state: 'unsealed', attempt: undefined })
        test.keystore.seal()
      }),
      { numRuns: 30 },
    )
  })

  it('takes shares from two places at the same moment one after the other', async () => {
    const test = await sealedKeystore()
    const verdicts = await Promise.all([0, 1, 2, 3].map((index) => test.keystore.submitShare(cardLine(test.cards[index]))))
    expect(verdicts.map((verdict) => verdict.verdict)).toEqual(['accepted', 'accepted', 'opened', 'already-open'])
  })

  it('opens with the one undivided share of 1 of 1, which is the raw key of 32 bytes', async () => {
    const test = await newTestKeystore({ shares: 1, threshold: 1 })
    const [card] = test.cards
    if (card === undefined) expect.fail('no card')
    const { hex, base64, words, card: line } = formatShareCard(card)
    expect([hex.length, base64.length]).toEqual([64, 44])
    for (const text of [hex, base64, words, line]) {
      expect(await test.keystore.submitShare(text)).toMatchObject({ verdict: 'opened', shareNumber: 1 })
      test.keystore.seal()
    }
  })
})

describe('checking a card', () => {
  it('tells what it is in every state and uses it for nothing', async () => {
    const test = await newTestKeystore()
    const good = { verdict: 'good', shareNumber: 5, label: 'holder 5', shareGeneration: 1, isPending: false }
    expect(test.keystore.checkShare(cardLine(test.cards[4]))).toEqual(good)
    await openWith(test.keystore, test.cards)
    expect(test.keystore.checkShare(cardLine(test.cards[4]))).toEqual(good)
    expect(test.keystore.checkShare(new Uint8Array(33))).toEqual({ verdict: 'wrong' })
    expect(test.keystore.checkShare('')).toEqual({ verdict: 'not-a-share', lookalike: 'empty' })
    expect(test.keystore.status().attempt).toBeUndefined()
  })
})
