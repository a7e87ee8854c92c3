// The reference model of the seam StorageBackend: everything in memory, each promise of the seam kept in the plainest way. Bodies are
// really encrypted when the recipe says so, so that a wrong part key or nonce shows.
import type { ByteSource } from '../../src-main/base/byte-stream.ts'
import { compareBytes, encodeUtf8 } from '../../src-main/base/bytes.ts'
import type { CancelSignal } from '../../src-main/base/cancel-signal.ts'
import type { Clock } from '../../src-main/base/clock.ts'
import { systemClock } from '../../src-main/base/clock.ts'
import type { JsonObject } from '../../src-main/base/json.ts'
import type { ReadRecipe, WriteRecipe } from '../../src-main/crypto/body-recipe.ts'
import { EncryptedStreamError, openPackages, packageRange, sealedRange, sealedSize, sealPackages } from '../../src-main/crypto/encrypted-stream.ts'
import {
  StorageError, type BucketInfo, type ListPage, type ListQuery, type ListUploadsQuery, type ObjectVersion, type StagedBody, type StorageBackend,
  type StoredBody, type UploadedPart, type UploadInfo, type UploadsPage,
} from '../../src-main/seams/storage-backend.ts'
import { plainDigests } from './plain-digests.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'

export interface MemoryStorage extends StorageBackend {
  /** Bodies held, staged ones included: what leaks shows here. */
  readonly bodyCount: number
  /** Every byte held for bodies, as a drive would see it. */
  storedBytes(): readonly Uint8Array[]
  /** Flips a bit of a body. */
  damage(body: StoredBody): void
}

interface Held {
  readonly plainSize: number
  readonly isEncrypted: boolean
  readonly bytes: Uint8Array
}

interface Staged extends StagedBody {
  /** Hands the body over, once. */
  take(): StoredBody
}

interface Upload {
  readonly info: UploadInfo
  readonly parts: Map<number, UploadedPart>
}

interface Bucket {
  info: BucketInfo
  readonly objects: Map<string, ObjectVersion>
  readonly uploads: Map<string, Upload>
  /** Name → the upload that its newest version was. */
  readonly completed: Map<string, string>
}

const emptyBody: StoredBody = { size: 0, reference: {} }
export const byName = (a: string, b: string): number => compareBytes(encodeUtf8(a), encodeUtf8(b))

