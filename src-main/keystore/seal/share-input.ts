// What somebody typed, pasted or scanned where a share was asked for: which form it has, or why it is none. Knows nothing of any store.
import { parseBase64, parseHex } from '../../base/bytes.ts'
import { findWord, parseWordCode, wordCodeWords } from '../../crypto/word-code.ts'
import { cardGroups, parseCardGroups, shareBytes, undividedShareBytes, type ShareEnvelope } from '../format/share-card.ts'

export const shareInputCharactersMax = 16_384

export type ShareForm = 'card' | 'base64' | 'hex' | 'words' | 'bytes'

/** Things people confuse with a share. */
export type ShareLookalike = 'empty' | 'too-long' | 'root-token' | 'access-key' | 'secret-key' | 'kes-api-key' | 'pgp-message' | 'pem' | 'newer-card' | 'unknown'

export type ParsedShareInput =
  /** `share` is 33 bytes, the caller's to wipe; x = 0 in an undivided key. `envelope` only with a card. */
  | { readonly result: 'share'; readonly form: ShareForm; readonly share: Uint8Array; readonly envelope: ShareEnvelope | undefined }
  /** `group` from 1 where it can be told. */
  | { readonly result: 'typing-error'; readonly form: ShareForm; readonly group: number | undefined; readonly groups: number }
  | { readonly result: 'not-a-share'; readonly lookalike: ShareLookalike }

const separators = /[\s\-\u2010-\u2015,;:.]+/u
const base64Groups = 11
const hexGroups = 17

/** Text of a card, base64, hex or words; or the bytes of a share as other programs keep them (33, or 32 undivided). */
export function parseShareInput(input: string | Uint8Array): ParsedShareInput {
  if (typeof input !== 'string') return fromRaw('bytes', input) ?? { result: 'not-a-share', lookalike: input.byteLength === 0 ? 'empty' : 'unknown' }
  if (input.length > shareInputCharactersMax) return { result: 'not-a-share', lookalike: 'too-long' }
  const text = input.trim()
  return parseCard(text) ?? findLookalike(text) ?? parseWords(text) ?? parseRaw(text) ?? { result: 'not-a-share', lookalike: 'unknown' }
}

function fromRaw(form: ShareForm, raw: Uint8Array | undefined): ParsedShareInput | undefined {
  if (raw === undefined || (raw.byteLength !== shareBytes && raw.byteLength !== undividedShareBytes)) return undefined
  const share = new Uint8Array(shareBytes)
  share.set(raw)
  return { result: 'share', form, share, envelope: undefined }
}

/** With the prefix anywhere in the text (a saved card has more lines), or the twenty groups alone. */
function parseCard(text: string): ParsedShareInput | undefined {
  const prefix = /coffer-share-(\d{1,3}):/i.exec(text)
  if (prefix === null && !/^[0-9A-Za-z]{5}(?:[\s-]+[0-9A-Za-z]{5}){19}$/.test(text)) return undefined
  if (prefix !== null && Number(prefix[1]) !== 1) return { result: 'not-a-share', lookalike: 'newer-card' }
  const rest = (prefix === null ? text : text.slice(prefix.index + prefix[0].length)).split(/\n\s*\n/)[0] ?? ''
  const parsed = parseCardGroups(rest.split(separators).filter((token) => token !== ''))
  if ('wrongGroup' in parsed) return { result: 'typing-error', form: 'card', group: parsed.wrongGroup, groups: cardGroups }
  return { result: 'share', form: 'card', share: parsed.share, envelope: parsed.envelope }
}

const lookalikes: readonly (readonly [RegExp, ShareLookalike])[] = [
  [/^$/, 'empty'],
  [/^(?:hv[sbr]|[sbr])\.[A-Za-z0-9_-]{20,}$/, 'root-token'],
  [/^kes:v\d+:/, 'kes-api-key'],
  [/-----BEGIN PGP /, 'pgp-message'],
  [/-----BEGIN /, 'pem'],
  [/^[A-Z0-9]{16,20}$/, 'access-key'],
  [/^[A-Za-z0-9+/]{40}$/, 'secret-key'],
]

function findLookalike(text: string): ParsedShareInput | undefined {
  const found = lookalikes.find(([pattern]) => pattern.test(text))
  return found === undefined ? undefined : { result: 'not-a-share', lookalike: found[1] }
}

/** A dozen tokens, most of them words of the list: meant as words, also when one is mistyped. Numbers before words are skipped. */
function parseWords(text: string): ParsedShareInput | undefined {
  const tokens = text.toLowerCase().split(separators).filter((token) => token !== '' && !/^\d+$/.test(token))
  if (tokens.length < 12 || tokens.length > 2 * wordCodeWords) return undefined
  if (tokens.filter((token) => findWord(token) !== undefined).length * 2 <= tokens.length) return undefined
  const parsed = parseWordCode(tokens)
  if (parsed.result === 'typing-error') return { ...parsed, form: 'words' }
  return { result: 'share', form: 'words', share: parsed.bytes, envelope: undefined }
}

/** Told apart by length: hex has 66 (64) characters, base64 has 44. */
function parseRaw(text: string): ParsedShareInput | undefined {
  const compact = text.replaceAll(/[\s\-\u2010-\u2015]+/gu, '')
  const share = fromRaw('hex', parseHex(compact)) ?? fromRaw('base64', parseBase64(compact))
  if (share !== undefined) return share
  if (compact.length >= 60 && compact.length <= 70) return rawTypingError('hex', text, compact, /[^0-9A-Fa-f]/, hexGroups)
  if (compact.length >= 38 && compact.length <= 50) return rawTypingError('base64', text, compact, /[^A-Za-z0-9+/=]/, base64Groups)
  return undefined
}

/** Groups of four: the first one with a foreign character, or the first of another length when they were typed as groups. */
function rawTypingError(form: 'hex' | 'base64', text: string, compact: string, foreign: RegExp, groups: number): ParsedShareInput {
  const tokens = text.split(/[\s\-\u2010-\u2015]+/u).filter((token) => token !== '')
  const foreignAt = compact.search(foreign)
  if (tokens.length > 2) {
    const lastLength = form === 'hex' ? 2 : 4
    const wrong = tokens.findIndex((token, index) => foreign.test(token) || (token.length !== 4 && !(index === groups - 1 && token.length === lastLength)))
    return { result: 'typing-error', form, group: wrong === -1 ? undefined : Math.min(wrong + 1, groups), groups }
  }
  return { result: 'typing-error', form, group: foreignAt === -1 ? undefined : Math.min(Math.floor(foreignAt / 4) + 1, groups), groups }
}
