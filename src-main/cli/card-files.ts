// Share cards as text, and as one file each: written so that they survive a power cut, never over another file, read back for the proof.
// A line of a card that ends with a hyphen or colon goes on in the next.
import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ShareCardText } from '../contract/setup.ts'
import { CliError } from './cli-error.ts'
import { toPlainText } from './text.ts'

const cardFileSizeMax = 16_384
const cardFilesMax = 255

/** Groups of five in rows, as they are typed. */
export function formatCard(card: ShareCardText): string {
  const label = card.label === '' ? '' : `  "${toPlainText(card.label)}"`
  const prefix = card.card.slice(0, card.card.indexOf(':') + 1)
  const groups = card.card.slice(prefix.length).split('-')
  const rows = [0, 5, 10, 15].map((at) => groups.slice(at, at + 5).join('-')).join('-\n  ')
  const words = card.words.split(' ')
  const wordRows = Array.from({ length: Math.ceil(words.length / 8) }, (_, row) => words.slice(row * 8, row * 8 + 8).join(' ')).join(' -\n  ')
  return `Coffer "${toPlainText(card.storeName)}"   share ${card.shareNumber} of ${card.shareCount}${label}
Any ${card.threshold} of the ${card.shareCount} shares open the store. Generation ${card.shareGeneration}, store ${card.deploymentShortId}.

  ${prefix}
  ${rows}

The same as words:

  ${wordRows}

Keep it where only you can read it. Enter it with: coffer unseal
`
}

/** The lines of a card that are for people: skipped where whole card files are piped in. */
export function isCardProse(line: string): boolean {
  return /^(?:Coffer "|Any \d+ of the \d+ shares open|The same as words:$|Keep it where only you)/.test(line)
}

export function cardFileName(card: Pick<ShareCardText, 'storeName' | 'shareNumber' | 'shareCount'>): string {
  return `${card.storeName.replaceAll(/[^A-Za-z0-9-]/g, '_')}-share-${card.shareNumber}-of-${card.shareCount}.txt`
}

/** Before anything is created: the folder can be written and holds no card of these names. Faults: file. */
export function prepareCardFolder(folder: string, storeName: string, shareCount: number): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new CliError('file', `The folder ${folder} can't be used for the cards.`, 'Nothing was created. Name another folder.', { cause: error })
  }
  for (let shareNumber = 1; shareNumber <= shareCount; shareNumber++) {
    const name = cardFileName({ storeName, shareNumber, shareCount })
    if (existsSync(join(folder, name))) throw new CliError('file', `${join(folder, name)} exists already; it is not written over.`, 'Nothing was created. Name another folder.')
  }
}

/** The files' paths in order. Faults: file (the caller still has the cards and must show them). */
export function writeCardFiles(folder: string, cards: readonly ShareCardText[]): string[] {
  try {
    const paths = cards.map((card) => {
      const path = join(folder, cardFileName(card))
      const handle = openSync(path, 'wx', 0o600)
      try {
        writeSync(handle, formatCard(card))
        fsyncSync(handle)
      } finally {
        closeSync(handle)
      }
      return path
    })
    const handle = openSync(folder, 'r')
    fsyncSync(handle)
    closeSync(handle)
    return paths
  } catch (error) {
    throw new CliError('file', `The cards could not all be written to ${folder}.`, 'They are shown here instead: write them down now.', { cause: error })
  }
}

/** The texts of the files in a folder, by name: what may be shares. Faults: file. */
export function readCardFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile() && statSync(path).size <= cardFileSizeMax)
      .slice(0, cardFilesMax)
      .map((path) => readFileSync(path, 'utf8'))
      .filter((text) => text.trim() !== '')
  } catch (error) {
    throw new CliError('file', `The folder ${folder} can't be read.`, 'Name the folder that holds the cards.', { cause: error })
  }
}
