// What the desktop window may load: the built renderer's files and the bytes of objects, under app://local/ and nowhere else.
// Pure: a request's head comes in, a decision goes out, so that traversal is a test and not a hope.
import { posix } from 'node:path'
import { fileSizeHeader, filesPath, parseFilePath } from '../contract/files.ts'
import { csrfHeader } from '../contract/procedures.ts'

export const appOrigin = 'app://local'
export const appPage = `${appOrigin}/`
/** What clients have to trust, to be saved from the page. */
export const authorityPath = '/coffer-ca.crt'

export type AppRequest =
  | { readonly kind: 'file'; readonly path: string; readonly contentType: string }
  /** For the console's byte handlers; path and query exactly as the page sent them. */
  | { readonly kind: 'bytes'; readonly method: BytesMethod; readonly path: string }
  | { readonly kind: 'refused' }

const bytesMethods = ['GET', 'HEAD', 'PUT'] as const
export type BytesMethod = (typeof bytesMethods)[number]

/** S3 allows names of 1,024 bytes; each may be three characters here, and a query follows. */
const urlCharactersMax = 8192

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

export const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
  "object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Sent with every file of the page. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** Of the page's request headers only these reach the console. */
export const passedHeaders = ['content-type', 'content-length', 'range', 'if-range', 'if-match', 'if-none-match', csrfHeader, fileSizeHeader] as const

export function readAppRequest(method: string, url: string): AppRequest {
  const refused: AppRequest = { kind: 'refused' }
  if (!url.startsWith(appPage) || url.length > urlCharactersMax) return refused
  const target = url.slice(appOrigin.length).split('#', 1)[0] ?? ''
  const raw = target.split('?', 1)[0] ?? ''
  if (raw === authorityPath && method === 'GET') return { kind: 'bytes', method, path: authorityPath }
  if (raw.startsWith(filesPath)) return readBytesRequest(method, target, raw)
  const path = decodePath(raw)
  if (path === undefined || path.includes('\0') || path.includes('\\') || posix.normalize(path) !== path || method !== 'GET') return refused
  const file = path === '/' ? '/index.html' : path
  const contentType = contentTypes[posix.extname(file)]
  return contentType === undefined ? refused : { kind: 'file', path: file.slice(1), contentType }
}

/** Names of objects may hold anything, dots and slashes too: they are read by the console, never by a file system. */
function readBytesRequest(method: string, target: string, raw: string): AppRequest {
  const known = bytesMethods.find((name) => name === method)
  if (known === undefined || parseFilePath(raw) === undefined || /[^\x21-\x7e]/.test(target)) return { kind: 'refused' }
  return { kind: 'bytes', method: known, path: target }
}

function decodePath(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}
