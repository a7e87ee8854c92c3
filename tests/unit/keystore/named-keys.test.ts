import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { isKeyName } from '../../../src-main/keystore/index.ts'
import { openTestKeystore, openWith } from '../../support/test-keystore.ts'

const context = { bucket: 'photos', object: 'a/b.jpg' }
const call = async <T>(work: () => T | Promise<T>): Promise<T> => work()

describe('a data key', () => {
  it('does not open with another context, key, version or any changed byte', async () => {
    const { keystore } = await openTestKeystore()
    const keys = keystore.namedKeys()
    await keys.create('other')
    const { wrapped } = await keys.generateDataKey('coffer-default', context)
    const notAuthentic = { fault: 'not-authentic' }
    for (const wrong of [{}, { bucket: 'photos' }, { ...context, object: 'a/b.jpgx' }, { ...context, x: '' }, { bucketphotos: 'objecta/b.jpg' }, { a: '\ud800' }]) {
      await expect(call(() => keys.unwrapDataKey('coffer-default', wrapped, wrong))).rejects.toMatchObject(notAuthentic)
    }
    await expect(call(() => keys.unwrapDataKey('other', wrapped, context))).rejects.toMatchObject(notAuthentic)
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Uint8Array.from(wrapped, (byte, index) => (index === at ? byte ^ 1 : byte))
      await expect(call(() => keys.unwrapDataKey('coffer-default', changed, context))).rejects.toMatchObject(notAuthentic)
    }
    for (const length of [0, 1, 80, 82]) await expect(call(() => keys.unwrapDataKey('coffer-default', new Uint8Array(length), context))).rejects.toMatchObject(notAuthentic)
  })

  it('is not made under a key that is unknown or disabled, nor for a context that is no text', async () => {
    const { keystore } = await openTestKeystore()
    const keys = keystore.namedKeys()
    await expect(call(() => keys.generateDataKey('nobody', {}))).rejects.toMatchObject({ fault: 'no-such-key' })
    await expect(call(() => keys.generateDataKey('../coffer', {}))).rejects.toMatchObject({ fault: 'no-such-key' })
    await expect(call(() => keys.generateDataKey('coffer-default', { a: '\ud800' }))).rejects.toThrow(AssertionError)
    const { wrapped, plain } = await keys.generateDataKey('coffer-default', context)
    await keys.setDisabled('coffer-default', true)
    await expect(call(() => keys.generateDataKey('coffer-default', context))).rejects.toMatchObject({ fault: 'key-disabled' })
    await expect(call(() => keys.unwrapDataKey('coffer-default', wrapped, context))).rejects.toMatchObject({ fault: 'key-disabled' })
    await keys.setDisabled('coffer-default', false)
    expect(await keys.unwrapDataKey('coffer-default', wrapped, context)).toEqual(plain)
  })

  it('opens in any order of the context, after rotation and after a restart', async () => {
    const test = await openTestKeystore()
    const keys = test.keystore.namedKeys()
    const first = await keys.generateDataKey('coffer-default', context)
    expect(await keys.rotate('coffer-default')).toBe(2)
    const second = await keys.generateDataKey('coffer-default', context)
    expect([first.keyVersion, second.keyVersion, first.plain.length, first.wrapped.length]).toEqual([1, 2, 32, 81])
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    await restarted.attachRecords(test.records)
    for (const { wrapped, plain } of [first, second]) {
      expect(await restarted.namedKeys().unwrapDataKey('coffer-default', wrapped, { object: 'a/b.jpg', bucket: 'photos' })).toEqual(plain)
    }
  })

  it('is a fresh one each time, under one salt per run and version', async () => {
    const { keystore } = await openTestKeystore()
    const made = await Promise.all(Array.from({ length: 50 }, () => call(() => keystore.namedKeys().generateDataKey('coffer-default', context))))
    const hex = (from: number, to: number): Set<string> => new Set(made.map((key) => Buffer.from(key.wrapped.subarray(from, to)).toString('hex')))
    expect(new Set(made.map((key) => Buffer.from(key.plain).toString('hex'))).size).toBe(50)
    expect([hex(0, 21).size, hex(21, 33).size]).toEqual([1, 50])
  })
})

