// Which digests are computed while a body comes in, and whether they are what the client announced.
import { assert } from '../base/assert.ts'
import { equalBytes, formatHex } from '../base/bytes.ts'
import { checksumOfNothing, formatChecksum } from '../base/checksum.ts'
import type { DigestAlgorithm, Digests } from '../crypto/body-recipe.ts'
import { ObjectError } from './object-fault.ts'
import type { ChecksumAlgorithm, ExpectedDigests } from './object-types.ts'

const etagOnly: readonly DigestAlgorithm[] = ['md5']
const etagAndSha256: readonly DigestAlgorithm[] = ['md5', 'sha256']

/** MD5 always: it is the ETag. */
export function chooseDigests(payloadSha256: boolean, ...checksums: readonly (ChecksumAlgorithm | undefined)[]): readonly DigestAlgorithm[] {
  let digests = payloadSha256 ? etagAndSha256 : etagOnly
  for (const algorithm of checksums) if (algorithm !== undefined && !digests.includes(algorithm)) digests = [...digests, algorithm]
  return digests
}

/** Of a body without bytes, which never reaches storage. */
export function digestsOfNothing(algorithms: readonly DigestAlgorithm[]): Digests {
  return Object.fromEntries(algorithms.map((algorithm) => [algorithm, checksumOfNothing(algorithm)]))
}

/** Faults: digest-mismatch; details.algorithm is `sha256-payload`, `md5` or that of the checksum. */
export function verifyDigests(digests: Digests, expected: ExpectedDigests): void {
  const { payloadSha256, md5, checksum } = expected
  if (payloadSha256 !== undefined) verifyDigest(digests.sha256, payloadSha256, 'sha256-payload')
  if (md5 !== undefined) verifyDigest(digests.md5, md5, 'md5')
  if (checksum?.value !== undefined) verifyDigest(digests[checksum.algorithm], checksum.value, checksum.algorithm)
}

function verifyDigest(actual: Uint8Array | undefined, expected: Uint8Array, algorithm: string): void {
  assert(actual !== undefined, 'a digest that is expected was asked for')
  if (!equalBytes(actual, expected)) throw new ObjectError('digest-mismatch', 'the bytes are not those the client announced', { algorithm })
}

export function etagOf(digests: Digests): string {
  assert(digests.md5 !== undefined, 'MD5 is always asked for')
  return formatHex(digests.md5)
}

export function checksumOf(digests: Digests, algorithm: ChecksumAlgorithm): string {
  const digest = digests[algorithm]
  assert(digest !== undefined, 'a checksum that is stored was asked for')
  return formatChecksum(digest)
}
