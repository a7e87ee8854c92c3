// Somebody with write access to the drives changes what stands in clear in the seal record, and fits the sum to it. The right cards must
// then open nothing, rather than a store under changed terms.
import { describe, expect, it } from 'vitest'
import { decodeSealRecord, encodeSealHead, encodeSealRecord, type SealRecordHead } from '../../../src-main/keystore/format/seal-record.ts'
import { cardLine, newTestKeystore, openWith } from '../../support/test-keystore.ts'

const tamperings: readonly (readonly [string, (head: SealRecordHead) => SealRecordHead])[] = [
  ['a lower threshold', (head) => ({ ...head, current: { ...head.current, threshold: 2 } })],
  ['another name', (head) => ({ ...head, storeName: 'mine' })],
  ['another deployment', (head) => ({ ...head, deploymentId: 'mine' })],
  ['another label', (head) => ({ ...head, current: { ...head.current, shares: head.current.shares.map((share) => ({ ...share, label: 'mine' })) } })],
  ['a proof taken back', (head) => ({ ...head, provenAtMs: 0 })],
  ['keys that were never made', (head) => ({ ...head, recordsBegun: !head.recordsBegun })],
  ['a second issue of shares', (head) => ({ ...head, pending: { ...head.current, generation: 2 } })],
  ['an old card accepted as forgotten', (head) => ({ ...head, former: [{ generation: 1, checkSalt: head.current.checkSalt, checks: [] }] })],
  ['another wrapped root key', (head) => ({ ...head, current: { ...head.current, wrappedRootKey: new Uint8Array(60) } })],
]

describe('a seal record with', () => {
  it.each(tamperings)('%s does not open', async (_, tamper) => {
    const test = await newTestKeystore()
    await openWith(test.keystore, test.cards)
    const { stored } = test.sealStore
    const record = stored === undefined ? undefined : decodeSealRecord(stored.bytes)
    if (stored === undefined || record === undefined || record === 'unknown-version') expect.fail('no seal record')
    const bytes = encodeSealRecord(encodeSealHead(tamper(record.head)), record.sealedKeyring)
    test.sealStore.stored = { generation: stored.generation, bytes }
    const restarted = await test.restart()
    await expect(openWith(restarted, test.cards)).rejects.toMatchObject({ fault: 'seal-record-damaged' })
    expect(restarted.status().state).not.toBe('unsealed')
    expect(restarted.status().attempt).toBeUndefined()
  })

  it('a check planted for an invented share opens nothing with it', async () => {
    const test = await newTestKeystore()
    await openWith(test.keystore, test.cards)
    const other = await newTestKeystore()
    const record = decodeSealRecord(test.sealStore.stored?.bytes ?? new Uint8Array(0))
    const planted = decodeSealRecord(other.sealStore.stored?.bytes ?? new Uint8Array(0))
    if (record === undefined || planted === undefined || record === 'unknown-version' || planted === 'unknown-version') expect.fail('no seal record')
    const head = { ...record.head, current: { ...planted.head.current, wrappedRootKey: record.head.current.wrappedRootKey } }
    test.sealStore.stored = { generation: head.generation, bytes: encodeSealRecord(encodeSealHead(head), record.sealedKeyring) }
    const restarted = await test.restart()
    expect(await restarted.submitShare(cardLine(test.cards[0]))).toEqual({ verdict: 'wrong' })
    await expect(openWith(restarted, other.cards)).rejects.toMatchObject({ fault: 'seal-record-damaged' })
  })
})