export function openMemoryStorage(clock: Clock = systemClock): MemoryStorage {
  const buckets = new Map<string, Bucket>()
  const bodies = new Map<string, Held>()
  const stagedBodies = new WeakMap<StagedBody, Staged>()
  let nextId = 1

  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name)
    if (bucket === undefined) throw new StorageError('no-such-bucket', 'no such bucket')
    return bucket
  }
  const uploadOf = (upload: UploadInfo): Upload => {
    const found = buckets.get(upload.bucket)?.uploads.get(upload.uploadId)
    if (found === undefined || found.info.name !== upload.name) throw new StorageError('no-such-upload', 'no such upload')
    return found
  }
  const drop = (body: StoredBody): void => {
    bodies.delete(idOf(body))
  }
  const dropVersion = (version: ObjectVersion | undefined): void => {
    for (const part of version?.parts ?? []) drop(part.body)
  }
  /** Other work gets its turn first, as with real storage; what follows runs in one turn. */
  const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
  const take = (body: StagedBody | undefined): StoredBody => {
    if (body === undefined) return emptyBody
    const staged = stagedBodies.get(body)
    if (staged === undefined) throw new Error('a body of another storage')
    return staged.take()
  }

  const stage = (held: Held, digests: StagedBody['digests']): StagedBody => {
    const id = `body-${nextId++}`
    bodies.set(id, held)
    let isCommitted = false
    const body: Staged = {
      size: held.plainSize,
      digests,
      discard() {
        if (!isCommitted) bodies.delete(id)
      },
      take() {
        if (isCommitted || !bodies.has(id)) throw new Error('a staged body is committed once')
        isCommitted = true
        return { size: held.plainSize, reference: { id } }
      },
    }
    stagedBodies.set(body, body)
    return body
  }

  return {
    get bodyCount() {
      return bodies.size
    },
    storedBytes: () => [...bodies.values()].map(({ bytes }) => bytes),
    damage(body) {
      const held = bodies.get(idOf(body))
      if (held === undefined) throw new Error('no such body')
      held.bytes[held.bytes.length >> 1] = (held.bytes[held.bytes.length >> 1] ?? 0) ^ 1
    },

    async createBucket(name, documents) {
      await turn()
      if (buckets.has(name)) throw new StorageError('bucket-exists', 'bucket exists')
      const info = { name, createdMs: clock.nowMs(), documents: { ...documents } }
      buckets.set(name, { info, objects: new Map(), uploads: new Map(), completed: new Map() })
      return info
    },
    async findBucket(name) {
      return buckets.get(name)?.info
    },
    async listBuckets() {
      return [...buckets.values()].map(({ info }) => info).sort((a, b) => byName(a.name, b.name))
    },
    async putBucketDocument(name, kind, document) {
      await turn()
      const bucket = bucketOf(name)
      const { [kind]: _old, ...documents } = bucket.info.documents
      bucket.info = { ...bucket.info, documents: document === undefined ? documents : { ...documents, [kind]: document } }
    },
    async deleteBucket(name) {
      await turn()
      const bucket = bucketOf(name)
      if (bucket.objects.size > 0) throw new StorageError('bucket-not-empty', 'bucket not empty')
      for (const upload of bucket.uploads.values()) for (const part of upload.parts.values()) drop(part.body)
      buckets.delete(name)
    },

    async stageBody(size, source, recipe, _storageClass, signal) {
      try {
        const plain = await readExactly(source, size, signal)
        return stage(seal(plain, recipe), plainDigests(recipe.digests, plain))
      } catch (error) {
        source.cancel()
        throw error
      }
    },
    async putVersion({ bucket: bucketName, name, etag, storageClass, attributes, partAttributes, body, precondition }) {
      await turn()
      try {
        const bucket = bucketOf(bucketName)
        precondition?.(bucket.objects.get(name))
        const parts = body === undefined ? [] : [{ partNumber: 1, body: take(body), attributes: clone(partAttributes) }]
        const version: ObjectVersion = {
          bucket: bucketName, name, versionId: 'null', isDeleteMarker: false, size: body?.size ?? 0, etag, modifiedMs: clock.nowMs(), storageClass,
          attributes: clone(attributes), parts,
        }
        dropVersion(bucket.objects.get(name))
        bucket.objects.set(name, version)
        bucket.completed.delete(name)
        return version
      } catch (error) {
        body?.discard()
        throw error
      }
    },
    async findVersion(bucketName, name, versionId) {
      const bucket = bucketOf(bucketName)
      return versionId === undefined || versionId === 'null' ? bucket.objects.get(name) : undefined
    },
    readBody(body, offset, length, recipe, signal) {
      return new HeldSource(bodies.get(idOf(body)), offset, length, recipe, signal)
    },
    async deleteVersions(bucketName, deletions) {
      await turn()
      const bucket = bucketOf(bucketName)
      for (const { name, precondition } of deletions) precondition?.(bucket.objects.get(name))
      return deletions.map(({ name, versionId }) => {
        const removed = versionId === undefined || versionId === 'null' ? bucket.objects.get(name) : undefined
        if (removed !== undefined) {
          bucket.objects.delete(name)
          bucket.completed.delete(name)
          dropVersion(removed)
        }
        return { name, removed }
      })
    },
    async replaceAttributes(bucketName, name, attributes, precondition) {
      await turn()
      const bucket = bucketOf(bucketName)
      const current = bucket.objects.get(name)
      precondition?.(current)
      if (current === undefined) throw new StorageError('no-such-version', 'no such object')
      const replaced = { ...current, attributes: clone(attributes) }
      bucket.objects.set(name, replaced)
      return replaced
    },
    async listVersions(query) {
      return listPage(bucketOf(query.bucket).objects, query)
    },

    async createUpload({ bucket: bucketName, name, storageClass, attributes }) {
      await turn()
      const bucket = bucketOf(bucketName)
      const uploadId = `upload-${String(nextId++).padStart(8, '0')}`
      const info = { uploadId, bucket: bucketName, name, startedMs: clock.nowMs(), storageClass, attributes: clone(attributes) }
      bucket.uploads.set(uploadId, { info, parts: new Map() })
      return info
    },
    async findUpload(bucket, name, uploadId) {
      const upload = buckets.get(bucket)?.uploads.get(uploadId)
      return upload?.info.name === name ? upload.info : undefined
    },
    async putPart(uploadInfo, { partNumber, etag, attributes, body }) {
      await turn()
      try {
        const { parts } = uploadOf(uploadInfo)
        const part = { partNumber, etag, attributes: clone(attributes), modifiedMs: clock.nowMs(), body: take(body) }
        const replaced = parts.get(partNumber)
        if (replaced !== undefined) drop(replaced.body)
        parts.set(partNumber, part)
        return part
      } catch (error) {
        body?.discard()
        throw error
      }
    },
    async listParts(upload, after, limit) {
      const { parts } = uploadOf(upload)
      return [...parts.values()].filter(({ partNumber }) => partNumber > after).sort((a, b) => a.partNumber - b.partNumber).slice(0, limit)
    },
    async completeUpload(uploadInfo, { partNumbers, etag, attributes, precondition }) {
      await turn()
      const { info, parts } = uploadOf(uploadInfo)
      const bucket = bucketOf(info.bucket)
      const named = partNumbers.map((partNumber) => {
        const part = parts.get(partNumber)
        if (part === undefined) throw new StorageError('no-such-version', 'no such part')
        return part
      })
      precondition?.(bucket.objects.get(info.name))
      for (const part of parts.values()) if (!named.includes(part)) drop(part.body)
      const version: ObjectVersion = {
        bucket: info.bucket, name: info.name, versionId: 'null', isDeleteMarker: false, size: named.reduce((sum, part) => sum + part.body.size, 0), etag,
        modifiedMs: clock.nowMs(), storageClass: info.storageClass, attributes: clone(attributes),
        parts: named.map(({ partNumber, body, attributes: own }) => ({ partNumber, body, attributes: own })),
      }
      dropVersion(bucket.objects.get(info.name))
      bucket.objects.set(info.name, version)
      bucket.uploads.delete(info.uploadId)
      bucket.completed.set(info.name, info.uploadId)
      return version
    },
    async findCompleted(bucketName, name, uploadId) {
      const bucket = buckets.get(bucketName)
      return bucket?.completed.get(name) === uploadId ? bucket.objects.get(name) : undefined
    },
    async abortUpload(uploadInfo) {
      await turn()
      const { info, parts } = uploadOf(uploadInfo)
      for (const part of parts.values()) drop(part.body)
      buckets.get(info.bucket)?.uploads.delete(info.uploadId)
    },
    async listUploads(query) {
      return uploadsPage([...bucketOf(query.bucket).uploads.values()].map(({ info }) => info), query)
    },

    health: () => 'ok',
    watchHealth: () => () => {},
  }
}

