import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../../src-main/base/assert.ts'
import { secretSizeMax } from '../../../../src-main/seams/secret-store.ts'
import { openTestKeystore, openWith } from '../../../support/test-keystore.ts'

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value))

describe('the barrier', () => {
  it('refuses entries that were changed, changed places or belong to another store', async () => {
    const { keystore, records } = await openTestKeystore()
    const other = await openTestKeystore()
    const secrets = keystore.secrets('iam/')
    await secrets.put('a', text('secret of a'))
    await secrets.put('b', text('secret of b'))
    await other.keystore.secrets('iam/').put('c', text('secret of c'))
    const [a, c] = [records.entries.get('iam/a'), other.records.entries.get('iam/c')]
    if (a === undefined || c === undefined) expect.fail('nothing was written')
    const damages = [a.subarray(0, 20), Uint8Array.from(a, (byte, at) => (at === a.length - 1 ? byte ^ 1 : byte)), Uint8Array.from(a, (byte, at) => (at === 3 ? 9 : byte)), new Uint8Array(0)]
    for (const damaged of damages) {
      records.entries.set('iam/a', damaged)
      await expect(secrets.get('a')).rejects.toMatchObject({ fault: 'not-authentic' })
    }
    records.entries.set('iam/b', a)
    records.entries.set('iam/c', c)
    for (const path of ['b', 'c']) await expect(secrets.get(path)).rejects.toMatchObject({ fault: 'not-authentic' })
  })

  it('says when the drives do not read or write, and when a secret is too large', async () => {
    const { keystore, records } = await openTestKeystore()
    const secrets = keystore.secrets('iam/')
    await expect(secrets.put('a', new Uint8Array(secretSizeMax + 1))).rejects.toMatchObject({ fault: 'too-large' })
    records.failWith('not-readable')
    await expect(secrets.get('a')).rejects.toMatchObject({ fault: 'not-readable' })
    await expect(secrets.list('')).rejects.toMatchObject({ fault: 'not-readable' })
    records.failWith('closed')
    await expect(secrets.put('a', text('x'))).rejects.toMatchObject({ fault: 'not-written' })
    await expect(secrets.delete('a')).rejects.toMatchObject({ fault: 'not-written' })
  })

  it('keeps prefixes apart and its own entries to itself', async () => {
    const { keystore } = await openTestKeystore()
    await keystore.secrets('iam/').put('x', text('1'))
    await keystore.secrets('iam/keys/').put('y', text('2'))
    expect(await keystore.secrets('iam/').list('')).toEqual(['keys/y', 'x'])
    expect(await keystore.secrets('trust/').list('')).toEqual([])
    expect(await keystore.secrets('trust/').get('x')).toBeUndefined()
    for (const prefix of ['core/', 'core/keys/', '', '/', 'iam', 'IAM/', '../', 'iam//']) expect(() => keystore.secrets(prefix)).toThrow(AssertionError)
    await expect(keystore.secrets('iam/').get('')).rejects.toThrow(AssertionError)
  })

  it('writes nothing readable, and never the same twice', async () => {
    const { keystore, records } = await openTestKeystore()
    await keystore.secrets('iam/').put('a', text('a secret that nobody may find'))
    const first = records.entries.get('iam/a')
    await keystore.secrets('iam/').put('a', text('a secret that nobody may find'))
    expect(records.entries.get('iam/a')).not.toEqual(first)
    for (const value of records.entries.values()) expect(Buffer.from(value).includes('secret')).toBe(false)
  })

  it('reads what older terms wrote and writes with the newest, also after a restart', async () => {
    const test = await openTestKeystore()
    const termOf = (path: string): number => Buffer.from(test.records.entries.get(path) ?? []).readUInt32BE(0)
    await test.keystore.secrets('iam/').put('old', text('1'))
    expect(await test.keystore.rotateKeyring()).toBe(2)
    await test.keystore.secrets('iam/').put('new', text('2'))
    expect([termOf('iam/old'), termOf('iam/new')]).toEqual([1, 2])
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    await restarted.attachRecords(test.records)
    const secrets = restarted.secrets('iam/')
    expect([await secrets.get('old'), await secrets.get('new')]).toEqual([text('1'), text('2')])
    await secrets.put('old', text('1'))
    expect(termOf('iam/old')).toBe(2)
  })

  it('never counts fewer encryptions than there were, across restarts and rotation', async () => {
    const test = await openTestKeystore()
    for (let round = 0; round < 20; round++) await test.keystore.secrets('iam/').put('a', text('x'))
    const before = test.keystore.keyStatus()
    expect(before).toMatchObject({ term: 1, rotationDue: false })
    expect(before.encryptions).toBeGreaterThanOrEqual(22)
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    await restarted.attachRecords(test.records)
    expect(restarted.keyStatus().encryptions).toBeGreaterThanOrEqual(before.encryptions)
    await restarted.rotateKeyring()
    expect(restarted.keyStatus()).toMatchObject({ term: 2, encryptions: 0 })
  })
})
