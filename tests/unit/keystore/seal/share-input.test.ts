import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecretBytes } from '../../../../src-main/crypto/secret-bytes.ts'
import { formatShareCard, groupsOfFour, parseShareInput, type ShareCard } from '../../../../src-main/keystore/index.ts'

const share = Uint8Array.from({ length: 33 }, (_, index) => (index * 37 + 11) & 0xff)
const envelope = { deploymentShortId: '0011223344556677', shareGeneration: 3, shareNumber: 2, shareCount: 5, threshold: 3 }
const cardOf = (bytes: Uint8Array): ShareCard => ({ ...envelope, storeName: 'studio', label: 'office safe', share: SecretBytes.copyOf(bytes) })
const texts = formatShareCard(cardOf(share))
const groups = texts.card.slice('coffer-share-1:'.length).split('-')

describe('input that is no share', () => {
  it.each([
    ['', 'empty'],
    ['   \n', 'empty'],
    ['x'.repeat(16_385), 'too-long'],
    ['hvs.ABCDEFGHIJKLMNOPQRSTUVWX', 'root-token'],
    ['s.ABCDEFGHIJKLMNOPQRSTUVWX', 'root-token'],
    ['kes:v1:AGaV6VOzz4EiGzoCkDDCK9SFBLpcDJGmf9HuwLbhzXs1', 'kes-api-key'],
    ['AKIAIOSFODNN7EXAMPLE', 'access-key'],
    ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'secret-key'],
    ['-----BEGIN PGP MESSAGE-----\n\nwcBMA', 'pgp-message'],
    ['-----BEGIN PRIVATE KEY-----\nMC4C', 'pem'],
    ['coffer-share-2:ABCDE-FGHJK', 'newer-card'],
    ['hello there', 'unknown'],
    ['0123456789abcdef', 'unknown'],
    ['🔑🔑🔑', 'unknown'],
  ])('%j is told to be: %s', (text, lookalike) => {
    expect(parseShareInput(text)).toEqual({ result: 'not-a-share', lookalike })
  })

  it('is any number of bytes but 32 and 33', () => {
    for (const length of [0, 16, 31, 34, 64]) expect(parseShareInput(new Uint8Array(length)).result).toBe('not-a-share')
  })
})

describe('a mistyped card', () => {
  it('is located at the group with the wrong character, for every place and every other character', () => {
    for (const [at, group] of groups.entries()) {
      for (let place = 0; place < 5; place++) {
        for (const character of '0123456789ABCDEFGHJKMNPQRSTVWXYZ*U') {
          if (character === group[place]) continue
          const wrong = groups.with(at, group.slice(0, place) + character + group.slice(place + 1)).join('-')
          const parsed = parseShareInput(`coffer-share-1:${wrong}`)
          if (parsed.result !== 'typing-error' || parsed.group !== at + 1 || parsed.groups !== 20) expect.fail(`group ${at + 1}, place ${place}, ${character}`)
        }
      }
    }
  })

  it('is located where two characters changed places, and where two groups did', () => {
    for (const [at, group] of groups.entries()) {
      for (let place = 0; place < 4; place++) {
        const [a, b] = [group[place] ?? '', group[place + 1] ?? '']
        if (a === b) continue
        const wrong = groups.with(at, group.slice(0, place) + b + a + group.slice(place + 2))
        expect(parseShareInput(`coffer-share-1:${wrong.join('-')}`)).toMatchObject({ group: at + 1 })
      }
    }
    const swapped = groups.with(4, groups[9] ?? '').with(9, groups[4] ?? '')
    expect(parseShareInput(`coffer-share-1:${swapped.join('-')}`)).toEqual({ result: 'typing-error', form: 'card', group: 5, groups: 20 })
  })

  it('is located where a character or a group is missing or too much', () => {
    const short = groups.with(6, (groups[6] ?? '').slice(1))
    expect(parseShareInput(`coffer-share-1:${short.join('-')}`)).toMatchObject({ group: 7 })
    const long = groups.with(6, `${groups[6] ?? ''}7`)
    expect(parseShareInput(`coffer-share-1:${long.join('-')}`)).toMatchObject({ group: 7 })
    expect(parseShareInput(`coffer-share-1:${groups.slice(0, 19).join('-')}`)).toMatchObject({ group: 20 })
    expect(parseShareInput('coffer-share-1:')).toMatchObject({ group: 1, groups: 20 })
    expect(parseShareInput(`coffer-share-1:${[...groups, 'ABCDE'].join('-')}`)).toMatchObject({ group: 20 })
  })

  it('is noticed by the checksum when every group is sound by itself', () => {
    const other = formatShareCard(cardOf(Uint8Array.from(share, (byte, at) => (at === 20 ? byte ^ 0xff : byte)))).card.slice('coffer-share-1:'.length).split('-')
    const differing = groups.findIndex((group, at) => group !== other[at])
    expect(parseShareInput(`coffer-share-1:${groups.with(differing, other[differing] ?? '').join('-')}`)).toEqual({ result: 'typing-error', form: 'card', group: undefined, groups: 20 })
  })
})

