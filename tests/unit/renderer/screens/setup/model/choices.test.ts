// What is said about choices while they are made: names, numbers of shares, the same as a command.
import { describe, expect, it } from 'vitest'
import { setupCommand } from '../../../../../../src-renderer/screens/setup/model/setup-command.ts'
import { presetOf, sharePresets, shareNumbersFault, shareNumbersWarning } from '../../../../../../src-renderer/screens/setup/model/share-numbers.ts'
import { isStoreName, suggestStoreName } from '../../../../../../src-renderer/screens/setup/model/store-name.ts'
import { texts } from '../../../../../../src-renderer/text/setup.ts'

describe('the store’s name', () => {
  it('is refused with anything but letters, digits and inner hyphens', () => {
    for (const name of ['', '-a', 'a-', 'a b', 'ä', 'a'.repeat(41)]) expect(isStoreName(name)).toBe(false)
  })

  it('is corrected to one that can be used', () => {
    expect(suggestStoreName(' Mein Büro! ')).toBe('Mein-Buro')
    expect(suggestStoreName('x'.repeat(39) + '--y')).toBe('x'.repeat(39))
    expect(suggestStoreName('日本')).toBeUndefined()
  })
})

describe('the number of shares', () => {
  it('is refused where the store could not be opened, or by anybody', () => {
    expect(shareNumbersFault(0, 1)).toBe('shares-range')
    expect(shareNumbersFault(21, 2)).toBe('shares-range')
    expect(shareNumbersFault(3, 0)).toBe('threshold-range')
    expect(shareNumbersFault(3, 4)).toBe('threshold-above-shares')
    expect(shareNumbersFault(3, 1)).toBe('one-of-many')
    expect(shareNumbersFault(1.5, 1)).toBe('shares-range')
  })

  it('warns where no card may be lost', () => {
    expect(shareNumbersWarning(1, 1)).toBe('single')
    expect(shareNumbersWarning(3, 3)).toBe('no-spare')
    expect(shareNumbersWarning(3, 2)).toBeUndefined()
  })

  it('has presets that are neither refused nor warned about', () => {
    for (const { shares, threshold, name } of sharePresets) {
      expect(shareNumbersFault(shares, threshold)).toBeUndefined()
      expect(shareNumbersWarning(shares, threshold)).toBeUndefined()
      expect(presetOf(shares, threshold)).toBe(name)
    }
    expect(presetOf(7, 3)).toBe('own')
  })

  it('is said in one sentence', () => {
    expect(texts.shares.sentence(3, 5)).toBe('Any 3 of the 5 cards open the store. Losing 3 cards loses everything. Two people together cannot open it.')
    expect(texts.shares.sentence(2, 2)).toBe('All 2 cards are needed to open the store. Losing 1 card loses everything. One person alone cannot open it.')
    expect(texts.shares.sentence(1, 1)).toBe('The one card opens the store. Losing it loses everything.')
  })
})

describe('the same as a command', () => {
  it('quotes what a shell would take apart', () => {
    const command = setupCommand({ name: 'studio', drives: ["/mnt/it's here", '/mnt/d2'], chosenParity: 1, shares: 3, threshold: 2 })
    expect(command).toContain(`--drive '/mnt/it'\\''s here'`)
    expect(command).toContain('--drive /mnt/d2')
  })
})
