import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { HmacKey } from '../../../src-main/crypto/hmac.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

describe('an HMAC key', () => {
  it('is at most one block long', () => {
    expect(() => HmacKey.copyOf(new Uint8Array(65))).toThrow(AssertionError)
  })

  it('answers nothing after it was wiped, and keeps nothing of the bytes it was copied from', () => {
    const bytes = new Uint8Array(32).fill(3)
    const key = HmacKey.copyOf(bytes)
    const before = key.digest(latin1('text'))
    bytes.fill(0)
    expect(key.digest(latin1('text'))).toEqual(before)
    key.wipe()
    expect(() => key.digest(latin1('text'))).toThrow(AssertionError)
    const owned = new Uint8Array(32).fill(3)
    HmacKey.own(owned).wipe()
    expect(owned).toEqual(new Uint8Array(32))
  })

  /** RFC 4231 §4.2 to §4.5. */
  it.each([
    ['0b'.repeat(20), Buffer.from('Hi There').toString('hex'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [Buffer.from('Jefe').toString('hex'), Buffer.from('what do ya want for nothing?').toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    ['0102030405060708090a0b0c0d0e0f10111213141516171819', 'cd'.repeat(50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
  ])('answers as the standard says (%s)', (key, text, expected) => {
    expect(Buffer.from(HmacKey.copyOf(hex(key)).digest(hex(text))).toString('hex')).toBe(expected)
  })

  it('agrees with the library for any key and text, long ones too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 6000, size: 'max' }), (key, text) => {
        const expected = createHmac('sha256', key).update(text).digest('hex')
        expect(Buffer.from(HmacKey.copyOf(key).digest(text)).toString('hex')).toBe(expected)
        expect(HmacKey.copyOf(key).hexOf(Buffer.from(text).toString('latin1'))).toBe(expected)
      }),
    )
  })
})