describe('a mistyped bare share', () => {
  it('is located in words by the word that does not exist', () => {
    const words = texts.words.split(' ')
    expect(parseShareInput(words.with(11, 'xyzzy').join(' '))).toEqual({ result: 'typing-error', form: 'words', group: 12, groups: 25 })
    expect(parseShareInput(words.slice(0, 20).join(' '))).toEqual({ result: 'typing-error', form: 'words', group: 21, groups: 25 })
  })

  it('is located in base64 and hex by foreign characters and groups of a wrong length', () => {
    const typed = groupsOfFour(texts.base64).split(' ')
    expect(parseShareInput(typed.with(4, 'ab!d').join(' '))).toEqual({ result: 'typing-error', form: 'base64', group: 5, groups: 11 })
    expect(parseShareInput(typed.with(4, 'abd').join(' '))).toEqual({ result: 'typing-error', form: 'base64', group: 5, groups: 11 })
    expect(parseShareInput(`${texts.base64.slice(0, 21)}?${texts.base64.slice(22)}`)).toEqual({ result: 'typing-error', form: 'base64', group: 6, groups: 11 })
    expect(parseShareInput(`${texts.hex.slice(0, 8)}g${texts.hex.slice(9)}`)).toEqual({ result: 'typing-error', form: 'hex', group: 3, groups: 17 })
    expect(parseShareInput(texts.hex.slice(0, 65))).toEqual({ result: 'typing-error', form: 'hex', group: undefined, groups: 17 })
  })
})

describe('a share', () => {
  it('is understood in every form, spacing and case', () => {
    const bare = { result: 'share', share, envelope: undefined }
    const numbered = texts.words.split(' ').map((word, index) => `${index + 1}. ${word}`).join('\n') // prettier-ignore
    expect(parseShareInput(share)).toEqual({ ...bare, form: 'bytes' })
    for (const text of [texts.hex, texts.hex.toUpperCase(), groupsOfFour(texts.hex)]) expect(parseShareInput(text)).toEqual({ ...bare, form: 'hex' })
    for (const text of [texts.base64, groupsOfFour(texts.base64), groupsOfFour(texts.base64).replaceAll(' ', '-')]) expect(parseShareInput(text)).toEqual({ ...bare, form: 'base64' })
    for (const text of [texts.words, texts.words.toUpperCase(), numbered]) expect(parseShareInput(text)).toEqual({ ...bare, form: 'words' })
  })

  it('is understood with its card around it, without prefix, lower-case and with the letters that are easily confused', () => {
    const whole = { result: 'share', form: 'card', share, envelope }
    const saved = `Coffer share 2 of 5 for "studio" (office safe)\n\n  ${texts.card}\n\nAny 3 of the 5 cards open the store.`
    const wrapped = `coffer-share-1:\n${groups.slice(0, 10).join(' ')}\n${groups.slice(10).join(' ')}`
    const confused = `coffer-share-1:${groups.join('–').replaceAll('0', 'o').replaceAll('1', 'l')}`
    for (const text of [texts.card, texts.card.toLowerCase(), groups.join('-'), `coffer-share-1:${groups.join('')}`, saved, wrapped, confused]) {
      expect(parseShareInput(text)).toEqual(whole)
    }
  })

  it('keeps its 33 bytes and its envelope through every form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 33, maxLength: 33 }), fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 255 }), (bytes, shareGeneration, shareNumber) => {
        const card = { ...cardOf(bytes), shareGeneration, shareNumber }
        for (const text of Object.values(formatShareCard(card))) expect(parseShareInput(text)).toMatchObject({ result: 'share', share: bytes })
        expect(parseShareInput(formatShareCard(card).card)).toMatchObject({ envelope: { ...envelope, shareGeneration, shareNumber } })
      }),
    )
  })

  it('never makes the parser fail, whatever is typed', () => {
    const piece = fc.constantFrom('coffer-share-1:', 'zoo', 'abandon', '-', ' ', '\n\n', 'AB12', '=', '/', '+', 'é', '\u2013', '0', 'hvs.')
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))), (text) => {
      expect(['share', 'typing-error', 'not-a-share']).toContain(parseShareInput(text).result)
    })) // prettier-ignore
  })
})
