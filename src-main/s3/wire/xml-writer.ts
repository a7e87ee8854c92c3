// XML documents of replies, by plain concatenation. Names are ours; texts are escaped, control characters as numeric references.

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

const special = /[&<>\p{Cc}]/u
const specials = /[&<>\p{Cc}]/gu
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(specials, (char) => entities[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`) : text
}

/** `<name>text</name>` */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${typeof text === 'string' ? escapeXml(text) : String(text)}</${name}>`
}

/** Nothing when there is no text. */
export function optionalElement(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : element(name, text)
}

/** Around content that is XML already. */
export function wrap(name: string, content: string): string {
  return `<${name}>${content}</${name}>`
}

/** A whole success document, without the declaration. */
export function document(rootName: string, content: string): string {
  return `<${rootName} xmlns="${s3Namespace}">${content}</${rootName}>`
}

/** ETags stand in XML with their quotes. */
export function etagElement(etag: string): string {
  return `<ETag>&quot;${etag}&quot;</ETag>`
}
