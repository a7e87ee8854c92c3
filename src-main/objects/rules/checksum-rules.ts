// Additional checksums of multipart objects (Amazon S3 User Guide, "Checking object integrity"): which types an algorithm can have, and
// the object's checksum out of those of its parts. Pure.
import { assert } from '../../base/assert.ts'
import { concatBytes, equalBytes } from '../../base/bytes.ts'
import { combineCrcs, createChecksum, formatChecksum, parseChecksum } from '../../base/checksum.ts'
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../object-types.ts'

const defaultType: Readonly<Record<ChecksumAlgorithm, ChecksumType>> = {
  crc64nvme: 'FULL_OBJECT', crc32: 'COMPOSITE', crc32c: 'COMPOSITE', sha1: 'COMPOSITE', sha256: 'COMPOSITE',
}

/** The type in force for an upload; undefined when the algorithm has no such type. */
export function chooseChecksumType(algorithm: ChecksumAlgorithm, asked: ChecksumType | undefined): ChecksumType | undefined {
  if (asked === undefined || asked === defaultType[algorithm]) return defaultType[algorithm]
  return algorithm === 'crc32' || algorithm === 'crc32c' ? asked : undefined
}

export interface PartDigest {
  readonly digest: Uint8Array
  readonly size: number
}

/** COMPOSITE: the digest of the parts' digests, `-N` behind it. FULL_OBJECT: the parts' CRCs put together; the object is not read again. */
export function combineChecksums(algorithm: ChecksumAlgorithm, type: ChecksumType, parts: readonly PartDigest[]): Checksum {
  if (type === 'FULL_OBJECT') {
    assert(algorithm === 'crc32' || algorithm === 'crc32c' || algorithm === 'crc64nvme', 'only CRCs can be put together')
    return { algorithm, type, value: formatChecksum(combineCrcs(algorithm, parts.map(({ digest, size }) => ({ digest, length: size })))) }
  }
  assert(algorithm !== 'crc64nvme', 'CRC64NVME is always of the whole object')
  const checksum = createChecksum(algorithm)
  checksum.update(concatBytes(parts.map(({ digest }) => digest)))
  return { algorithm, type, value: `${formatChecksum(checksum.digest())}-${parts.length}` }
}

/** Whether what a client announced for the whole object is its checksum; a composite one may come with or without `-N`. */
export function isSameChecksum(announced: string, actual: Checksum): boolean {
  const [announcedValue = '', announcedCount] = announced.split('-', 2)
  const [actualValue = '', actualCount] = actual.value.split('-', 2)
  if (announcedCount !== undefined && announcedCount !== actualCount) return false
  const announcedDigest = parseChecksum(actual.algorithm, announcedValue)
  const actualDigest = parseChecksum(actual.algorithm, actualValue)
  return announcedDigest !== undefined && actualDigest !== undefined && equalBytes(announcedDigest, actualDigest)
}
