// Thirty-three bytes as twenty-five words: 24 words of eleven bits, most significant bit first, and one check word.
// A word may be shortened to its first four letters or more. A wrong word is either not in the list (then its place is known) or breaks the check.
import { createHash } from 'node:crypto'
import { encodeUtf8 } from '../base/bytes.ts'
import { wordList } from './word-list.ts'

export const wordCodeBytes = 33
export const wordCodeWords = 25
const bitsPerWord = 11
const checkDomain = encodeUtf8('coffer/1/words')

export function formatWordCode(bytes: Uint8Array): string {
  const indexes = toIndexes(bytes)
  return [...indexes, checkIndex(bytes)].map((index) => wordList[index] ?? '').join(' ')
}

export type ParsedWordCode =
  | { readonly result: 'bytes'; readonly bytes: Uint8Array }
  /** `group` counts from 1; undefined: every word exists, but not together. */
  | { readonly result: 'typing-error'; readonly group: number | undefined; readonly groups: number }

/** `words` in lower case. */
export function parseWordCode(words: readonly string[]): ParsedWordCode {
  const wrong = (group: number | undefined): ParsedWordCode => ({ result: 'typing-error', group, groups: wordCodeWords })
  const indexes: number[] = []
  for (const [at, word] of words.slice(0, wordCodeWords).entries()) {
    const index = findWord(word)
    if (index === undefined) return wrong(at + 1)
    indexes.push(index)
  }
  if (words.length !== wordCodeWords) return wrong(Math.min(words.length, wordCodeWords) + (words.length < wordCodeWords ? 1 : 0))
  const bytes = fromIndexes(indexes)
  if (checkIndex(bytes) !== indexes[wordCodeWords - 1]) {
    bytes.fill(0)
    return wrong(undefined)
  }
  return { result: 'bytes', bytes }
}

let places: ReadonlyMap<string, number> | undefined

/** The index of a word, whole or from its fourth letter on. */
export function findWord(text: string): number | undefined {
  places ??= new Map(wordList.flatMap((word, index) => [[word, index] as const, [word.slice(0, 4), index] as const]))
  const index = places.get(text) ?? (text.length > 4 ? places.get(text.slice(0, 4)) : undefined)
  return index !== undefined && (wordList[index] ?? '').startsWith(text) ? index : undefined
}

function toIndexes(bytes: Uint8Array): number[] {
  const indexes: number[] = []
  let held = 0
  let heldBits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    heldBits += 8
    if (heldBits < bitsPerWord) continue
    heldBits -= bitsPerWord
    indexes.push((held >>> heldBits) & 0x7ff)
    held &= (1 << heldBits) - 1
  }
  return indexes
}

function fromIndexes(indexes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(wordCodeBytes)
  let at = 0
  let held = 0
  let heldBits = 0
  for (const index of indexes.slice(0, wordCodeWords - 1)) {
    held = (held << bitsPerWord) | index
    heldBits += bitsPerWord
    while (heldBits >= 8) {
      heldBits -= 8
      bytes[at++] = (held >>> heldBits) & 0xff
    }
    held &= (1 << heldBits) - 1
  }
  return bytes
}

function checkIndex(bytes: Uint8Array): number {
  const digest = createHash('sha256').update(checkDomain).update(bytes).digest()
  return ((digest[0] ?? 0) << 3) | ((digest[1] ?? 0) >>> 5)
}
