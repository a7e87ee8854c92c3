// Area objects, over the object layer. Names and metadata are passed on as they are: only JSON carries them here.
import type { OutputOf } from '../../contract/procedures.ts'
import type { InspectedObject, ObjectInfo } from '../../objects/index.ts'
import { withoutUndefined, type ConsoleServices, type Handlers } from '../call-context.ts'
import { openObjects } from './buckets.ts'

type Names =
  | 'objects.list' | 'objects.describe' | 'objects.delete'
  | 'objects.upload.create' | 'objects.upload.parts' | 'objects.upload.complete' | 'objects.upload.abort'

const partsPageMax = 1000
/** These calls are short; whoever asked waits for them. */
const noSignal = new AbortController().signal

export function objectHandlers({ store }: ConsoleServices): Handlers<Names> {
  return {
    'objects.list': async ({ bucket, prefix, delimiter, after, limit }) => {
      const page = await openObjects(store).listObjects({ bucket, prefix, delimiter, after: after ?? '', limit })
      const objects = page.objects.map(({ name, size, modifiedMs, etag, storageClass }) => ({ name, sizeBytes: size, modifiedMs, etag, storageClass }))
      return withoutUndefined({ folders: [...page.commonPrefixes], objects, next: page.next })
    },
    'objects.describe': async (address) => describe(await openObjects(store).inspectObject(address)),
    'objects.delete': async ({ bucket, names }) => {
      const results = await openObjects(store).deleteObjects(bucket, names.map((name) => ({ name })))
      const failed = results.flatMap((result) => ('fault' in result ? [{ name: result.name, ...refusals[result.fault] }] : []))
      return { deleted: results.length - failed.length, failed }
    },
    'objects.upload.create': async ({ bucket, name, contentType }) => {
      const { uploadId } = await openObjects(store).createUpload({ bucket, name, headers: contentType === '' ? {} : { contentType }, userMetadata: {} }, noSignal)
      return { uploadId }
    },
    'objects.upload.parts': async ({ after, ...address }) => {
      const { parts, truncated } = await openObjects(store).listParts(address, after, partsPageMax)
      return { parts: parts.map(({ partNumber, etag, size }) => ({ part: partNumber, etag, sizeBytes: size })), truncated }
    },
    'objects.upload.complete': async ({ parts, ...address }) => {
      const named = parts.map(({ part, etag }) => ({ partNumber: part, etag }))
      const { etag, size } = await openObjects(store).completeUpload({ ...address, parts: named, condition: {} }, noSignal)
      return { etag, sizeBytes: size }
    },
    'objects.upload.abort': async (address) => {
      await openObjects(store).abortUpload(address)
      return {}
    },
  }
}

const refusals = {
  'precondition-failed': { code: 'object-changed', message: 'The object has changed meanwhile.' },
  'no-such-version': { code: 'no-such-object', message: 'There is no such version.' },
  'invalid-object-name': { code: 'bad-object-name', message: 'This can not be the name of an object.' },
  'object-name-too-long': { code: 'bad-object-name', message: 'The name is longer than 1024 bytes.' },
} as const

function describe({ info, encryption, placement, etagIsOf }: InspectedObject): OutputOf<'objects.describe'> {
  const { name, size, modifiedMs, etag, storageClass, headers, userMetadata, partCount } = info
  return withoutUndefined({
    name, sizeBytes: size, modifiedMs, etag, storageClass,
    contentType: headers.contentType ?? '',
    metadata: metadataOf(headers, userMetadata),
    parts: partCount,
    encryption: { mode: info.encryption.kind, ...encryption, etagIs: etagIsOf === 'content' ? 'MD5 of the content' : "MD5 of the MD5s of the parts, and their number" },
    placement: placement && { ...placement },
  })
}

/** Headers that clients set, then their own entries. The record has no prototype: any name is just a name. */
function metadataOf(headers: ObjectInfo['headers'], userMetadata: ObjectInfo['userMetadata']): Record<string, string> {
  const { contentEncoding, contentDisposition, contentLanguage, cacheControl } = headers
  const known = { 'content-encoding': contentEncoding, 'content-disposition': contentDisposition, 'content-language': contentLanguage, 'cache-control': cacheControl }
  const entries = Object.entries(known).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]))
  return Object.fromEntries([...entries, ...Object.entries(userMetadata).map(([name, value]): [string, string] => [`x-amz-meta-${name}`, value])])
}
