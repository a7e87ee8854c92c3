// Plain bytes that wait to be sealed where they are: package after package of 64 KiB, each where its ciphertext will stand.
import { packageHeaderBytes, packageOverheadBytes, packagePlainBytes } from '../crypto/encrypted-stream.ts'
import type { EncodeStripe, SharedRange } from './codec-protocol.ts'

/** Where byte `at` of the plain bytes is, counted from where the sealed stripe begins. */
export function inPlaceOffset(at: number): number {
  return at + packageHeaderBytes + packageOverheadBytes * Math.floor(at / packagePlainBytes)
}

/** The runs of `length` plain bytes that are to be sealed in place, the sealed stripe beginning at `offset`. */
export function inPlacePieces(offset: number, length: number): readonly SharedRange[] {
  const pieces: SharedRange[] = []
  for (let at = 0; at < length; at += packagePlainBytes) pieces.push({ offset: offset + inPlaceOffset(at), length: Math.min(packagePlainBytes, length - at) })
  return pieces
}

export function plainPieces({ plain, inPlace, shards }: EncodeStripe): readonly SharedRange[] {
  return inPlace ? inPlacePieces(shards.offset, plain.length) : [plain]
}
