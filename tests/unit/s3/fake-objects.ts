// Objects in memory, just enough for the edge's own tests: no encryption, no versions. Rules that belong to the object layer are kept simple.
import { createHash } from 'node:crypto'
import { byteSourceOf, readAll } from '../../../src-main/base/byte-stream.ts'
import { compareBytes, equalBytes } from '../../../src-main/base/bytes.ts'
import {
  ObjectError,
  type Checksum,
  type ContentHeaders,
  type GetObjectRequest,
  type IncomingBody,
  type ListObjectsRequest,
  type ObjectInfo,
  type Objects,
  type ReadObject,
  type UserMetadata,
} from '../../../src-main/objects/index.ts'
import { digestDocument } from '../../../src-main/s3/wire/document-digest.ts'

interface Kept {
  readonly info: ObjectInfo
  readonly bytes: Uint8Array
}

interface Upload {
  readonly bucket: string
  readonly name: string
  readonly headers: ContentHeaders
  readonly userMetadata: UserMetadata
  readonly parts: Map<number, Kept>
}

const encryption = { kind: 'SSE-S3' } as const
const fail = (fault: ConstructorParameters<typeof ObjectError>[0], details = {}): never => {
  throw new ObjectError(fault, fault, details)
}

export interface FakeObjects extends Objects {
  /** Runs before every operation that writes. */
  before: () => Promise<void>
  readonly aborted: string[]
}

