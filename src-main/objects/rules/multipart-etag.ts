// The ETag of an object made of parts: MD5 over the binary MD5s of its parts, then how many they were. Never an MD5 of its bytes.
import { createHash } from 'node:crypto'
import { assert } from '../../base/assert.ts'

const partEtag = /^[0-9a-f]{32}$/

/** `partEtags` are hex MD5s, at least one. */
export function multipartEtag(partEtags: readonly string[]): string {
  const hash = createHash('md5')
  for (const etag of partEtags) {
    assert(partEtag.test(etag), 'the ETag of a part is an MD5')
    hash.update(etag, 'hex')
  }
  return `${hash.digest('hex')}-${partEtags.length}`
}

/** How many parts a multipart object was made of; undefined for a simple one. */
export function partCountOf(etag: string): number | undefined {
  const dash = etag.indexOf('-')
  return dash < 0 ? undefined : Number(etag.slice(dash + 1))
}
