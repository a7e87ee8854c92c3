// How large things may be (Amazon S3 User Guide, "Multipart upload limits" and "User-defined object metadata").
import type { UserMetadata } from '../object-types.ts'

const mebibyte = 1024 * 1024
const gibibyte = 1024 * mebibyte

export const wholePutSizeMax = 5 * gibibyte
export const partSizeMax = 5 * gibibyte
export const copySizeMax = 5 * gibibyte
export const objectSizeMax = 5 * 1024 * gibibyte
/** Of every part but the last. */
export const partSizeMin = 5 * mebibyte
export const partNumberMax = 10_000
export const userMetadataSizeMax = 2048
export const deletionsMax = 1000
export const bucketsMax = 10_000

/** Bytes of names and values together, in UTF-8. */
export function userMetadataSize(metadata: UserMetadata): number {
  let size = 0
  for (const name in metadata) size += Buffer.byteLength(name) + Buffer.byteLength(metadata[name] ?? '')
  return size
}

export function isPartNumber(partNumber: number): boolean {
  return Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= partNumberMax
}
