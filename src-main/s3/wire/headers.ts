// Request headers in one pass over what the parser gave: lower-case names, repeated values joined by a comma in arrival order (as they are signed).
// Node's own `headers` drops duplicates of some names and joins others differently, so it cannot be used for signatures.
import { decodeUtf8 } from '../../base/bytes.ts'
import { refusal } from '../errors.ts'

/** Values hold one byte per character (latin1). */
export type RequestHeaders = ReadonlyMap<string, string>

/** `sizeMax` counts names, values and 4 bytes for each line, like the header section on the wire. Faults: header-block-too-large, bad-request. */
export function readHeaders(rawHeaders: readonly string[], sizeMax: number): RequestHeaders {
  const headers = new Map<string, string>()
  let size = 0
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const rawName = rawHeaders[at] ?? ''
    const value = rawHeaders[at + 1] ?? ''
    size += rawName.length + value.length + 4
    const name = rawName.toLowerCase()
    const earlier = headers.get(name)
    if (earlier === undefined) headers.set(name, value)
    else if (name === 'host' || name === 'authorization') throw refusal('bad-request', `The header ${name} was sent twice.`)
    else headers.set(name, `${earlier},${value}`)
  }
  if (size > sizeMax) throw refusal('header-block-too-large')
  return headers
}

const beyondAscii = /[^\p{ASCII}]/u

/** A header value as text: UTF-8 when its bytes are, else latin1. */
export function toText(value: string): string {
  return beyondAscii.test(value) ? (decodeUtf8(Buffer.from(value, 'latin1')) ?? value) : value
}

/** Text as a header value: the bytes of its UTF-8, one per character, since Node refuses characters above 0xFF. */
export function toHeaderValue(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** Undefined unless it is a plain decimal integer of at most 15 digits. */
export function parseCount(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}
