import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../../src-main/base/random.ts'
import { openBarrierRecord, readBarrierTerm, sealBarrierRecord } from '../../../../src-main/keystore/format/barrier-record.ts'
import { decodeKeyring, encodeKeyring } from '../../../../src-main/keystore/format/keyring-record.ts'
import { decodeNamedKey, encodeNamedKey } from '../../../../src-main/keystore/format/named-key-record.ts'
import { decodeSealRecord, encodeSealHead, encodeSealRecord, type SealRecordHead, type ShareSet } from '../../../../src-main/keystore/format/seal-record.ts'
import { computeShareCheck, findShareCheck } from '../../../../src-main/keystore/format/share-check.ts'
import { encodeKeyContext } from '../../../../src-main/keystore/format/wrapped-data-key.ts'
import { GcmKey } from '../../../../src-main/crypto/gcm.ts'

const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value)
const set = (generation: number, threshold: number, count: number): ShareSet => ({
  generation,
  threshold,
  issuedAtMs: 1_760_000_000_000,
  checkSalt: bytes(16),
  shares: Array.from({ length: count }, (_, index) => ({ label: `holder ${index}`, check: bytes(16, index) })),
  wrappedRootKey: bytes(60),
})
const head: SealRecordHead = {
  generation: 7,
  deploymentId: 'deployment-one',
  storeName: 'Büro',
  createdAtMs: 1,
  provenAtMs: 0,
  provenShares: 0,
  recordsBegun: false,
  current: set(2, 3, 5),
  pending: undefined,
  former: [{ generation: 1, checkSalt: bytes(16, 9), checks: [bytes(16, 8)] }],
}
const resealed = (body: Uint8Array): Uint8Array => Buffer.concat([body, createHash('sha256').update(body).digest()])

describe('a seal record', () => {
  it('with any byte changed, added or missing is none', () => {
    const record = encodeSealRecord(encodeSealHead(head), bytes(200))
    for (let at = 0; at < record.length; at++) expect(decodeSealRecord(Uint8Array.from(record, (byte, index) => (index === at ? byte ^ 4 : byte)))).toBeUndefined()
    for (let length = 0; length < record.length; length++) expect(decodeSealRecord(record.subarray(0, length))).toBeUndefined()
    expect(decodeSealRecord(Buffer.concat([record, bytes(1)]))).toBeUndefined()
    expect(decodeSealRecord(bytes(70_000))).toBeUndefined()
  })

  it('that is whole but of a later version is told apart from damage', () => {
    const body = encodeSealRecord(encodeSealHead(head), bytes(200)).slice(0, -32)
    body[9] = 2
    expect(decodeSealRecord(resealed(body))).toBe('unknown-version')
  })

  it('whose facts make no sense is none, though its sum is right', () => {
    const senseless: SealRecordHead[] = [
      { ...head, current: set(2, 0, 5) },
      { ...head, current: set(2, 6, 5) },
      { ...head, current: set(2, 1, 5) },
      { ...head, current: set(2, 1, 0) },
      { ...head, generation: 0 },
      { ...head, deploymentId: '' },
      { ...head, pending: set(2, 2, 3) },
    ]
    for (const wrong of senseless) expect(decodeSealRecord(encodeSealRecord(encodeSealHead(wrong), bytes(200)))).toBeUndefined()
  })

  it('never makes the decoder fail, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(300), (noise, at) => {
        const body = encodeSealRecord(encodeSealHead(head), bytes(200)).slice(0, -32)
        body.set(noise.subarray(0, Math.max(0, body.length - at)), Math.min(at, body.length))
        decodeSealRecord(resealed(body))
        decodeSealRecord(noise)
        decodeKeyring(noise)
        decodeNamedKey(noise)
      }),
    )
  })

  it('gives back what was written, with one issue of shares or two', () => {
    for (const written of [head, { ...head, provenAtMs: 5, provenShares: 3, recordsBegun: true, pending: set(3, 1, 1), former: [] }]) {
      const headBytes = encodeSealHead(written)
      expect(decodeSealRecord(encodeSealRecord(headBytes, bytes(200)))).toEqual({ head: written, headBytes, sealedKeyring: bytes(200) })
    }
  })
})

