import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findWord, formatWordCode, parseWordCode, wordCodeWords } from '../../../src-main/crypto/word-code.ts'
import { wordList } from '../../../src-main/crypto/word-list.ts'

const share = Uint8Array.from({ length: 33 }, (_, index) => index * 7)
const words = formatWordCode(share).split(' ')
const withWord = (at: number, word: string): string[] => words.map((old, index) => (index === at ? word : old))

describe('twenty-five words', () => {
  it('name the place of a word that does not exist', () => {
    for (const wrong of ['xyzzy', '', 'aba', 'abandoned', 'zooo']) {
      expect(parseWordCode(withWord(6, wrong))).toEqual({ result: 'typing-error', group: 7, groups: wordCodeWords })
    }
  })

  it('notice a word too few or too many', () => {
    expect(parseWordCode(words.slice(0, 24))).toEqual({ result: 'typing-error', group: 25, groups: 25 })
    expect(parseWordCode([...words, 'zoo'])).toEqual({ result: 'typing-error', group: 25, groups: 25 })
    expect(parseWordCode([])).toEqual({ result: 'typing-error', group: 1, groups: 25 })
  })

  it('notice other words and a changed order by the check word', () => {
    let noticed = 0
    for (let at = 0; at < 25; at++) {
      const other = wordList[((findWord(words[at] ?? '') ?? 0) + 1) % 2048] ?? ''
      if (parseWordCode(withWord(at, other)).result === 'typing-error') noticed++
    }
    const swapped = [words[1] ?? '', words[0] ?? '', ...words.slice(2)]
    expect([noticed, parseWordCode(swapped)]).toEqual([25, { result: 'typing-error', group: undefined, groups: 25 }])
  })

  it('give the bytes back, also from words of four letters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 33, maxLength: 33 }), (bytes) => {
        const text = formatWordCode(bytes).split(' ')
        expect(text.length).toBe(25)
        expect(parseWordCode(text)).toEqual({ result: 'bytes', bytes })
        expect(parseWordCode(text.map((word) => word.slice(0, 4)))).toEqual({ result: 'bytes', bytes })
      }),
    )
  })

  it('carry eleven bits each, first bit first, like the 24-word vectors of BIP-39', () => {
    // BIP-39 vectors: entropy 7f…7f is 23 times "legal winner thank year wave sausage worth useful …"; all ones is "zoo".
    expect(formatWordCode(new Uint8Array(33).fill(0x7f)).startsWith('legal winner thank year wave sausage worth useful legal winner thank year')).toBe(true)
    expect(formatWordCode(new Uint8Array(33).fill(0xff)).startsWith('zoo '.repeat(24))).toBe(true)
    expect(formatWordCode(new Uint8Array(33)).startsWith('abandon '.repeat(24))).toBe(true)
  })
})

describe('the word list', () => {
  it('is the English list of BIP-39, word for word', () => {
    expect(createHash('sha256').update(`${wordList.join('\n')}\n`).digest('hex')).toBe('2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda')
  })

  it('finds every word whole, and by four letters when it has them', () => {
    for (const [index, word] of wordList.entries()) {
      if (findWord(word) !== index || findWord(word.slice(0, 4)) !== index) expect.fail(word)
    }
  })
})
