// The bytes of objects: GET and PUT of `/files/<bucket>/<name>`, the name percent-encoded as a whole (its slashes too), so that no proxy
// and no browser ever joins or resolves what is in it. `.` and `..` are names like others, but URLs resolve them however they are
// encoded: they, and names that begin with `~`, get a `~` in front. A PUT carries the CSRF header; its reply is `writtenFile`.
import { z } from 'zod'

export const filesPath = '/files/'

/** The size of a PUT in bytes, for senders that can't set Content-Length. */
export const fileSizeHeader = 'x-coffer-size'

export interface FileAddress {
  readonly bucket: string
  readonly name: string
}

export interface FileAsk {
  /** Show it in the page instead of saving it: raster images and plain text only. */
  readonly view?: boolean
  readonly part?: { readonly uploadId: string; readonly partNumber: number }
}

/** The reply to a PUT, of an object or of a part. */
export const writtenFile = z.object({ etag: z.string() })

export function formatFilePath({ bucket, name }: FileAddress, { view, part }: FileAsk = {}): string {
  const path = `${filesPath}${encodeURIComponent(bucket)}/${encodeURIComponent(/^\.{1,2}$|^~/.test(name) ? `~${name}` : name)}`
  if (part !== undefined) return `${path}?uploadId=${encodeURIComponent(part.uploadId)}&part=${part.partNumber}`
  return view === true ? `${path}?view=1` : path
}

/** Of a path with or without its query. Undefined: not the path of a file. */
export function parseFilePath(path: string): FileAddress | undefined {
  const match = /^\/files\/([^/?#]+)\/([^?#]+)(?:[?#]|$)/.exec(path)
  try {
    const bucket = decodeURIComponent(match?.[1] ?? '')
    const name = decodeURIComponent(match?.[2] ?? '').replace(/^~/, '')
    return bucket === '' || name === '' ? undefined : { bucket, name }
  } catch {
    return undefined
  }
}
