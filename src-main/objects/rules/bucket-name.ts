// Which names a bucket may have (Amazon S3 User Guide, "Bucket naming rules"), without what the servers' own paths need.

const shape = /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/
const ipv4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/
const reservedPrefixes = ['xn--', 'sthree-']
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']
/** First segments of paths that are not buckets. */
const reservedNames = new Set(['minio', 'coffer'])

/** 3 to 63 of `a-z 0-9 . -`, ends alphanumeric, labels neither empty nor ending in a hyphen, not an IPv4 address, nothing reserved. */
export function isBucketName(name: string): boolean {
  if (!shape.test(name) || ipv4.test(name) || reservedNames.has(name)) return false
  if (name.includes('..') || name.includes('.-') || name.includes('-.')) return false
  return !reservedPrefixes.some((prefix) => name.startsWith(prefix)) && !reservedSuffixes.some((suffix) => name.endsWith(suffix))
}
