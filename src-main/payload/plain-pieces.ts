// Plain bytes that wait to be sealed where they are: package after package of 64 KiB, each where its ciphertext will stand.
import { packageOverheadBytes, packagePlainBytes } from '../crypto/encrypted-stream.ts'
import type { SharedRange } from './codec-protocol.ts'

/** The runs of `length` bytes that begin at `offset`; in place there is room for a tag and the next header behind each package. */
export function plainPieces({ offset, length }: SharedRange, inPlace: boolean): readonly SharedRange[] {
  if (!inPlace) return [{ offset, length }]
  const pieces: SharedRange[] = []
  for (let at = 0; at < length; at += packagePlainBytes) {
    pieces.push({ offset, length: Math.min(packagePlainBytes, length - at) })
    offset += packagePlainBytes + packageOverheadBytes
  }
  return pieces
}
