// A share card: the share with all that tells it from others, as one line `coffer-share-1:XXXXX-…` of twenty groups, and the plain
// forms of the share alone (base64, hex, words) that other Vault-like programs understand. docs FORMAT, "share card".
import { createHash } from 'node:crypto'
import { assert } from '../../base/assert.ts'
import { concatBytes, encodeUtf8, equalBytes, formatBase64, formatHex } from '../../base/bytes.ts'
import type { SecretBytes } from '../../crypto/secret-bytes.ts'
import { formatWordCode } from '../../crypto/word-code.ts'
import { FieldReader, FieldWriter } from './byte-fields.ts'
import { formatGroups, parseGroups } from './card-groups.ts'

export const cardPrefix = 'coffer-share-1:'
export const cardGroups = 20
/** 32 bytes and the x; x = 0 means the key was not split (1 of 1). */
export const shareBytes = 33
export const undividedShareBytes = 32
export const shortIdBytes = 8
const checksumBytes = 4
const cardDomain = encodeUtf8('coffer/1/share-card')

export interface ShareEnvelope {
  /** 16 hex digits. */
  readonly deploymentShortId: string
  readonly shareGeneration: number
  /** From 1. */
  readonly shareNumber: number
  readonly shareCount: number
  readonly threshold: number
}

/** What a holder gets, once. The owner of the card wipes the share. */
export interface ShareCard extends ShareEnvelope {
  readonly storeName: string
  readonly label: string
  readonly share: SecretBytes
}

/** First 8 bytes of SHA-256 of the deployment id, as hex. */
export function toDeploymentShortId(deploymentId: string): string {
  return createHash('sha256').update('coffer/1/deployment:').update(deploymentId, 'utf8').digest('hex').slice(0, 2 * shortIdBytes)
}

export type ShareTexts = {
  /** The whole card: recognises typing errors, old and foreign cards. Fits a QR code in its alphanumeric mode when upper-cased. */
  readonly card: string
  readonly base64: string
  readonly hex: string
  readonly words: string
}

/** The forms of a card for print and screen. Texts cannot be wiped: make them at the border, drop them at once. */
export function formatShareCard(card: ShareCard): ShareTexts {
  return card.share.use((share) => {
    const raw = toRawShare(share)
    return { card: formatCardLine(card, share), base64: formatBase64(raw), hex: formatHex(raw), words: formatWordCode(share) }
  })
}

/** Base64 in groups of four, for reading aloud. */
export function groupsOfFour(text: string): string {
  return text.match(/.{1,4}/g)?.join(' ') ?? ''
}

/** As Vault writes it: 33 bytes, or the bare 32 of an undivided key. A view. */
export function toRawShare(share: Uint8Array): Uint8Array {
  return share[shareBytes - 1] === 0 ? share.subarray(0, undividedShareBytes) : share
}

function formatCardLine(envelope: ShareEnvelope, share: Uint8Array): string {
  assert(share.byteLength === shareBytes, 'a share is 33 bytes')
  const fields = new FieldWriter()
    .bytes(new Uint8Array(Buffer.from(envelope.deploymentShortId, 'hex')))
    .number(envelope.shareGeneration, 2)
    .number(envelope.shareNumber, 1)
    .number(envelope.shareCount, 1)
    .number(envelope.threshold, 1)
    .bytes(share)
    .finish()
  const line = cardPrefix + formatGroups(concatBytes([fields, cardChecksum(fields)]))
  fields.fill(0)
  return line
}

function cardChecksum(fields: Uint8Array): Uint8Array {
  return createHash('sha256').update(cardDomain).update(fields).digest().subarray(0, checksumBytes)
}

export type ParsedCardLine =
  | { readonly envelope: ShareEnvelope; readonly share: Uint8Array }
  /** From 1; undefined: every group is sound but not together. */
  | { readonly wrongGroup: number | undefined }

/** The groups after the prefix. */
export function parseCardGroups(tokens: readonly string[]): ParsedCardLine {
  const parsed = parseGroups(tokens, cardGroups)
  if ('wrongGroup' in parsed) return parsed
  const fields = parsed.bytes.subarray(0, parsed.bytes.byteLength - checksumBytes)
  if (!equalBytes(cardChecksum(fields), parsed.bytes.subarray(fields.byteLength))) return { wrongGroup: undefined }
  const reader = new FieldReader(fields)
  const envelope = {
    deploymentShortId: formatHex(reader.bytes(shortIdBytes)),
    shareGeneration: reader.number(2),
    shareNumber: reader.number(1),
    shareCount: reader.number(1),
    threshold: reader.number(1),
  }
  return { envelope, share: reader.bytes(shareBytes) }
}
