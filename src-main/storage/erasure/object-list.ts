// Pages of names in unsigned UTF-8 byte order. The cost is that of the page: a common prefix is stepped over by one seek, whatever lies
// below it.
import { compareBytes, decodeUtf8, encodeUtf8 } from '../../base/bytes.ts'
import type { ListPage, ListQuery, ListUploadsQuery, ObjectVersion, UploadInfo, UploadsPage } from '../../seams/storage-backend.ts'
import { afterPrefix, requireBucket, toObjectVersion, type NameDeps } from './object-version.ts'
import { toUploadInfo } from './multipart.ts'

const firstRows = 32
const rowsMax = 1001
/** Below every name: none is empty. */
const lowest = Buffer.of(0)

/** The part of `name` up to and with the first delimiter after the prefix; undefined when there is none. */
export function commonPrefixOf(name: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !name.startsWith(prefix)) return undefined
  const at = name.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : name.slice(0, at + delimiter.length)
}

/** Names are at or above it. */
function lowerBound(prefix: string, delimiter: string, after: string): Buffer {
  const start = prefix === '' ? lowest : Buffer.from(prefix, 'utf8')
  if (after === '') return start
  const passed = commonPrefixOf(after, prefix, delimiter)
  // A name is followed by itself and a zero byte.
  const next = passed === undefined ? Buffer.concat([encodeUtf8(after), lowest]) : afterPrefix(passed)
  return compareBytes(next, start) > 0 ? next : start
}

/** See StorageBackend.listVersions. */
export function listVersions(deps: NameDeps, { bucket: bucketName, prefix, delimiter, after, limit }: ListQuery): ListPage {
  const bucket = requireBucket(deps, bucketName)
  const upper = afterPrefix(prefix)
  const objects: ObjectVersion[] = []
  const commonPrefixes: string[] = []
  let lower: Uint8Array = lowerBound(prefix, delimiter, after)
  let last = ''
  let rowsWanted = delimiter === '' ? limit + 1 : firstRows
  for (;;) {
    const rows = deps.catalogue.statements.objectsFromBetween.all(bucket.id, lower, upper, rowsWanted)
    let skipped = false
    for (const row of rows) {
      if (objects.length + commonPrefixes.length >= limit) return { objects, commonPrefixes, next: last }
      const name = decodeUtf8(row.name) ?? ''
      const common = commonPrefixOf(name, prefix, delimiter)
      last = common ?? name
      if (common === undefined) {
        objects.push(toObjectVersion(deps.catalogue, bucketName, name, row))
        continue
      }
      commonPrefixes.push(common)
      lower = afterPrefix(common)
      skipped = true
      break
    }
    if (skipped) {
      rowsWanted = firstRows
      continue
    }
    if (rows.length < rowsWanted) return { objects, commonPrefixes, next: undefined }
    lower = Buffer.concat([rows[rows.length - 1]?.name ?? lowest, lowest])
    rowsWanted = Math.min(rowsMax, rowsWanted * 4)
  }
}

/** See StorageBackend.listUploads. */
export function listUploads(deps: NameDeps, { bucket: bucketName, prefix, delimiter, afterName, afterUploadId, limit }: ListUploadsQuery): UploadsPage {
  const bucket = requireBucket(deps, bucketName)
  const upper = afterPrefix(prefix)
  const uploads: UploadInfo[] = []
  const commonPrefixes: string[] = []
  const afterWholeName = afterUploadId === ''
  let lower: Uint8Array = lowerBound(prefix, delimiter, afterWholeName ? afterName : '')
  let lowerUpload = ''
  if (!afterWholeName && compareBytes(encodeUtf8(afterName), lower) >= 0) {
    lower = encodeUtf8(afterName)
    lowerUpload = afterUploadId
  }
  let last = { name: '', uploadId: '' }
  for (;;) {
    const rows = deps.catalogue.statements.uploadsBetween.all(bucket.id, lower, lowerUpload, upper, rowsMax)
    let skipped = false
    for (const row of rows) {
      if (uploads.length + commonPrefixes.length >= limit) return { uploads, commonPrefixes, next: last }
      const name = decodeUtf8(row.name) ?? ''
      const common = commonPrefixOf(name, prefix, delimiter)
      if (common === undefined) {
        uploads.push(toUploadInfo(bucketName, row))
        last = { name, uploadId: row.upload }
        continue
      }
      commonPrefixes.push(common)
      last = { name: common, uploadId: '' }
      lower = afterPrefix(common)
      lowerUpload = ''
      skipped = true
      break
    }
    if (skipped) continue
    const end = rows.at(-1)
    if (rows.length < rowsMax || end === undefined) return { uploads, commonPrefixes, next: undefined }
    lower = end.name
    lowerUpload = end.upload
  }
}
