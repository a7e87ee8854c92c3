// Small files that are read and replaced as a whole.
import type { DriveFiles } from './drive-files.ts'

/** Undefined when absent; no bytes when longer than `sizeMax` (then it is none of ours). */
export function readWholeFile(files: DriveFiles, path: string, sizeMax: number): Uint8Array | undefined {
  const stat = files.statPath(path)
  if (stat === undefined) return undefined
  if (stat.sizeBytes > sizeMax) return new Uint8Array(0)
  const handle = files.open(path, 'read')
  try {
    const bytes = new Uint8Array(stat.sizeBytes)
    const length = files.read(handle, bytes, 0)
    return bytes.subarray(0, length)
  } finally {
    files.close(handle)
  }
}

/** After a crash at any point the old or the new content is there, whole. `folder` is the one that `path` is in. */
export function replaceWholeFile(files: DriveFiles, folder: string, path: string, bytes: Uint8Array): void {
  const unfinished = `${path}.new`
  const handle = files.open(unfinished, 'create')
  try {
    files.truncate(handle, 0)
    files.write(handle, [bytes], 0)
    files.sync(handle)
  } finally {
    files.close(handle)
  }
  files.rename(unfinished, path)
  files.syncFolder(folder)
}
