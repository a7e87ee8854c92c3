// The four ways S3 writes a moment: HTTP date, ISO in XML, basic ISO in signatures.

/** RFC 9110 §5.6.7. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

/** Milliseconds; undefined when it is no date (such a condition is then ignored, RFC 9110 §13.1.3). */
export function parseHttpDate(text: string): number | undefined {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** `2006-01-02T15:04:05.000Z` */
export function formatXmlDate(ms: number): string {
  return new Date(ms).toISOString()
}

/** `20060102T150405Z` to milliseconds; undefined for anything else. */
export function parseBasicDate(text: string): number | undefined {
  if (text.length !== 16 || text.charCodeAt(8) !== 0x54 || text.charCodeAt(15) !== 0x5a) return undefined
  const digits = (from: number, to: number): number => {
    let value = 0
    for (let at = from; at < to; at++) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) return NaN
      value = value * 10 + digit
    }
    return value
  }
  const month = digits(4, 6)
  const day = digits(6, 8)
  const ms = Date.UTC(digits(0, 4), month - 1, day, digits(9, 11), digits(11, 13), digits(13, 15))
  return Number.isNaN(ms) || month < 1 || month > 12 || day < 1 || day > 31 ? undefined : ms
}

/** Milliseconds to `20060102T150405Z`. */
export function formatBasicDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`
}