describe('named keys', () => {
  it('are refused names that the key server API does not allow', () => {
    for (const name of ['', '_', '-a', 'a-', 'a b', 'a/b', 'a.b', 'ä', 'x'.repeat(81)]) expect(isKeyName(name)).toBe(false)
    for (const name of ['a', '0', '_a', 'a_', 'coffer-default', 'A-_9', 'x'.repeat(80)]) expect(isKeyName(name)).toBe(true)
  })

  it('are created once, also when asked for twice at the same moment', async () => {
    const { keystore } = await openTestKeystore()
    const keys = keystore.namedKeys()
    const outcomes = await Promise.allSettled([keys.create('mine'), keys.create('mine')])
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(keys.create('coffer-default')).rejects.toMatchObject({ fault: 'key-exists' })
    await expect(keys.create('not a name')).rejects.toMatchObject({ fault: 'invalid-key-name' })
    await expect(keys.rotate('nobody')).rejects.toMatchObject({ fault: 'no-such-key' })
    expect(await keys.names()).toEqual(['coffer-default', 'mine'])
  })

  it('are not used before they are durable', async () => {
    const { keystore, records } = await openTestKeystore()
    const keys = keystore.namedKeys()
    records.failWith('not-written')
    await expect(keys.rotate('coffer-default')).rejects.toMatchObject({ fault: 'records-not-written' })
    await expect(keys.create('mine')).rejects.toMatchObject({ fault: 'records-not-written' })
    records.failWith(undefined)
    expect((await keys.generateDataKey('coffer-default', context)).keyVersion).toBe(1)
    await expect(call(() => keys.generateDataKey('mine', context))).rejects.toMatchObject({ fault: 'no-such-key' })
  })

  it('tell their versions and state', async () => {
    const { keystore, clock } = await openTestKeystore()
    const keys = keystore.namedKeys()
    const createdAtMs = clock.nowMs()
    clock.advance(1000)
    await keys.rotate('coffer-default')
    await keys.setDisabled('coffer-default', true)
    expect(await keys.describe('coffer-default')).toEqual({
      name: 'coffer-default',
      createdAtMs,
      isDisabled: true,
      versions: [{ keyVersion: 1, createdAtMs }, { keyVersion: 2, createdAtMs: createdAtMs + 1000 }],
    }) // prettier-ignore
    expect(await keys.describe('nobody')).toBeUndefined()
  })

  it('do not fall back to what was read before a rotation that overtook the reading', async () => {
    const test = await openTestKeystore()
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    const held: (() => void)[] = []
    let isHolding = false
    const slow = {
      ...test.records,
      async get(path: string) {
        const value = await test.records.get(path)
        if (isHolding) await new Promise<void>((resolve) => held.push(resolve))
        return value
      },
    }
    await restarted.attachRecords(slow)
    const keys = restarted.namedKeys()
    await keys.create('mine')
    restarted.seal()
    await openWith(restarted, test.cards)
    await restarted.attachRecords(slow)
    isHolding = true
    const early = call(() => restarted.namedKeys().generateDataKey('mine', context))
    while (held.length === 0) await new Promise(setImmediate)
    isHolding = false
    await restarted.namedKeys().rotate('mine')
    const wrapped = (await restarted.namedKeys().generateDataKey('mine', context)).wrapped
    for (const release of held) release()
    await early
    expect(await restarted.namedKeys().unwrapDataKey('mine', wrapped, context)).toHaveLength(32)
  })

  it('hold data keys open through a rotation that runs at the same time', async () => {
    const test = await openTestKeystore()
    const restarted = await test.restart()
    await openWith(restarted, test.cards)
    await restarted.attachRecords(test.records)
    const keys = restarted.namedKeys()
    const [, ...made] = await Promise.all([keys.rotate('coffer-default'), ...Array.from({ length: 20 }, () => call(() => keys.generateDataKey('coffer-default', context)))])
    made.push(await keys.generateDataKey('coffer-default', context))
    for (const key of made) expect(await keys.unwrapDataKey('coffer-default', key.wrapped, context)).toEqual(key.plain)
    expect(made.at(-1)?.keyVersion).toBe(2)
  })
})
