// The seal record: who holds which shares, the root key wrapped by them, the keyring sealed under the root key. Readable while sealed.
// docs FORMAT, "seal record". Everything in clear is bound as associated data, so that a changed record does not open.
import { createHash } from 'node:crypto'
import { concatBytes, encodeUtf8, equalBytes } from '../../base/bytes.ts'
import { wrappedKeyBytes } from '../../crypto/sealed-key.ts'
import { sealRecordSizeMax } from '../../seams/seal-store.ts'
import { FieldReader, FieldWriter } from './byte-fields.ts'
import { shareCheckBytes, shareCheckSaltBytes } from './share-check.ts'

export const sealRecordMagic = encodeUtf8('COFRSEAL')
export const sealRecordVersion = 1
export const shareGenerationMax = 0xffff
export const labelBytesMax = 100
export const storeNameBytesMax = 100
export const deploymentIdBytesMax = 64
export const formerSetsMax = 16
export const formerChecksMax = 256

const flagRecordsBegun = 1
const flagPending = 2

/** One issue of share cards and the root key wrapped by their unseal key. Share numbers are places in `shares`, from 1. */
export interface ShareSet {
  readonly generation: number
  readonly threshold: number
  readonly issuedAtMs: number
  readonly checkSalt: Uint8Array
  readonly shares: readonly { readonly label: string; readonly check: Uint8Array }[]
  readonly wrappedRootKey: Uint8Array
}

/** Cards that were replaced: only enough to say "this one is old". */
export interface FormerShares {
  readonly generation: number
  readonly checkSalt: Uint8Array
  readonly checks: readonly Uint8Array[]
}

export interface SealRecordHead {
  readonly generation: number
  readonly deploymentId: string
  readonly storeName: string
  readonly createdAtMs: number
  /** 0: a threshold of shares has never been read back. */
  readonly provenAtMs: number
  /** How many different shares had been read back by then. */
  readonly provenShares: number
  /** Keys were made in the barrier: from now on their absence is damage, not a fresh start. */
  readonly recordsBegun: boolean
  readonly current: ShareSet
  /** Newly issued, not yet read back. Both sets open the store. */
  readonly pending: ShareSet | undefined
  readonly former: readonly FormerShares[]
}

export interface SealRecord {
  readonly head: SealRecordHead
  /** The bytes of the head as they stand in the record: associated data of the keyring. */
  readonly headBytes: Uint8Array
  readonly sealedKeyring: Uint8Array
}

export function encodeSealHead(head: SealRecordHead): Uint8Array {
  const writer = new FieldWriter()
    .bytes(sealRecordMagic)
    .number(sealRecordVersion, 2)
    .number((head.recordsBegun ? flagRecordsBegun : 0) | (head.pending === undefined ? 0 : flagPending), 2)
    .number(head.generation, 8)
    .number(head.createdAtMs, 8)
    .number(head.provenAtMs, 8)
    .number(head.provenShares, 1)
    .text(head.deploymentId)
    .text(head.storeName)
  for (const set of head.pending === undefined ? [head.current] : [head.current, head.pending]) {
    writer.bytes(encodeShareSetFacts(set)).bytes(set.wrappedRootKey)
  }
  writer.number(head.former.length, 1)
  for (const former of head.former) {
    writer.number(former.generation, 2).bytes(former.checkSalt).number(former.checks.length, 1)
    for (const check of former.checks) writer.bytes(check)
  }
  return writer.finish()
}

/** A share set without the wrapped root key: associated data of that key. */
export function encodeShareSetFacts(set: Omit<ShareSet, 'wrappedRootKey'>): Uint8Array {
  const writer = new FieldWriter()
    .number(set.generation, 2)
    .number(set.threshold, 1)
    .number(set.shares.length, 1)
    .number(set.issuedAtMs, 8)
    .bytes(set.checkSalt)
  for (const share of set.shares) writer.bytes(share.check).text(share.label)
  return writer.finish()
}

export function encodeSealRecord(headBytes: Uint8Array, sealedKeyring: Uint8Array): Uint8Array {
  const body = concatBytes([headBytes, new FieldWriter().number(sealedKeyring.byteLength, 4).finish(), sealedKeyring])
  return concatBytes([body, createHash('sha256').update(body).digest()])
}

/** `unknown-version`: whole, but written by a newer program. Undefined: damaged, or no seal record. */
export function decodeSealRecord(bytes: Uint8Array): SealRecord | 'unknown-version' | undefined {
  if (bytes.byteLength > sealRecordSizeMax || bytes.byteLength < 32) return undefined
  const body = bytes.subarray(0, bytes.byteLength - 32)
  if (!equalBytes(createHash('sha256').update(body).digest(), bytes.subarray(bytes.byteLength - 32))) return undefined
  const reader = new FieldReader(body)
  if (!equalBytes(reader.bytes(sealRecordMagic.byteLength), sealRecordMagic)) return undefined
  if (reader.number(2) !== sealRecordVersion) return reader.hasFailed ? undefined : 'unknown-version'
  const head = readHead(reader)
  const headBytes = body.slice(0, reader.offset)
  const sealedKeyring = reader.bytes(reader.number(4))
  return reader.isWhole && isSound(head) ? { head, headBytes, sealedKeyring } : undefined
}

function readHead(reader: FieldReader): SealRecordHead {
  const flags = reader.number(2)
  if (flags > (flagRecordsBegun | flagPending)) reader.fail()
  return {
    recordsBegun: (flags & flagRecordsBegun) !== 0,
    generation: reader.number(8),
    createdAtMs: reader.number(8),
    provenAtMs: reader.number(8),
    provenShares: reader.number(1),
    deploymentId: reader.text(),
    storeName: reader.text(),
    current: readShareSet(reader),
    pending: (flags & flagPending) === 0 ? undefined : readShareSet(reader),
    former: readList(reader, () => ({
      generation: reader.number(2),
      checkSalt: reader.bytes(shareCheckSaltBytes),
      checks: readList(reader, () => reader.bytes(shareCheckBytes)),
    })),
  }
}

function readShareSet(reader: FieldReader): ShareSet {
  const generation = reader.number(2)
  const threshold = reader.number(1)
  const shareCount = reader.number(1)
  return {
    generation,
    threshold,
    issuedAtMs: reader.number(8),
    checkSalt: reader.bytes(shareCheckSaltBytes),
    shares: Array.from({ length: shareCount }, () => ({ check: reader.bytes(shareCheckBytes), label: reader.text() })),
    wrappedRootKey: reader.bytes(wrappedKeyBytes),
  }
}

function readList<T>(reader: FieldReader, readOne: () => T): T[] {
  return Array.from({ length: reader.number(1) }, readOne)
}

function isSound(head: SealRecordHead): boolean {
  const sets = head.pending === undefined ? [head.current] : [head.current, head.pending]
  const shaped = sets.every((set) => set.threshold >= 1 && set.threshold <= set.shares.length && (set.threshold > 1 || set.shares.length === 1))
  return shaped && head.generation > 0 && head.deploymentId !== '' && head.storeName !== '' && head.pending?.generation !== head.current.generation
}
