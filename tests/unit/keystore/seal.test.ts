import { describe, expect, it } from 'vitest'
import { formatHex, noBytes } from '../../../src-main/base/bytes.ts'
import { openEmbeddedKeyStore } from '../../../src-main/kms/index.ts'
import { cardLine, newTestKeystore, openTestKeystore, openWith } from '../../support/test-keystore.ts'

const signal = new AbortController().signal

describe('after sealing', () => {
  it('no call answers, whatever was obtained before', async () => {
    const { keystore } = await openTestKeystore()
    const [secrets, namedKeys, keyStore] = [keystore.secrets('iam/'), keystore.namedKeys(), openEmbeddedKeyStore(keystore)]
    await secrets.put('root', Uint8Array.of(1))
    const { wrapped } = await keyStore.generateDataKey('coffer-default', {}, signal)
    keystore.seal()
    const sealed = { fault: 'sealed' }
    for (const call of [() => secrets.get('root'), () => secrets.put('root', wrapped), () => secrets.delete('root'), () => secrets.list('')]) {
      await expect(call()).rejects.toMatchObject(sealed)
    }
    await expect(keyStore.generateDataKey('coffer-default', {}, signal)).rejects.toMatchObject(sealed)
    await expect(keyStore.unwrapDataKey('coffer-default', wrapped, {}, signal)).rejects.toMatchObject(sealed)
    await expect(keyStore.createKey('another', signal)).rejects.toMatchObject(sealed)
    await expect(keyStore.hasKey('coffer-default', signal)).rejects.toMatchObject(sealed)
    await expect(Promise.resolve().then(() => namedKeys.generateDataKey('coffer-default', {}))).rejects.toMatchObject(sealed)
    await expect(Promise.resolve().then(() => namedKeys.unwrapDataKey('coffer-default', wrapped, {}))).rejects.toMatchObject(sealed)
    await expect(namedKeys.rotate('coffer-default')).rejects.toMatchObject(sealed)
    await expect(namedKeys.names()).rejects.toMatchObject(sealed)
    await expect(keystore.rotateKeyring()).rejects.toMatchObject(sealed)
    for (const call of [() => keystore.derivedKeys(), () => keystore.namedKeys(), () => keystore.keyStatus()]) expect(call).toThrow('sealed')
  })

  it('the shares of an attempt under way are gone', async () => {
    const test = await newTestKeystore()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    test.keystore.seal()
    expect(test.keystore.status()).toMatchObject({ state: 'unverified', attempt: undefined, current: { progress: 0 } })
    expect(test.clock.timersWaiting).toBe(0)
  })

  it('a view works again once the store was opened and attached again', async () => {
    const test = await openTestKeystore()
    const secrets = test.keystore.secrets('iam/')
    await secrets.put('root', Uint8Array.of(1))
    test.keystore.seal()
    await openWith(test.keystore, test.cards)
    await expect(secrets.get('root')).rejects.toMatchObject({ fault: 'sealed' })
    await test.keystore.attachRecords(test.records)
    expect(await secrets.get('root')).toEqual(Uint8Array.of(1))
  })
})

describe('sealing in the middle of something', () => {
  it('refuses a value that was on its way out', async () => {
    const { keystore } = await openTestKeystore()
    await keystore.secrets('iam/').put('root', Uint8Array.of(1))
    const reading = keystore.secrets('iam/').get('root')
    keystore.seal()
    await expect(reading).rejects.toMatchObject({ fault: 'sealed' })
  })

  it('keeps the store closed when the last share was being taken', async () => {
    const test = await newTestKeystore()
    await test.keystore.submitShare(cardLine(test.cards[0]))
    await test.keystore.submitShare(cardLine(test.cards[1]))
    test.sealStore.duringWrite = () => test.keystore.seal()
    await expect(test.keystore.submitShare(cardLine(test.cards[2]))).rejects.toMatchObject({ fault: 'sealed' })
    expect(test.keystore.status().state).toBe('sealed')
    expect(() => test.keystore.derivedKeys()).toThrow('sealed')
    test.sealStore.duringWrite = () => undefined
    await openWith(test.keystore, test.cards)
    expect(test.keystore.status().state).toBe('unsealed')
  })

  it('leaves rotated terms and confirmed cards good when it comes during their write', async () => {
    const test = await openTestKeystore({ shares: 3, threshold: 2 })
    test.sealStore.duringWrite = () => test.keystore.seal()
    await test.keystore.rotateKeyring()
    test.sealStore.duringWrite = () => undefined
    await openWith(test.keystore, test.cards)
    expect(test.keystore.keyStatus().term).toBe(2)
    const newer = await test.keystore.reissueShares({ shares: 3, threshold: 2 })
    test.sealStore.duringWrite = () => test.keystore.seal()
    await openWith(test.keystore, newer)
    test.sealStore.duringWrite = () => undefined
    expect(test.keystore.status()).toMatchObject({ state: 'sealed', current: { shareGeneration: 2 }, pending: undefined })
    await openWith(test.keystore, newer)
    expect(test.keystore.status().state).toBe('unsealed')
  })

  it('ends attaching, rotating and re-issuing without an open end', async () => {
    for (const start of ['attach', 'rotate', 'reissue', 'create'] as const) {
      const test = await newTestKeystore({ shares: 3, threshold: 2 })
      await openWith(test.keystore, test.cards)
      if (start !== 'attach') await test.keystore.attachRecords(test.records)
      const work =
        start === 'attach' ? test.keystore.attachRecords(test.records)
        : start === 'rotate' ? test.keystore.rotateKeyring()
        : start === 'create' ? test.keystore.namedKeys().create('another')
        : test.keystore.reissueShares({ shares: 3, threshold: 2 }) // prettier-ignore
      await Promise.resolve()
      test.keystore.seal()
      const fault = await work.then(() => 'sealed', (error: { fault?: string }) => error.fault) // prettier-ignore
      expect(fault).toBe('sealed')
      await openWith(test.keystore, test.cards)
      await test.keystore.attachRecords(test.records)
      expect(await test.keystore.namedKeys().names()).toContain('coffer-default')
    }
  })
})

describe('the keys of an open store', () => {
  it('are the same after every opening, rotation and re-issue, and all different from each other', async () => {
    const test = await openTestKeystore({ shares: 3, threshold: 2 })
    const shown = (): string[] => {
      const keys = test.keystore.derivedKeys()
      return [keys.storageKey.use(formatHex), keys.authorityKey.use(formatHex), formatHex(keys.auditKey.digest(noBytes)), formatHex(keys.catalogueKey)]
    }
    const before = shown()
    expect(new Set(before).size).toBe(4)
    await test.keystore.rotateKeyring()
    await openWith(test.keystore, await test.keystore.reissueShares({ shares: 1, threshold: 1 }))
    expect(shown()).toEqual(before)
    const other = await openTestKeystore()
    expect(other.keystore.derivedKeys().storageKey.use(formatHex)).not.toBe(before[0])
  })
})
