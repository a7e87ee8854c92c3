// What the desktop window may load: the built renderer's files and the console's procedures, under app://local/ and nowhere else.
// Pure: a path comes in, a decision goes out, so that traversal is a test and not a hope.
import { posix } from 'node:path'

export type AppRequest =
  | { readonly kind: 'file'; readonly path: string; readonly contentType: string }
  | { readonly kind: 'procedure'; readonly name: string }
  | { readonly kind: 'refused' }

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

export const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export function readAppRequest(method: string, url: string): AppRequest {
  const refused: AppRequest = { kind: 'refused' }
  if (!url.startsWith('app://local/')) return refused
  const raw = url.slice('app://local'.length).split(/[?#]/, 1)[0] ?? ''
  let path: string
  try {
    path = decodeURIComponent(raw)
  } catch {
    return refused
  }
  if (path.includes('\0') || path.includes('\\') || posix.normalize(path) !== path) return refused
  const procedure = /^\/api\/([a-zA-Z.]{1,64})$/.exec(path)
  if (procedure !== null) return method === 'POST' ? { kind: 'procedure', name: procedure[1] ?? '' } : refused
  if (method !== 'GET') return refused
  const file = path === '/' ? '/index.html' : path
  const contentType = contentTypes[posix.extname(file)]
  return contentType === undefined ? refused : { kind: 'file', path: file.slice(1), contentType }
}
