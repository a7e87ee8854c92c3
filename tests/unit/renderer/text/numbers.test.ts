// Numbers as people read them.
import { describe, expect, it } from 'vitest'
import { formatAge, formatBytes, formatCount, formatDuration, formatNumberOf, formatPart, formatWhenUtc } from '../../../../src-renderer/text/numbers.ts'

/** The narrow gap before a unit, made visible. */
const plain = (text: string): string => text.replaceAll('\u202f', ' ')

describe('sizes', () => {
  it('are decimal, with three digits that matter', () => {
    expect([0, 999, 1000, 1536, 12_345_678, 8e12, 1.234e15].map((bytes) => plain(formatBytes(bytes)))).toEqual(['0 B', '999 B', '1 kB', '1.54 kB', '12.3 MB', '8 TB', '1.23 PB'])
  })

  it('never show a thousand of the smaller unit', () => {
    expect(plain(formatBytes(999_499))).toBe('999 kB')
    expect(plain(formatBytes(999_500))).toBe('1 MB')
    expect(plain(formatBytes(999_999_999_999))).toBe('1 TB')
  })
})

describe('parts of a whole', () => {
  it('are not complete before the end', () => {
    expect(formatPart(0.9999)).toBe('99%')
    expect(formatPart(1)).toBe('100%')
    expect(formatPart(-1)).toBe('0%')
  })
})

describe('durations', () => {
  it('show the two largest units that say something', () => {
    expect([0, 59.6, 60, 725, 3600, 12_000, 90_061].map((seconds) => plain(formatDuration(seconds)))).toEqual(['0 s', '1 min', '1 min', '12 min', '1 h', '3 h 20 min', '1 d 1 h'])
  })

  it('are never negative', () => {
    expect(plain(formatDuration(-5))).toBe('0 s')
    expect(formatAge(1)).toBe('just now')
    expect(plain(formatAge(130))).toBe('2 min ago')
  })
})

describe('counts', () => {
  it('are grouped and have their word', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567')
    expect(formatNumberOf(1, 'drive', 'drives')).toBe('1 drive')
    expect(formatNumberOf(0, 'drive', 'drives')).toBe('0 drives')
  })
})

describe('times', () => {
  it('have a form in UTC', () => {
    expect(formatWhenUtc(Date.UTC(2026, 10, 21, 3, 4, 5))).toBe('2026-11-21 03:04:05 UTC')
  })
})
