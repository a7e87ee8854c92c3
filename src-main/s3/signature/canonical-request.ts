// The canonical request of AWS Signature Version 4 ("Create a canonical request", S3 flavour: path encoded once, nothing normalised).
import { hash } from 'node:crypto'
import type { RequestHeaders } from '../wire/headers.ts'
import { encodePercent } from '../wire/percent.ts'
import type { Query } from '../wire/query.ts'

export interface CanonicalParts {
  readonly method: string
  readonly canonicalPath: string
  readonly query: Query
  readonly headers: RequestHeaders
  /** As listed by the client: lower-case, sorted. */
  readonly signedHeaders: readonly string[]
  /** x-amz-content-sha256, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string
}

/** One byte per character, as the headers came. Undefined when a signed header is missing. */
export function formatCanonicalRequest(parts: CanonicalParts): string | undefined {
  let text = `${parts.method}\n${parts.canonicalPath}\n${formatCanonicalQuery(parts.query)}\n`
  for (const name of parts.signedHeaders) {
    const value = parts.headers.get(name) ?? assumedValue(name)
    if (value === undefined) return undefined
    text += `${name}:${value.includes('  ') ? value.replace(/ {2,}/g, ' ') : value}\n`
  }
  return `${text}\n${parts.signedHeaders.join(';')}\n${parts.payloadHash}`
}

/** Runtimes and proxies eat this header after the client has signed it. */
function assumedValue(name: string): string | undefined {
  return name === 'expect' ? '100-continue' : undefined
}

/** Sorted by encoded name, then value; only the signature itself is left out. */
export function formatCanonicalQuery(query: Query): string {
  if (query.length === 0) return ''
  const pairs: [name: string, value: string][] = []
  for (const { name, value } of query) {
    if (name !== 'X-Amz-Signature') pairs.push([encodePercent(name, false), encodePercent(value, false)])
  }
  if (pairs.length > 1) pairs.sort((a, b) => compareAscii(a[0], b[0]) || compareAscii(a[1], b[1]))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

const compareAscii = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** `text` holds one byte per character. */
export function hashCanonicalRequest(text: string): string {
  return hash('sha256', Buffer.from(text, 'latin1'), 'hex')
}
