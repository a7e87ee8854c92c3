import { describe, expect, it } from 'vitest'
import { formatName, showName } from '../../../../../src-renderer/components/shown-name/show-name.ts'

const marks = (name: string): string[] => showName(name).filter((piece) => piece.isMark).map((piece) => piece.code ?? '')

describe('showing a name from the store', () => {
  it('never lets a name turn the direction of what is read', () => {
    expect(formatName('invoice\u202egpj.exe')).toBe('invoice⟨U+202E⟩gpj.exe')
    for (const turner of ['\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069']) {
      expect(marks(`a${turner}b`)).toHaveLength(1)
    }
  })

  it('shows what can not be seen', () => {
    expect(formatName('a\nb\tc\0d\x7f')).toBe('a⟨U+000A⟩b⟨U+0009⟩c⟨U+0000⟩d⟨U+007F⟩')
    expect(formatName(' lead and trail ')).toBe('␣lead and trail␣')
    for (const hidden of ['\u0085', '\u00a0', '\u00ad', '\u200b', '\u200d', '\u2028', '\u2060', '\u3164', '\ufeff', '\ufe0f', '\u{e0041}', '\ud800']) {
      expect(marks(`a${hidden}b`)).toHaveLength(1)
    }
  })

  it('leaves every other text as it is, markup too', () => {
    for (const name of ['', 'a', 'photos/2019/Ä ö.raw', '<img src=x onerror=alert(1)>', 'שלום', '日本語', '👍', 'a  b']) {
      expect(showName(name)).toEqual([{ text: name, isMark: false }])
    }
  })

  it('keeps the pieces in order', () => {
    expect(showName('a\u202eb').map((piece) => piece.text)).toEqual(['a', '⟨U+202E⟩', 'b'])
  })
})
