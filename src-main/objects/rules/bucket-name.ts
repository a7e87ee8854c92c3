// Which names a bucket may have (Amazon S3 User Guide, "Bucket naming rules"), without what the servers' own paths need.
// Nothing is imported: the page checks with the same rules while one types.

export const bucketNameFaults = ['too-short', 'too-long', 'bad-character', 'bad-end', 'bad-dots', 'ip-address', 'reserved'] as const
export type BucketNameFault = (typeof bucketNameFaults)[number]

const ipv4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/
const reservedPrefixes = ['xn--', 'sthree-']
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']
/** First segments of paths that are not buckets. */
const reservedNames = new Set(['minio', 'coffer'])

/**
 * Undefined: a good name, 3 to 63 of `a-z 0-9 . -`, ends alphanumeric, labels neither empty nor ending in a hyphen, not an IPv4 address, nothing reserved.
 * What stays wrong however one types on comes first.
 */
export function findBucketNameFault(name: string): BucketNameFault | undefined {
  if (/[^a-z0-9.-]/.test(name)) return 'bad-character'
  if (name.length > 63) return 'too-long'
  if (/^[.-]/.test(name)) return 'bad-end'
  if (name.includes('..') || name.includes('.-') || name.includes('-.')) return 'bad-dots'
  if (name.length < 3) return 'too-short'
  if (/[.-]$/.test(name)) return 'bad-end'
  if (ipv4.test(name)) return 'ip-address'
  const isReserved = reservedNames.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix)) || reservedSuffixes.some((suffix) => name.endsWith(suffix))
  return isReserved ? 'reserved' : undefined
}

export function isBucketName(name: string): boolean {
  return findBucketNameFault(name) === undefined
}