describe('a keyring', () => {
  const term = (number: number) => ({ term: number, installedAtMs: 5, encryptions: 6, key: bytes(32, number) })

  it('without terms, with terms out of order or of another version is none', () => {
    for (const terms of [[], [term(2), term(1)], [term(1), term(1)]]) expect(decodeKeyring(encodeKeyring({ derivationSecret: bytes(32), terms }))).toBeUndefined()
    const later = encodeKeyring({ derivationSecret: bytes(32), terms: [term(1)] })
    later[0] = 2
    expect(decodeKeyring(later)).toBeUndefined()
  })

  it('gives back what was written', () => {
    const keyring = { derivationSecret: bytes(32, 3), terms: [term(1), term(7)] }
    expect(decodeKeyring(encodeKeyring(keyring))).toEqual(keyring)
  })
})

describe('a named key', () => {
  const version = (keyVersion: number) => ({ keyVersion, createdAtMs: 5, key: bytes(32, keyVersion) })

  it('without versions, out of order or in an unknown state is none', () => {
    for (const versions of [[], [version(2), version(1)]]) expect(decodeNamedKey(encodeNamedKey({ isDisabled: false, createdAtMs: 1, versions }))).toBeUndefined()
    const strange = encodeNamedKey({ isDisabled: false, createdAtMs: 1, versions: [version(1)] })
    strange[1] = 2
    expect(decodeNamedKey(strange)).toBeUndefined()
  })

  it('gives back what was written', () => {
    const key = { isDisabled: true, createdAtMs: 9, versions: [version(1), version(2)] }
    expect(decodeNamedKey(encodeNamedKey(key))).toEqual(key)
  })
})

describe('an entry of the barrier', () => {
  const key = GcmKey.copyOf(bytes(32))
  const record = sealBarrierRecord(3, key, 'iam/root', Uint8Array.of(1, 2), systemRandom)

  it('does not open under another path, key, or with a changed byte behind the version', () => {
    expect(openBarrierRecord(key, 'iam/roof', record)).toBeUndefined()
    expect(openBarrierRecord(GcmKey.copyOf(bytes(32, 2)), 'iam/root', record)).toBeUndefined()
    for (let at = 5; at < record.length; at++) expect(openBarrierRecord(key, 'iam/root', Uint8Array.from(record, (byte, index) => (index === at ? byte ^ 1 : byte)))).toBeUndefined()
  })

  it('has no term when it is too short or of another version', () => {
    expect(readBarrierTerm(record.subarray(0, 32))).toBeUndefined()
    expect(readBarrierTerm(Uint8Array.from(record, (byte, at) => (at === 4 ? 2 : byte)))).toBeUndefined()
  })

  it('names its term and opens to what was sealed', () => {
    expect(readBarrierTerm(record)).toBe(3)
    expect(openBarrierRecord(key, 'iam/root', record)).toEqual(Uint8Array.of(1, 2))
  })
})

describe('the check of a share', () => {
  it('fits only that share under that salt', () => {
    const shares = [bytes(33, 1), bytes(33, 2), bytes(33, 3)]
    const salt = bytes(16, 5)
    const checks = shares.map((share) => computeShareCheck(salt, share))
    expect(shares.map((share) => findShareCheck(salt, checks, share))).toEqual([0, 1, 2])
    expect(findShareCheck(salt, checks, bytes(33, 4))).toBeUndefined()
    expect(findShareCheck(bytes(16, 6), checks, bytes(33, 1))).toBeUndefined()
  })
})

describe('a key context', () => {
  it('is refused when it is too large or no well-formed text', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`n${index}`, '']))
    for (const context of [many, { a: 'x'.repeat(16_384) }, { a: '\ud800' }, { '\udc00': 'a' }]) expect(encodeKeyContext('k', context)).toBeUndefined()
  })

  it('is the same in any order of its names, and another one for every other content', () => {
    const texts = [{ a: '1', b: '2' }, { a: '1', b: '3' }, { a: '1b', '': '2' }, { ab: '12' }, { a: '1' }, {}].map((context) => Buffer.from(encodeKeyContext('k', context) ?? []).toString('hex'))
    expect(new Set(texts).size).toBe(6)
    expect(encodeKeyContext('k', { b: '2', a: '1' })).toEqual(encodeKeyContext('k', { a: '1', b: '2' }))
    expect(encodeKeyContext('ka', { b: '' })).not.toEqual(encodeKeyContext('k', { ab: '' }))
  })
})