/** Empty for a part of no bytes, which nothing is held for. */
function idOf({ reference: { id } }: StoredBody): string {
  return typeof id === 'string' ? id : ''
}

/** What JSON keeps, and nothing shared with the caller. */
function clone(json: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(json)) as JsonObject
}

async function readExactly(source: ByteSource, size: number, signal: CancelSignal): Promise<Uint8Array> {
  const plain = new Uint8Array(size)
  let at = 0
  for (;;) {
    if (signal.aborted) throw new StorageError('cancelled', 'given up')
    const chunk = await source.next()
    if (chunk === undefined) break
    if (at + chunk.byteLength > size) throw new StorageError('body-too-long', 'too many bytes')
    plain.set(chunk, at)
    at += chunk.byteLength
  }
  if (at < size) throw new StorageError('body-too-short', 'too few bytes')
  return plain
}

function seal(plain: Uint8Array, { encryption }: WriteRecipe): Held {
  if (encryption === undefined) return { plainSize: plain.byteLength, isEncrypted: false, bytes: plain }
  const bytes = new Uint8Array(sealedSize(plain.byteLength))
  sealPackages({ key: GcmKey.copyOf(encryption.partKey), streamNonce: encryption.streamNonce, firstPackage: 0, last: true }, plain, bytes)
  return { plainSize: plain.byteLength, isEncrypted: true, bytes }
}

/** Gives its bytes in small views, now at once and now later, and spoils each view as soon as it may no longer be used. */
class HeldSource implements ByteSource {
  readonly #held: Held | undefined
  readonly #recipe: ReadRecipe
  readonly #signal: CancelSignal
  readonly #offset: number
  readonly #length: number
  #plain: Uint8Array | undefined
  #at = 0
  #given: Uint8Array | undefined
  #isOver = false

  constructor(held: Held | undefined, offset: number, length: number, recipe: ReadRecipe, signal: CancelSignal) {
    this.#held = held
    this.#offset = offset
    this.#length = length
    this.#recipe = recipe
    this.#signal = signal
  }

