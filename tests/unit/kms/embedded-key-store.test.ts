import { describe, expect, it } from 'vitest'
import { KeyStoreError } from '../../../src-main/seams/key-store.ts'
import { openEmbeddedKeyStore } from '../../../src-main/kms/index.ts'
import { newTestKeystore, openTestKeystore, openWith } from '../../support/test-keystore.ts'

const signal = new AbortController().signal

describe('the embedded key store', () => {
  it('is sealed before the store was initialised, proven and given its records', async () => {
    const test = await newTestKeystore()
    const keys = openEmbeddedKeyStore(test.keystore)
    await expect(keys.generateDataKey('coffer-default', {}, signal)).rejects.toMatchObject({ fault: 'sealed' })
    await openWith(test.keystore, test.cards)
    await expect(keys.generateDataKey('coffer-default', {}, signal)).rejects.toBeInstanceOf(KeyStoreError)
    await test.keystore.attachRecords(test.records)
    expect((await keys.generateDataKey('coffer-default', {}, signal)).plain).toHaveLength(32)
  })

  it('is unreachable while the drives do not answer, and keeps the reason', async () => {
    const test = await openTestKeystore()
    const keys = openEmbeddedKeyStore(test.keystore)
    test.records.failWith('not-readable')
    const error: unknown = await keys.hasKey('another', signal).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ fault: 'unreachable', cause: { fault: 'records-unreadable', cause: { fault: 'not-readable' } } })
    test.records.failWith('not-written')
    await expect(keys.createKey('another', signal)).rejects.toMatchObject({ fault: 'unreachable' })
  })

  it('says that a key is disabled', async () => {
    const test = await openTestKeystore()
    await test.keystore.namedKeys().setDisabled('coffer-default', true)
    await expect(openEmbeddedKeyStore(test.keystore).generateDataKey('coffer-default', {}, signal)).rejects.toMatchObject({ fault: 'key-disabled' })
  })
})