export function fakeObjects(): FakeObjects {
  const buckets = new Map<string, Map<string, Kept>>()
  const uploads = new Map<string, Upload>()
  let uploadCount = 0
  const bucketOf = (name: string): Map<string, Kept> => buckets.get(name) ?? fail('no-such-bucket')
  const keptOf = (bucket: string, name: string): Kept => bucketOf(bucket).get(name) ?? fail('no-such-object')
  const uploadOf = (id: string): Upload => uploads.get(id) ?? fail('no-such-upload')

  const take = async (name: string, body: IncomingBody, headers: ContentHeaders, userMetadata: UserMetadata): Promise<Kept> => {
    const bytes = body.size === 0 ? new Uint8Array(0) : ((await readAll(body.source, body.size)) ?? fail('body-too-long'))
    if (bytes.byteLength < body.size) fail('incomplete-body')
    const expected = body.expected()
    if (expected.payloadSha256 !== undefined && !equalBytes(digestDocument('sha256', bytes), expected.payloadSha256))
      fail('digest-mismatch', { algorithm: 'sha256-payload' })
    if (expected.md5 !== undefined && !equalBytes(digestDocument('md5', bytes), expected.md5)) fail('digest-mismatch', { algorithm: 'md5' })
    let checksum: Checksum | undefined
    if (expected.checksum !== undefined) {
      const { algorithm, value } = expected.checksum
      const computed = digestDocument(algorithm, bytes)
      if (value !== undefined && !equalBytes(computed, value)) fail('digest-mismatch', { algorithm })
      checksum = { algorithm, type: 'FULL_OBJECT', value: Buffer.from(computed).toString('base64') }
    }
    return keep(name, bytes, headers, userMetadata, checksum)
  }
  const keep = (name: string, bytes: Uint8Array, headers: ContentHeaders, userMetadata: UserMetadata, checksum?: Checksum, partCount?: number): Kept => ({
    bytes,
    info: {
      name,
      headers,
      userMetadata,
      encryption,
      storageClass: 'STANDARD',
      etag: createHash('md5').update(bytes).digest('hex') + (partCount === undefined ? '' : `-${partCount}`),
      size: bytes.byteLength,
      modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      ...(checksum === undefined ? {} : { checksum }),
      ...(partCount === undefined ? {} : { partCount }),
    },
  })
  const read = (request: GetObjectRequest): ReadObject & { bytes: Uint8Array } => {
    const { info, bytes } = keptOf(request.bucket, request.name)
    const { condition, range } = request
    if (condition.ifMatch !== undefined && condition.ifMatch !== info.etag && condition.ifMatch !== '*') fail('precondition-failed', { condition: 'If-Match' })
    if (condition.ifNoneMatch === info.etag) fail('not-modified', { etag: info.etag, modifiedMs: info.modifiedMs })
    if (range === undefined) return { info, length: bytes.byteLength, bytes }
    const from = range.form === 'last' ? Math.max(0, info.size - range.length) : range.from
    const to = range.form === 'from-to' ? Math.min(range.to, info.size - 1) : info.size - 1
    if (from > to) fail('invalid-range', { size: info.size })
    return { info, range: { from, to }, length: to - from + 1, bytes: bytes.subarray(from, to + 1) }
  }
  const list = (request: ListObjectsRequest) => {
    const names = [...bucketOf(request.bucket).keys()].sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)))
    const objects: ObjectInfo[] = []
    const commonPrefixes: string[] = []
    let next: string | undefined
    for (const name of names) {
      if (!name.startsWith(request.prefix)) continue
      const cut = request.delimiter === '' ? -1 : name.indexOf(request.delimiter, request.prefix.length)
      const shown = cut < 0 ? name : name.slice(0, cut + request.delimiter.length)
      if (compareBytes(Buffer.from(shown), Buffer.from(request.after)) <= 0 || commonPrefixes.includes(shown)) continue
      if (objects.length + commonPrefixes.length >= request.limit) return { objects, commonPrefixes, next }
      if (cut < 0) objects.push(keptOf(request.bucket, name).info)
      else commonPrefixes.push(shown)
      next = shown
    }
    return { objects, commonPrefixes, next: undefined }
  }

  const fake: FakeObjects = {
    before: async () => {},
    aborted: [],
    async createBucket(name) {
      if (buckets.has(name)) fail('bucket-exists')
      buckets.set(name, new Map())
      return { name, createdMs: 0 }
    },
    async findBucket(name) {
      return buckets.has(name) ? { name, createdMs: 0 } : undefined
    },
    async listBuckets() {
      return [...buckets.keys()].sort().map((name) => ({ name, createdMs: 0 }))
    },
    async deleteBucket(name) {
      if (bucketOf(name).size > 0) fail('bucket-not-empty')
      buckets.delete(name)
    },
    async checkPut(request) {
      const current = bucketOf(request.bucket).get(request.name)
      if (request.condition.ifNoneMatch === '*' && current !== undefined) fail('precondition-failed', { condition: 'If-None-Match' })
    },
    async putObject(request, signal) {
      signal.addEventListener('abort', () => fake.aborted.push(request.name))
      await fake.checkPut({ ...request, size: request.body.size })
      await fake.before()
      const kept = await take(request.name, request.body, request.headers, request.userMetadata)
      bucketOf(request.bucket).set(request.name, kept)
      return kept.info
    },
    async getObject(request) {
      const { bytes, ...found } = read(request)
      return { ...found, body: byteSourceOf(bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)) }
    },
    async headObject(request) {
      const { bytes: _, ...found } = read(request)
      return found
    },
    async inspectObject(address) {
      return { info: read({ ...address, condition: {} }).info, etagIsOf: 'content' }
    },
    async deleteObject(request) {
      const bucket = bucketOf(request.bucket)
      if (request.ifMatch !== undefined && bucket.get(request.name)?.info.etag !== request.ifMatch) return { name: request.name, fault: 'precondition-failed' }
      bucket.delete(request.name)
      return { name: request.name }
    },
    async deleteObjects(bucket, deletions) {
      return Promise.all(deletions.map((deletion) => fake.deleteObject({ bucket, ...deletion })))
    },
    async copyObject(request) {
      await fake.before()
      const source = keptOf(request.source.bucket, request.source.name)
      const replaced = request.metadataDirective === 'REPLACE'
      const kept = keep(
        request.name,
        source.bytes,
        replaced ? request.headers : source.info.headers,
        replaced ? request.userMetadata : source.info.userMetadata,
      )
      bucketOf(request.bucket).set(request.name, kept)
      return kept.info
    },
    async listObjects(request) {
      return list(request)
    },
    async createUpload(request) {
      bucketOf(request.bucket)
      const uploadId = `upload-${++uploadCount}`
      uploads.set(uploadId, { bucket: request.bucket, name: request.name, headers: request.headers, userMetadata: request.userMetadata, parts: new Map() })
      return {
        uploadId,
        encryption,
        ...(request.checksum === undefined ? {} : { checksum: { algorithm: request.checksum.algorithm, type: request.checksum.type ?? 'FULL_OBJECT' } }),
      }
    },
    async uploadPart(request) {
      const upload = uploadOf(request.uploadId)
      const kept = await take(request.name, request.body, {}, {})
      upload.parts.set(request.partNumber, kept)
      return { ...kept.info, partNumber: request.partNumber }
    },
    async copyPart(request) {
      const source = keptOf(request.source.bucket, request.source.name)
      const { from, to } = request.sourceRange ?? { from: 0, to: source.bytes.length - 1 }
      const kept = keep(request.name, source.bytes.slice(from, to + 1), {}, {})
      uploadOf(request.uploadId).parts.set(request.partNumber, kept)
      return { ...kept.info, partNumber: request.partNumber }
    },
    async completeUpload(request) {
      await fake.before()
      const upload = uploadOf(request.uploadId)
      const parts = request.parts.map(({ partNumber, etag }) => {
        const part = upload.parts.get(partNumber)
        return part?.info.etag === etag ? part : fail('invalid-part')
      })
      const kept = keep(request.name, Buffer.concat(parts.map(({ bytes }) => bytes)), upload.headers, upload.userMetadata, undefined, parts.length)
      bucketOf(request.bucket).set(request.name, kept)
      uploads.delete(request.uploadId)
      return kept.info
    },
    async abortUpload(address) {
      uploadOf(address.uploadId)
      uploads.delete(address.uploadId)
    },
    async listParts(address, after, limit) {
      const upload = uploadOf(address.uploadId)
      const all = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b)
      return {
        upload: { uploadId: address.uploadId, name: upload.name, startedMs: 0, storageClass: 'STANDARD' },
        parts: all.slice(0, limit).map(([partNumber, part]) => ({ ...part.info, partNumber })),
        truncated: all.length > limit,
      }
    },
    async listUploads(request) {
      bucketOf(request.bucket)
      const found = [...uploads].filter(([, upload]) => upload.bucket === request.bucket && upload.name.startsWith(request.prefix))
      return { uploads: found.map(([uploadId, { name }]) => ({ uploadId, name, startedMs: 0, storageClass: 'STANDARD' })), commonPrefixes: [], next: undefined }
    },
  }
  return fake
}