  next(): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    this.#given?.fill(0xdb)
    this.#given = undefined
    if (this.#isOver) return undefined
    if (this.#plain !== undefined) return this.#give(this.#plain)
    return new Promise((resolve) => { setImmediate(resolve) }).then(() => {
      if (this.#isOver) return undefined
      try {
        this.#plain = this.#open()
        return this.#give(this.#plain)
      } catch (error) {
        this.#isOver = true
        throw error
      }
    })
  }

  cancel(): void {
    this.#isOver = true
    this.#given?.fill(0xdb)
    this.#given = undefined
  }

  #give(plain: Uint8Array): Uint8Array | undefined {
    if (this.#signal.aborted) throw new StorageError('cancelled', 'given up')
    const chunk = plain.slice(this.#at, this.#at + 100_000)
    this.#at += chunk.byteLength
    if (chunk.byteLength === 0) {
      this.#isOver = true
      return undefined
    }
    this.#given = chunk
    return chunk
  }

  #open(): Uint8Array {
    const held = this.#held
    if (held === undefined) throw new StorageError('damaged', 'the body is gone')
    const { encryption } = this.#recipe
    if (held.isEncrypted !== (encryption !== undefined)) throw new StorageError('damaged', 'the recipe is not the one of the body')
    if (encryption === undefined) return held.bytes.slice(this.#offset, this.#offset + this.#length)
    const packages = packageRange(this.#offset, this.#length)
    const { offset, length } = sealedRange(packages, held.bytes.byteLength)
    const plain = new Uint8Array((packages.to - packages.from) * 65_536)
    const run = { key: GcmKey.copyOf(encryption.partKey), streamNonce: encryption.streamNonce, firstPackage: packages.from, last: offset + length === held.bytes.byteLength }
    try {
      openPackages(run, held.bytes.subarray(offset, offset + length), plain)
    } catch (error) {
      throw error instanceof EncryptedStreamError ? new StorageError('damaged', 'the bytes do not pass their tag', {}, error) : error
    }
    return plain.slice(packages.skip, packages.skip + this.#length)
  }
}

/** The common prefix that hides `name`, when the delimiter stands behind the prefix. */
function commonPrefixOf(name: string, prefix: string, delimiter: string): string | undefined {
  const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : name.slice(0, at + delimiter.length)
}

function listPage(all: ReadonlyMap<string, ObjectVersion>, { prefix, delimiter, after, limit }: ListQuery): ListPage {
  const objects: ObjectVersion[] = []
  const commonPrefixes: string[] = []
  let last = ''
  for (const name of [...all.keys()].filter((candidate) => candidate.startsWith(prefix)).sort(byName)) {
    const version = all.get(name)
    const common = commonPrefixOf(name, prefix, delimiter)
    const entry = common ?? name
    if (version === undefined || version.isDeleteMarker || byName(entry, after) <= 0 || common === commonPrefixes.at(-1) && common !== undefined) continue
    if (objects.length + commonPrefixes.length === limit) return { objects, commonPrefixes, next: last }
    if (common === undefined) objects.push(version)
    else commonPrefixes.push(common)
    last = entry
  }
  return { objects, commonPrefixes, next: undefined }
}

function uploadsPage(all: readonly UploadInfo[], { prefix, delimiter, afterName, afterUploadId, limit }: ListUploadsQuery): UploadsPage {
  const uploads: UploadInfo[] = []
  const commonPrefixes: string[] = []
  let last = { name: '', uploadId: '' }
  const sorted = all.filter(({ name }) => name.startsWith(prefix)).sort((a, b) => byName(a.name, b.name) || byName(a.uploadId, b.uploadId))
  for (const upload of sorted) {
    const common = commonPrefixOf(upload.name, prefix, delimiter)
    const order = byName(common ?? upload.name, afterName)
    const isAfter = order > 0 || (order === 0 && common === undefined && afterUploadId !== '' && byName(upload.uploadId, afterUploadId) > 0)
    if (!isAfter || (common !== undefined && common === commonPrefixes.at(-1))) continue
    if (uploads.length + commonPrefixes.length === limit) return { uploads, commonPrefixes, next: last }
    if (common === undefined) uploads.push(upload)
    else commonPrefixes.push(common)
    last = common === undefined ? { name: upload.name, uploadId: upload.uploadId } : { name: common, uploadId: '' }
  }
  return { uploads, commonPrefixes, next: undefined }
}
