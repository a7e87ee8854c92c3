// A share card as a text file, and its parts for the eye. Pure. The first paragraph after the heading is the card itself: that is what is
// read back when the file is dropped on the unseal screen.
import type { ShareCardText } from '../../../src-main/contract/setup.ts'
import { texts } from '../../text/cards.ts'

const groupsPerRow = 5

export function formatCardFile(card: ShareCardText): string {
  return [
    texts.fileHeading,
    texts.fileStore(card.storeName, card.deploymentShortId),
    texts.fileCard(card.shareNumber, card.shareCount, card.label),
    texts.fileRule(card.threshold, card.shareCount, card.shareGeneration),
    '',
    card.card,
    '',
    texts.fileWords,
    card.words,
    '',
    texts.fileBase64,
    card.base64,
    '',
    texts.fileKeep,
    '',
  ].join('\n')
}

/** No label in it: who holds which card is nobody else's business. */
export function cardFileName(card: ShareCardText): string {
  return `coffer-${card.storeName}-card-${card.shareNumber}-of-${card.shareCount}.txt`
}

/** For the QR code: upper case needs the fewest modules. */
export function cardQrText(card: ShareCardText): string {
  return card.card.toUpperCase()
}

export interface CardRow {
  /** Of its first group, from 1: typing errors are told by this number. */
  readonly first: number
  readonly groups: readonly string[]
}

/** The groups after the prefix, five to a row. */
export function cardRows(card: string): readonly CardRow[] {
  const groups = card.slice(card.indexOf(':') + 1).split('-')
  return Array.from({ length: Math.ceil(groups.length / groupsPerRow) }, (_, row) => ({
    first: row * groupsPerRow + 1,
    groups: groups.slice(row * groupsPerRow, (row + 1) * groupsPerRow),
  }))
}

/** Base64 and hex in fours, for reading aloud. */
export function inFours(text: string): string {
  return text.match(/.{1,4}/g)?.join(' ') ?? ''
}
