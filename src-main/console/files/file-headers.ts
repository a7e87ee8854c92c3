// Headers of `/files/` requests and replies: what is asked for, and what a browser may do with what it gets.
import type { ObjectInfo, RangeRequest } from '../../objects/index.ts'
import { formatContentDisposition } from './content-disposition.ts'

export type FileHeaders = Readonly<Record<string, string | undefined>>

/** Types that a browser draws without running anything. SVG is none of them. */
const viewableImages = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'])

/** Even if a browser took it for a page, nothing in it would run or load. */
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

/** Undefined: no usable range, the whole object is meant (RFC 9110 §14.2). */
export function parseRange(text: string | undefined): RangeRequest | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text?.trim() ?? '')
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : { form: 'last', length: Number(last) }
  if (last === '') return { form: 'from', from: Number(first) }
  return Number(last) < Number(first) ? undefined : { form: 'from-to', from: Number(first), to: Number(last) }
}

/** An ETag without its quotes. Lists and weak ones are none. */
export function parseEtag(text: string | undefined): string | undefined {
  return /^"?([0-9a-f]{32}(?:-\d{1,5})?)"?$/.exec(text?.trim() ?? '')?.[1]
}

/** As sent with a PUT; undefined when it is nothing that could be given back. */
export function parseContentType(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x20-\x7e]{1,256}$/.test(text) ? text : undefined
}

export function parseSize(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** `isView`: to be shown in the page, where its type allows that. */
export function describeFile(info: ObjectInfo, isView: boolean): Record<string, string> {
  const viewType = isView ? toViewType(info.headers.contentType) : undefined
  return {
    'content-type': viewType ?? 'application/octet-stream',
    'content-disposition': formatContentDisposition(viewType === undefined ? 'attachment' : 'inline', info.name),
    'content-security-policy': filePolicy,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, no-store',
    'accept-ranges': 'bytes',
    etag: `"${info.etag}"`,
    'last-modified': new Date(info.modifiedMs).toUTCString(),
  }
}

/** Undefined: it is saved, not shown. */
function toViewType(contentType: string | undefined): string | undefined {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (viewableImages.has(type)) return type
  return type.startsWith('text/') || type === 'application/json' ? 'text/plain; charset=utf-8' : undefined
}
