// The bytes of objects: GET and PUT of `/files/<bucket>/<name>`, the name percent-encoded as a whole (its slashes too), so that no proxy
// and no browser ever joins or resolves what is in it. A PUT carries the CSRF header; its reply is `writtenFile`.
import { z } from 'zod'

export const filesPath = '/files/'

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
  const path = `${filesPath}${encodeURIComponent(bucket)}/${encodeURIComponent(name)}`
  if (part !== undefined) return `${path}?uploadId=${encodeURIComponent(part.uploadId)}&part=${part.partNumber}`
  return view === true ? `${path}?view=1` : path
}

/** Undefined: not the path of a file. `.` and `..` are names like others. */
export function parseFilePath(path: string): FileAddress | undefined {
  const match = /^\/files\/([^/?#]+)\/([^?#]+)$/.exec(path)
  try {
    const bucket = decodeURIComponent(match?.[1] ?? '')
    const name = decodeURIComponent(match?.[2] ?? '')
    return bucket === '' || name === '' ? undefined : { bucket, name }
  } catch {
    return undefined
  }
}
