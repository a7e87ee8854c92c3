import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src-main/base/random.ts'
import { aeadOverheadBytes, openValue, sealValue } from '../../../src-main/crypto/aead.ts'
import { GcmKey } from '../../../src-main/crypto/gcm.ts'
import { HmacKey } from '../../../src-main/crypto/hmac.ts'
import { deriveKey, deriveKeyWithFields, hkdfSha256, joinFields, keyLabels } from '../../../src-main/crypto/key-derivation.ts'
import { unwrapKey, wrapKey, wrappedKeyBytes } from '../../../src-main/crypto/sealed-key.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const key = GcmKey.copyOf(Buffer.alloc(32, 7))
const place = hex('aabb')

describe('a sealed value', () => {
  it('does not open when any byte, its length, the key or the associated data differ', () => {
    const sealed = sealValue(key, hex('00112233'), place)
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 0x80 : byte))
      expect(openValue(key, changed, place)).toBeUndefined()
    }
    for (const length of [0, 11, 12, 27, 28, sealed.length - 1]) expect(openValue(key, sealed.subarray(0, length), place)).toBeUndefined()
    expect(openValue(key, sealed, hex('aabc'))).toBeUndefined()
    expect(openValue(GcmKey.copyOf(Buffer.alloc(32, 8)), sealed, place)).toBeUndefined()
  })

  it('opens to what was sealed, costs 28 bytes, and is different each time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 50 }), (plain, associatedData) => {
        const sealed = sealValue(key, plain, associatedData)
        expect(sealed.length).toBe(plain.length + aeadOverheadBytes)
        expect(openValue(key, sealed, associatedData)).toEqual(plain)
        expect(sealValue(key, plain, associatedData)).not.toEqual(sealed)
      }),
    )
  })

  it('is nonce, ciphertext and tag as in test case 14 of the GCM paper', () => {
    const sealed = sealValue(GcmKey.copyOf(Buffer.alloc(32)), new Uint8Array(16), new Uint8Array(0), { bytes: (length) => new Uint8Array(length) }, 3)
    expect(Buffer.from(sealed).toString('hex')).toBe('000000' + '00'.repeat(12) + 'cea7403d4d606b6e074ec5d3baf39d18' + 'd0d1c8a799996bf0265b98b5d48ab919')
  })
})

describe('a wrapped key', () => {
  it('does not open as another thing, in another place, or when cut or changed', () => {
    const wrapped = wrapKey(key, new Uint8Array(32).fill(1), 'contentKey', [place])
    expect(unwrapKey(key, wrapped, 'rootKey', [place])).toBeUndefined()
    expect(unwrapKey(key, wrapped, 'contentKey', [hex('aa'), hex('bb')])).toBeUndefined()
    expect(unwrapKey(key, wrapped, 'contentKey', [])).toBeUndefined()
    expect(unwrapKey(key, wrapped.subarray(1), 'contentKey', [place])).toBeUndefined()
    expect(unwrapKey(key, Uint8Array.from(wrapped, (byte, at) => (at === 59 ? byte ^ 1 : byte)), 'contentKey', [place])).toBeUndefined()
  })

  it('is 60 bytes and opens to the key', () => {
    const plain = systemRandom.bytes(32)
    const wrapped = wrapKey(key, plain, 'contentKey', [place])
    expect(wrapped.length).toBe(wrappedKeyBytes)
    expect(unwrapKey(key, wrapped, 'contentKey', [place])).toEqual(plain)
  })
})

describe('key derivation', () => {
  it('is HKDF-SHA-256 as in RFC 5869 A.2 and A.3', () => {
    const range = (from: number, to: number): Uint8Array => Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index)
    const second = hkdfSha256(range(0x00, 0x4f), range(0x60, 0xaf), range(0xb0, 0xff), 82)
    expect(Buffer.from(second).toString('hex')).toBe(
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    )
    const third = hkdfSha256(hex('0b'.repeat(22)), new Uint8Array(0), new Uint8Array(0), 42)
    expect(Buffer.from(third).toString('hex')).toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8')
  })

  it('gives every label its own key and every label once', () => {
    const labels = Object.keys(keyLabels) as (keyof typeof keyLabels)[]
    const secret = new Uint8Array(32).fill(3)
    expect(new Set(Object.values(keyLabels)).size).toBe(labels.length)
    expect(new Set(labels.map((label) => Buffer.from(deriveKey(secret, label)).toString('hex'))).size).toBe(labels.length)
  })

  it('tells lists of fields apart that have the same bytes in a row', () => {
    const split = [[hex('aabb')], [hex('aa'), hex('bb')], [hex(''), hex('aabb')], [hex('aabb'), hex('')]]
    const keys = split.map((fields) => Buffer.from(deriveKeyWithFields(HmacKey.copyOf(hex('07'.repeat(32))), 'part', fields)).toString('hex'))
    expect(new Set(keys).size).toBe(split.length)
    expect(hexOf(joinFields(hex('01'), [hex('0203')]))).toBe('0000000101000000020203')
  })

  it('takes texts as their UTF-8, of any length and in any script, beside bytes', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ unit: 'binary-ascii', minLength: 120, maxLength: 5000 }))
    const field = fc.oneof(text, fc.uint8Array({ maxLength: 200 }))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(field, { maxLength: 5 }), (first, fields) => {
      const expected = [first, ...fields].map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))).map((bytes) => Buffer.concat([Buffer.from([0, 0, bytes.byteLength >>> 8, bytes.byteLength]), bytes]))
      expect(hexOf(joinFields(first, fields))).toBe(Buffer.concat(expected).toString('hex'))
    }))
  })
})
