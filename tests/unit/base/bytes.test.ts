import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedQueue } from '../../../src-main/base/bounded-queue.ts'
import { byteSourceOf, readAll } from '../../../src-main/base/byte-stream.ts'
import { compareBytes, copyInto, decodeUtf8, encodeUtf8, formatBase64, formatHex, parseBase64, parseHex } from '../../../src-main/base/bytes.ts'

describe('copying into shared memory', () => {
  it('refuses what does not fit, and writes nothing then', () => {
    const target = new Uint8Array(new SharedArrayBuffer(4))
    expect(() => { copyInto(target, new Uint8Array([1, 2, 3]), 2) }).toThrow(RangeError)
    expect([...target]).toEqual([0, 0, 0, 0])
  })

  it('copies just the bytes that set copies, at every alignment', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), fc.nat(20), (bytes, from, at) => {
      const source = new Uint8Array(new SharedArrayBuffer(from + bytes.byteLength)).subarray(from)
      source.set(bytes)
      const target = new Uint8Array(new SharedArrayBuffer(160)).fill(7)
      const expected = new Uint8Array(160).fill(7)
      expected.set(bytes, at)
      copyInto(target, source, at)
      expect([...target]).toEqual([...expected])
    }))
  })
})

describe('texts that stand for bytes', () => {
  it('are those of Node at every length, and hold nothing of the one before', () => {
    for (let length = 300; length >= 0; length--) {
      const bytes = Uint8Array.from({ length }, (_, index) => (length + index * 7) & 255)
      expect([formatHex(bytes), formatBase64(bytes)]).toEqual([Buffer.from(bytes).toString('hex'), Buffer.from(bytes).toString('base64')])
    }
  })

  it('refuse base64 that is not canonical', () => {
    for (const text of ['QQ', 'QQ=', 'QR==', 'Q===', 'Q Q=', 'QQ==\n', 'Q-_=']) expect(parseBase64(text), text).toBeUndefined()
    expect(parseBase64('QQ==')).toEqual(new Uint8Array([65]))
  })

  it('refuse hex of odd length or with other characters', () => {
    expect(parseHex('abc')).toBeUndefined()
    expect(parseHex('zz')).toBeUndefined()
    expect(parseHex('00fF')).toEqual(new Uint8Array([0, 255]))
  })

  it('refuse bytes that are not UTF-8, also in shared memory', () => {
    expect(decodeUtf8(new Uint8Array([0xc3, 0x28]))).toBeUndefined()
    const shared = new Uint8Array(new SharedArrayBuffer(2))
    shared.set([0x68, 0x69])
    expect(decodeUtf8(shared)).toBe('hi')
  })

  it('come back as they went', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => { expect(parseBase64(formatBase64(bytes))).toEqual(bytes) }))
  })

  it('order by bytes, not by UTF-16 units', () => {
    expect(compareBytes(encodeUtf8('\uFFFD'), encodeUtf8('\u{1F600}'))).toBeLessThan(0)
  })
})

describe('a byte source read whole', () => {
  it('is given up when it holds more than allowed', async () => {
    expect(await readAll(byteSourceOf(new Uint8Array(5), new Uint8Array(6)), 10)).toBeUndefined()
    expect(await readAll(byteSourceOf(new Uint8Array(5), new Uint8Array(5)), 10)).toHaveLength(10)
  })
})

describe('a bounded queue', () => {
  it('refuses what does not fit and keeps the order of the rest', () => {
    const queue = new BoundedQueue<number>(2)
    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false])
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, undefined])
  })
})
