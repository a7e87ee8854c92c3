// Percent-encoding as S3 and Signature Version 4 mean it (RFC 3986 §2.1, unreserved set only), over bytes and without normalisation.
// Texts from the wire hold one byte per character (latin1), as Node's HTTP parser gives them.
import { decodeUtf8 } from '../../base/bytes.ts'

const percent = 0x25
const plus = 0x2b
const slash = 0x2f

/** Bytes that stand for themselves: A–Z a–z 0–9 - _ . ~ */
const unreserved = new Uint8Array(256)
const escaped: string[] = []
for (let byte = 0; byte < 256; byte++) {
  unreserved[byte] = /[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte)) && byte < 128 ? 1 : 0
  escaped.push(`%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
}

const hexValue = new Int8Array(128).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  hexValue[digit.toString(16).charCodeAt(0)] = digit
  hexValue[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/** Undefined for a broken escape or when the bytes are not UTF-8. `plusIsSpace` for queries, never for paths. */
export function decodePercent(text: string, plusIsSpace: boolean): string | undefined {
  let at = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === percent || code > 126 || (plusIsSpace && code === plus)) break
  }
  if (at === text.length) return text
  const bytes = Buffer.allocUnsafe(text.length)
  const length = decodeInto(bytes, text, plusIsSpace)
  return length < 0 ? undefined : decodeUtf8(bytes.subarray(0, length))
}

function decodeInto(bytes: Uint8Array, text: string, plusIsSpace: boolean): number {
  let length = 0
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code > 255) return -1
    if (code === percent) {
      const high = hexValue[text.charCodeAt(at + 1)] ?? -1
      const low = hexValue[text.charCodeAt(at + 2)] ?? -1
      if (high < 0 || low < 0) return -1
      code = high * 16 + low
      at += 2
    } else if (plusIsSpace && code === plus) code = 0x20
    bytes[length++] = code
  }
  return length
}

/** Upper-case hex, every byte but the unreserved ones (and `/` when kept). */
export function encodePercent(text: string, keepSlash: boolean): string {
  let at = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 127 || (unreserved[code] === 0 && !(keepSlash && code === slash))) break
  }
  if (at === text.length) return text
  let encoded = text.slice(0, at)
  for (const byte of Buffer.from(text.slice(at), 'utf8')) {
    encoded += unreserved[byte] === 1 || (keepSlash && byte === slash) ? String.fromCharCode(byte) : (escaped[byte] ?? '')
  }
  return encoded
}
