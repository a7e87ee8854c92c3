// Hash routes as data: `#/buckets/photos/2019/` and back. Pure.
export interface ParsedRoute {
  /** With a slash at its beginning, decoded. */
  readonly path: string
  /** Each decoded once; the last is empty when the path ends in a slash. */
  readonly segments: readonly string[]
}

const pathMax = 8192

/** A fragment that can't be decoded leads home. */
export function parseRoute(hash: string): ParsedRoute {
  const raw = hash.replace(/^#/, '').replace(/^\/*/, '')
  if (raw === '' || raw.length > pathMax) return { path: '/', segments: [] }
  try {
    const segments = raw.split('/').map(decodeURIComponent)
    return { path: `/${segments.join('/')}`, segments }
  } catch {
    return { path: '/', segments: [] }
  }
}

/** `buckets`, `photos`, `a b/` → `#/buckets/photos/a%20b/`: slashes inside a segment (object names) stay slashes. */
export function formatRoute(...segments: readonly string[]): string {
  return `#/${segments.map((segment) => segment.split('/').map(encodeURIComponent).join('/')).join('/')}`
}
