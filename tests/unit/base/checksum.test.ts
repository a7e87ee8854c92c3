import { createHash, randomBytes } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checksumOfNothing, combineCrcs, createChecksum, encodeCrc32, encodeCrc64, formatChecksum, parseChecksum, updateCrc32, updateCrc32c } from '../../../src-main/base/checksum.ts'
import { slowCrc32c, slowCrc64Nvme } from '../payload/slow-twins.ts'

const digits = new Uint8Array(Buffer.from('123456789'))

describe('the text of a checksum is refused', () => {
  it('when it is not base64 of just that length', () => {
    expect(parseChecksum('crc32', 'y/Q5Jg==')).toEqual(Uint8Array.of(0xcb, 0xf4, 0x39, 0x26))
    for (const wrong of ['', 'y/Q5Jg', 'y/Q5Jg=', 'y/Q5Jh==', 'y_Q5Jg==', ' y/Q5Jg==', 'rosUhgp5mIg=', 'y/Q5Jg==\n']) expect(parseChecksum('crc32', wrong)).toBeUndefined()
    expect(parseChecksum('sha256', 'A'.repeat(10_000))).toBeUndefined()
  })
})

describe('checksums agree with known answers', () => {
  it.each([
    ['crc32', 'y/Q5Jg=='],
    ['crc32c', '4waSgw=='],
    ['sha1', '98O8HYCOBHMq32eZZczDTKeuNEE='],
    ['sha256', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
    ['md5', 'JfnnlDI7RTiF9RgfG2JNCw=='],
  ] as const)('%s of the digits', (algorithm, answer) => {
    const checksum = createChecksum(algorithm)
    checksum.update(digits.subarray(0, 4))
    checksum.update(digits.subarray(4))
    expect(formatChecksum(checksum.digest())).toBe(answer)
  })

  it('of nothing', () => {
    expect(formatChecksum(checksumOfNothing('crc32'))).toBe('AAAAAA==')
    expect(formatChecksum(checksumOfNothing('crc32c'))).toBe('AAAAAA==')
    expect(formatChecksum(checksumOfNothing('crc64nvme'))).toBe('AAAAAAAAAAA=')
    expect(Buffer.from(checksumOfNothing('md5')).toString('hex')).toBe('d41d8cd98f00b204e9800998ecf8427e')
    expect(Buffer.from(checksumOfNothing('sha256')).equals(createHash('sha256').digest())).toBe(true)
  })

  it('and CRCs go on over views of shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5000))
    shared.set(randomBytes(5000))
    expect(updateCrc32(updateCrc32(0, shared.subarray(0, 1234)), shared.subarray(1234))).toBe(zlibCrc32(shared))
    expect(updateCrc32c(updateCrc32c(0, shared.subarray(0, 1234)), shared.subarray(1234))).toBe(slowCrc32c(shared))
  })
})

describe('the CRC of parts put together', () => {
  const algorithms = {
    crc32: (bytes: Uint8Array) => encodeCrc32(zlibCrc32(bytes)),
    crc32c: (bytes: Uint8Array) => encodeCrc32(slowCrc32c(bytes)),
    crc64nvme: (bytes: Uint8Array) => encodeCrc64(slowCrc64Nvme(bytes)),
  }
  it.each(['crc32', 'crc32c', 'crc64nvme'] as const)('is the %s of the whole', (algorithm) => {
    const checksum = algorithms[algorithm]
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (parts) => {
        const combined = combineCrcs(algorithm, parts.map((part) => ({ digest: checksum(part), length: part.byteLength })))
        expect(combined).toEqual(checksum(new Uint8Array(Buffer.concat(parts))))
      }),
      { numRuns: 100 },
    )
  })

  it('holds for lengths that are never read, by the law that a row of equal parts may be put together in any grouping', () => {
    const part = { digest: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), length: 5 * 2 ** 30 }
    const pair = { digest: combineCrcs('crc64nvme', [part, part]), length: 2 * part.length }
    expect(combineCrcs('crc64nvme', [pair, pair])).toEqual(combineCrcs('crc64nvme', [part, part, part, part]))
  })
})
