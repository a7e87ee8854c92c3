// The conformance suite of the seam StorageBackend: run on every implementation, the model in memory first.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { byteSourceOf, readAll, type ByteSource } from '../../src-main/base/byte-stream.ts'
import { compareBytes, encodeUtf8, formatHex } from '../../src-main/base/bytes.ts'
import { digestAlgorithms, type PartEncryption } from '../../src-main/crypto/body-recipe.ts'
import type { ListQuery, ListUploadsQuery, ObjectVersion, Precondition, StagedBody, StorageBackend, StoredBody, UploadInfo } from '../../src-main/seams/storage-backend.ts'
import { plainDigest, plainDigests } from '../support/plain-digests.ts'

export interface OpenedStorage {
  readonly storage: StorageBackend
  close(): Promise<void>
}

const signal = new AbortController().signal
const mebibyte = 1024 * 1024
const byName = (a: string, b: string): number => compareBytes(encodeUtf8(a), encodeUtf8(b))
const fault = (name: string): object => expect.objectContaining({ fault: name }) as object
/** Bytes that no offset shares with its neighbours. */
const pattern = (size: number, seed = 1): Uint8Array => {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >>> 8) * 7 + (i >>> 16) * 13 + seed
  return bytes
}
/** As toEqual, for many bytes in little time. */
const expectBytes = (actual: Uint8Array | undefined, expected: Uint8Array | undefined): void => {
  expect(actual?.byteLength).toBe(expected?.byteLength)
  expect(Buffer.compare(actual ?? new Uint8Array(0), expected ?? new Uint8Array(0))).toBe(0)
}
const encryption = (): PartEncryption => ({ partKey: new Uint8Array(randomBytes(32)), streamNonce: new Uint8Array(randomBytes(12)) })
const etagOf = (bytes: Uint8Array): string => formatHex(plainDigest('md5', bytes))

export function describeStorageBackend(name: string, open: () => Promise<OpenedStorage>): void {
  describe(`StorageBackend ${name}`, () => {
    let opened: OpenedStorage
    let storage: StorageBackend
    beforeEach(async () => {
      opened = await open()
      storage = opened.storage
      await storage.createBucket('bucket', {})
    })
    afterEach(() => opened.close())

    const stage = (bytes: Uint8Array, own?: PartEncryption): Promise<StagedBody> =>
      storage.stageBody(bytes.byteLength, byteSourceOf(bytes), { digests: ['md5'], ...(own && { encryption: own }) }, 'STANDARD', signal)
    const put = async (objectName: string, bytes: Uint8Array, more: { own?: PartEncryption; precondition?: Precondition; bucket?: string } = {}): Promise<ObjectVersion> =>
      storage.putVersion({
        bucket: more.bucket ?? 'bucket', name: objectName, etag: etagOf(bytes), storageClass: 'STANDARD', attributes: { of: objectName }, partAttributes: { part: 1 },
        body: bytes.byteLength === 0 ? undefined : await stage(bytes, more.own), ...(more.precondition && { precondition: more.precondition }),
      })
    const read = async (body: StoredBody, own?: PartEncryption, offset = 0, length = body.size): Promise<Uint8Array | undefined> =>
      readAll(storage.readBody(body, offset, length, own ? { encryption: own } : {}, signal), length)
    const bodyOf = (version: ObjectVersion | undefined): StoredBody => {
      const body = version?.parts[0]?.body
      expect(body).toBeDefined()
      return body as StoredBody
    }
    const createUpload = (objectName: string): Promise<UploadInfo> =>
      storage.createUpload({ bucket: 'bucket', name: objectName, storageClass: 'STANDARD', attributes: { upload: objectName } })
    const putPart = async (upload: UploadInfo, partNumber: number, bytes: Uint8Array, own?: PartEncryption): Promise<void> => {
      const body = bytes.byteLength === 0 ? undefined : await stage(bytes, own)
      await storage.putPart(upload, { partNumber, etag: etagOf(bytes), attributes: { n: partNumber }, body })
    }

    describe('buckets', () => {
      it('refuses a second bucket of the same name', async () => {
        await expect(storage.createBucket('bucket', {})).rejects.toEqual(fault('bucket-exists'))
      })

      it('refuses what names a bucket that is not there', async () => {
        const missing = { bucket: 'missing', prefix: '', delimiter: '' }
        await expect(storage.putBucketDocument('missing', 'policy', '{}')).rejects.toEqual(fault('no-such-bucket'))
        await expect(storage.deleteBucket('missing')).rejects.toEqual(fault('no-such-bucket'))
        await expect(storage.findVersion('missing', 'a')).rejects.toEqual(fault('no-such-bucket'))
        await expect(storage.deleteVersions('missing', [{ name: 'a' }])).rejects.toEqual(fault('no-such-bucket'))
        await expect(storage.listVersions({ ...missing, after: '', limit: 1 })).rejects.toEqual(fault('no-such-bucket'))
        await expect(storage.listUploads({ ...missing, afterName: '', afterUploadId: '', limit: 1 })).rejects.toEqual(fault('no-such-bucket'))
        await expect(put('a', pattern(10), { bucket: 'missing' })).rejects.toEqual(fault('no-such-bucket'))
        expect(await storage.findBucket('missing')).toBeUndefined()
      })

      it('does not remove a bucket that holds an object, but one with uploads under way', async () => {
        await put('a', pattern(10))
        await expect(storage.deleteBucket('bucket')).rejects.toEqual(fault('bucket-not-empty'))
        const upload = await createUpload('b')
        await putPart(upload, 1, pattern(10))
        await storage.deleteVersions('bucket', [{ name: 'a' }])
        await storage.deleteBucket('bucket')
        expect(await storage.findBucket('bucket')).toBeUndefined()
        await expect(storage.listParts(upload, 0, 10)).rejects.toEqual(fault('no-such-upload'))
        await storage.createBucket('bucket', {})
        expect((await storage.listVersions({ bucket: 'bucket', prefix: '', delimiter: '', after: '', limit: 10 })).objects).toEqual([])
        expect(await storage.findUpload('bucket', 'b', upload.uploadId)).toBeUndefined()
      })

      it('lists buckets by name in byte order, with their documents', async () => {
        await storage.createBucket('zebra', { encryption: 'x' })
        await storage.createBucket('a-bucket', {})
        expect((await storage.listBuckets()).map((bucket) => bucket.name)).toEqual(['a-bucket', 'bucket', 'zebra'])
        await storage.putBucketDocument('zebra', 'policy', 'y')
        await storage.putBucketDocument('zebra', 'encryption', undefined)
        expect((await storage.findBucket('zebra'))?.documents).toEqual({ policy: 'y' })
      })
    })

    describe('bodies', () => {
      it.each([['inline', 1000], ['large', 2 * mebibyte + 77]])('refuses a %s body that ends early', async (_kind, size) => {
        const staging = storage.stageBody(size, byteSourceOf(pattern(size - 1)), { digests: ['md5'] }, 'STANDARD', signal)
        await expect(staging).rejects.toEqual(fault('body-too-short'))
      })

      it.each([['inline', 1000], ['large', 2 * mebibyte + 77]])('refuses a %s body that goes on too long', async (_kind, size) => {
        const staging = storage.stageBody(size, byteSourceOf(pattern(size), pattern(1)), { digests: ['md5'] }, 'STANDARD', signal)
        await expect(staging).rejects.toEqual(fault('body-too-long'))
      })

      it('hands on the own error of a source as it is, and gives the source up', async () => {
        const own = new Error('the client is gone')
        let cancelled = 0
        const source: ByteSource = { next: () => Promise.reject(own), cancel: () => { cancelled++ } }
        await expect(storage.stageBody(10, source, { digests: [] }, 'STANDARD', signal)).rejects.toBe(own)
        expect(cancelled).toBeGreaterThan(0)
      })

      it('stops when it is told to', async () => {
        const controller = new AbortController()
        controller.abort()
        await expect(storage.stageBody(10, byteSourceOf(pattern(10)), { digests: [] }, 'STANDARD', controller.signal)).rejects.toEqual(fault('cancelled'))
        const version = await put('a', pattern(10))
        await expect(readAll(storage.readBody(bodyOf(version), 0, 10, {}, controller.signal), 10)).rejects.toEqual(fault('cancelled'))
      })

      it('gives no byte out under another part key or nonce', async () => {
        const own = encryption()
        const version = await put('a', pattern(100_000), { own })
        const other = encryption()
        await expect(read(bodyOf(version), { ...own, partKey: other.partKey })).rejects.toEqual(fault('damaged'))
        await expect(read(bodyOf(version), { ...own, streamNonce: other.streamNonce })).rejects.toEqual(fault('damaged'))
        expectBytes(await read(bodyOf(version), own), pattern(100_000))
      })

      it('says nothing after a body was given up', async () => {
        const version = await put('a', pattern(300_000))
        const source = storage.readBody(bodyOf(version), 0, 300_000, {}, signal)
        expect(await source.next()).toBeInstanceOf(Uint8Array)
        source.cancel()
        source.cancel()
        expect(await source.next()).toBeUndefined()
      })

      it.each([[1], [65_535], [65_536], [65_537], [1_000_000], [2 * mebibyte + 77]])('gives %i bytes back as they came, in the clear and encrypted', async (size) => {
        const bytes = pattern(size)
        const own = encryption()
        expectBytes(await read(bodyOf(await put('clear', bytes))), bytes)
        expectBytes(await read(bodyOf(await put('sealed', bytes, { own })), own), bytes)
      })

      it('computes just the digests asked for, whatever the chunks', async () => {
        const bytes = pattern(1_300_001)
        for (const own of [undefined, encryption()]) {
          const source = byteSourceOf(bytes.subarray(0, 1), bytes.subarray(1, 65_537), bytes.subarray(65_537))
          const body = await storage.stageBody(bytes.byteLength, source, { digests: digestAlgorithms, ...(own && { encryption: own }) }, 'STANDARD', signal)
          expect(body.size).toBe(bytes.byteLength)
          expect(body.digests).toEqual(plainDigests(digestAlgorithms, bytes))
          body.discard()
          body.discard()
        }
        const few = await storage.stageBody(3, byteSourceOf(pattern(3)), { digests: ['crc32'] }, 'STANDARD', signal)
        expect(Object.keys(few.digests)).toEqual(['crc32'])
        few.discard()
      })

      it('reads any range', async () => {
        const bytes = pattern(1_500_000)
        const own = encryption()
        const clear = bodyOf(await put('clear', bytes))
        const sealed = bodyOf(await put('sealed', bytes, { own }))
        const edges = [0, 1, 65_535, 65_536, 65_537, 131_072, 999_999, 1_048_575, 1_048_576, 1_499_999]
        for (const from of edges) {
          for (const length of [1, 65_536, 200_001]) {
            const kept = Math.min(length, bytes.byteLength - from)
            const wanted = bytes.subarray(from, from + kept)
            expectBytes(await read(clear, undefined, from, kept), wanted)
            expectBytes(await read(sealed, own, from, kept), wanted)
          }
        }
      })

      it('keeps a body that is being read though its object is overwritten', async () => {
        const bytes = pattern(2 * mebibyte + 5)
        const version = await put('a', bytes)
        const source = storage.readBody(bodyOf(version), 0, bytes.byteLength, {}, signal)
        await put('a', pattern(10, 9))
        expectBytes(await readAll(source, bytes.byteLength), bytes)
      })
    })

    describe('versions', () => {
      it('finds nothing under a name that is not there', async () => {
        expect(await storage.findVersion('bucket', 'a')).toBeUndefined()
        await put('a', pattern(10))
        expect(await storage.findVersion('bucket', 'a', 'another')).toBeUndefined()
      })

      it('rejects with just what the precondition threw, and changes nothing', async () => {
        await put('a', pattern(10))
        const own = new Error('refused')
        const precondition: Precondition = () => { throw own }
        await expect(put('a', pattern(20), { precondition })).rejects.toBe(own)
        await expect(put('b', pattern(20), { precondition })).rejects.toBe(own)
        await expect(storage.deleteVersions('bucket', [{ name: 'b' }, { name: 'a', precondition }])).rejects.toBe(own)
        await expect(storage.replaceAttributes('bucket', 'a', {}, precondition)).rejects.toBe(own)
        expect((await storage.findVersion('bucket', 'a'))?.size).toBe(10)
        expect(await storage.findVersion('bucket', 'b')).toBeUndefined()
      })

      it('removes none of a batch when one precondition refuses', async () => {
        await put('a', pattern(10))
        await put('b', pattern(10))
        const precondition: Precondition = () => { throw new Error('refused') }
        await expect(storage.deleteVersions('bucket', [{ name: 'a' }, { name: 'b', precondition }])).rejects.toThrow('refused')
        expect(await storage.findVersion('bucket', 'a')).toBeDefined()
      })

      it('lets exactly one of many racing writers through a precondition', async () => {
        const bodies = await Promise.all(Array.from({ length: 16 }, (_, i) => stage(pattern(100 + i))))
        const seen: (ObjectVersion | undefined)[] = []
        const outcomes = await Promise.allSettled(bodies.map((body) => storage.putVersion({
          bucket: 'bucket', name: 'lock', etag: String(body.size), storageClass: 'STANDARD', attributes: {}, partAttributes: {}, body,
          precondition: (current) => {
            seen.push(current)
            if (current !== undefined) throw new Error('taken')
          },
        })))
        expect(seen).toHaveLength(16)
        const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
        expect(won).toHaveLength(1)
        expect((await storage.findVersion('bucket', 'lock'))?.etag).toBe(won[0]?.value.etag)
      })

      it('counts, one by one, however many writers race with a compare-and-swap', async () => {
        await put('counter', pattern(1))
        const add = async (): Promise<void> => {
          for (;;) {
            const current = await storage.findVersion('bucket', 'counter')
            const count = Number(current?.attributes['count'] ?? 0)
            try {
              await storage.replaceAttributes('bucket', 'counter', { count: count + 1 }, (now) => {
                if (Number(now?.attributes['count'] ?? 0) !== count) throw new Error('again')
              })
              return
            } catch (error) {
              if (!(error instanceof Error && error.message === 'again')) throw error
            }
          }
        }
        await Promise.all(Array.from({ length: 8 }, add))
        expect((await storage.findVersion('bucket', 'counter'))?.attributes).toEqual({ count: 8 })
      })

      it('keeps what it was given of a version, and reads it back before and after the write has settled', async () => {
        const attributes = { text: 'ü\u{1f600}', deep: { list: [1, 'two', null, true] } }
        const written = await storage.putVersion({
          bucket: 'bucket', name: 'a', etag: 'tag', storageClass: 'REDUCED_REDUNDANCY', attributes, partAttributes: { own: 'x' }, body: await stage(pattern(5)),
        })
        expect(written).toMatchObject({ bucket: 'bucket', name: 'a', versionId: 'null', isDeleteMarker: false, size: 5, etag: 'tag', storageClass: 'REDUCED_REDUNDANCY', attributes })
        expect(written.parts).toMatchObject([{ partNumber: 1, attributes: { own: 'x' }, body: { size: 5 } }])
        const found = await storage.findVersion('bucket', 'a')
        expect(found).toEqual(written)
        expect(await storage.findVersion('bucket', 'a', 'null')).toEqual(written)
        expect(JSON.parse(JSON.stringify(found))).toEqual(found)
      })

      it('keeps an object of no bytes, which has no parts', async () => {
        expect(await put('empty', new Uint8Array(0))).toMatchObject({ size: 0, parts: [] })
      })

      it('replaces attributes and leaves the bytes', async () => {
        await expect(storage.replaceAttributes('bucket', 'a', {})).rejects.toEqual(fault('no-such-version'))
        const version = await put('a', pattern(10))
        const replaced = await storage.replaceAttributes('bucket', 'a', { now: 2 })
        expect(replaced).toMatchObject({ etag: version.etag, size: 10, attributes: { now: 2 } })
        expectBytes(await read(bodyOf(await storage.findVersion('bucket', 'a'))), pattern(10))
      })

      it('removes in a batch, and says what was removed', async () => {
        await put('a', pattern(10))
        const removed = await storage.deleteVersions('bucket', [{ name: 'missing' }, { name: 'a' }])
        expect(removed.map(({ name: objectName, removed: version }) => [objectName, version?.size])).toEqual([['missing', undefined], ['a', 10]])
        expect(await storage.findVersion('bucket', 'a')).toBeUndefined()
      })

      it('shows a write to whoever looks after it, without waiting', async () => {
        for (let i = 0; i < 20; i++) {
          await put('a', pattern(10 + i))
          expect((await storage.findVersion('bucket', 'a'))?.size).toBe(10 + i)
          await storage.deleteVersions('bucket', [{ name: 'a' }])
          expect(await storage.findVersion('bucket', 'a')).toBeUndefined()
        }
      })
    })

    describe('listing', () => {
      const all = async (query: ListQuery): Promise<{ objects: string[]; prefixes: string[]; pages: number }> => {
        const objects: string[] = []
        const prefixes: string[] = []
        let after = query.after
        for (let pages = 1; ; pages++) {
          const page = await storage.listVersions({ ...query, after })
          expect(page.objects.length + page.commonPrefixes.length).toBeLessThanOrEqual(query.limit)
          objects.push(...page.objects.map((version) => version.name))
          prefixes.push(...page.commonPrefixes)
          if (page.next === undefined) return { objects, prefixes, pages }
          expect(byName(page.next, after)).toBeGreaterThan(0)
          after = page.next
        }
      }

      it('orders names by their UTF-8 bytes', async () => {
        const names = ['\u{ff5e}', '\u{1f600}', 'z', 'a', 'é', 'a\u0001', 'B', 'a/b', 'a-b', 'a.b']
        for (const objectName of names) await put(objectName, new Uint8Array(0))
        expect((await all({ bucket: 'bucket', prefix: '', delimiter: '', after: '', limit: 1000 })).objects).toEqual([...names].sort(byName))
      })

      it('ends a page that is just full without a next one', async () => {
        for (const objectName of ['a', 'b', 'c/1', 'c/2']) await put(objectName, new Uint8Array(0))
        expect((await storage.listVersions({ bucket: 'bucket', prefix: '', delimiter: '/', after: '', limit: 3 })).next).toBeUndefined()
        expect((await storage.listVersions({ bucket: 'bucket', prefix: '', delimiter: '', after: '', limit: 4 })).next).toBeUndefined()
      })

      it('does not repeat a common prefix that the marker lies in', async () => {
        for (const objectName of ['a/1', 'a/2', 'b']) await put(objectName, new Uint8Array(0))
        for (const after of ['a/', 'a/1', 'a/2']) {
          expect(await all({ bucket: 'bucket', prefix: '', delimiter: '/', after, limit: 10 })).toMatchObject({ objects: ['b'], prefixes: [] })
        }
      })

      it('does not show what was removed', async () => {
        for (const objectName of ['a/1', 'a/2', 'b']) await put(objectName, new Uint8Array(0))
        await storage.deleteVersions('bucket', [{ name: 'a/1' }, { name: 'a/2' }])
        expect(await all({ bucket: 'bucket', prefix: '', delimiter: '/', after: '', limit: 10 })).toMatchObject({ objects: ['b'], prefixes: [] })
      })

      it('agrees with a naive listing whatever the prefix, delimiter, marker and page size', async () => {
        const letter = fc.constantFrom('a', 'b', '/', '-', '%', '_', 'é', '\u{ff5e}', '\u{1f600}')
        const text = (minLength: number, maxLength: number): fc.Arbitrary<string> => fc.array(letter, { minLength, maxLength }).map((letters) => letters.join(''))
        const names = fc.sample(text(1, 5), { numRuns: 60, seed: 20_261 })
        const distinct = [...new Set(names)]
        for (const objectName of distinct) await put(objectName, new Uint8Array(0))
        const query = fc.record({ prefix: text(0, 2), delimiter: fc.oneof(fc.constantFrom('', '/'), text(0, 2)), after: fc.oneof(text(0, 3), fc.constantFrom(...distinct)), limit: fc.integer({ min: 1, max: 20 }) })
        await fc.assert(fc.asyncProperty(query, async (asked) => {
          const { objects, prefixes } = await all({ bucket: 'bucket', ...asked })
          const expected = naiveListing(distinct, asked)
          expect(objects).toEqual(expected.objects)
          expect(prefixes).toEqual(expected.prefixes)
        }), { numRuns: 100 })
      })
    })

    describe('uploads', () => {
      it('knows no upload by a wrong id, name or bucket', async () => {
        const upload = await createUpload('a')
        expect(await storage.findUpload('bucket', 'a', 'wrong')).toBeUndefined()
        expect(await storage.findUpload('bucket', 'b', upload.uploadId)).toBeUndefined()
        expect(await storage.findUpload('missing', 'a', upload.uploadId)).toBeUndefined()
        await expect(storage.createUpload({ bucket: 'missing', name: 'a', storageClass: 'STANDARD', attributes: {} })).rejects.toEqual(fault('no-such-bucket'))
      })

      it('takes nothing more after an upload was aborted', async () => {
        const upload = await createUpload('a')
        await putPart(upload, 1, pattern(10))
        await storage.abortUpload(upload)
        await expect(putPart(upload, 2, pattern(10))).rejects.toEqual(fault('no-such-upload'))
        await expect(storage.listParts(upload, 0, 10)).rejects.toEqual(fault('no-such-upload'))
        await expect(storage.completeUpload(upload, { partNumbers: [1], etag: 'x-1', attributes: {} })).rejects.toEqual(fault('no-such-upload'))
        await expect(storage.abortUpload(upload)).rejects.toEqual(fault('no-such-upload'))
      })

      it('refuses to complete with a part that is not there, and the upload goes on', async () => {
        const upload = await createUpload('a')
        await putPart(upload, 1, pattern(10))
        await expect(storage.completeUpload(upload, { partNumbers: [1, 2], etag: 'x-2', attributes: {} })).rejects.toEqual(fault('no-such-version'))
        expect(await storage.listParts(upload, 0, 10)).toHaveLength(1)
        expect(await storage.findVersion('bucket', 'a')).toBeUndefined()
      })

      it('rejects a completion with just what the precondition threw, and the upload goes on', async () => {
        await put('a', pattern(3))
        const upload = await createUpload('a')
        await putPart(upload, 1, pattern(10))
        const own = new Error('refused')
        const precondition: Precondition = (current) => {
          expect(current?.size).toBe(3)
          throw own
        }
        await expect(storage.completeUpload(upload, { partNumbers: [1], etag: 'x-1', attributes: {}, precondition })).rejects.toBe(own)
        expect((await storage.findVersion('bucket', 'a'))?.size).toBe(3)
        expect(await storage.findCompleted('bucket', 'a', upload.uploadId)).toBeUndefined()
        await storage.completeUpload(upload, { partNumbers: [1], etag: 'x-1', attributes: {} })
        expect((await storage.findVersion('bucket', 'a'))?.size).toBe(10)
      })

      it('does not show an upload under way as an object', async () => {
        await putPart(await createUpload('a'), 1, pattern(10))
        expect((await storage.listVersions({ bucket: 'bucket', prefix: '', delimiter: '', after: '', limit: 10 })).objects).toEqual([])
        expect(await storage.findVersion('bucket', 'a')).toBeUndefined()
      })

      it('lists parts by number, the last one sent under each, in pages', async () => {
        const upload = await createUpload('a')
        for (const [partNumber, size] of [[10_000, 1], [2, 20], [1, 10], [2, 25]] as const) await putPart(upload, partNumber, pattern(size))
        const parts = await storage.listParts(upload, 0, 10)
        expect(parts.map((part) => [part.partNumber, part.body.size, part.etag, part.attributes])).toEqual(
          [[1, 10], [2, 25], [10_000, 1]].map(([n, size]) => [n, size, etagOf(pattern(size as number)), { n }]),
        )
        expect((await storage.listParts(upload, 1, 1)).map((part) => part.partNumber)).toEqual([2])
        expect((await storage.listParts(upload, 10_000, 1))).toEqual([])
      })

      it('makes an object of the parts named, under the numbers they came with, each with its own bytes', async () => {
        const upload = await createUpload('a')
        const own = encryption()
        const bytes = new Map([[1, pattern(6 * mebibyte, 1)], [3, pattern(70_000, 3)], [5, pattern(9, 5)]])
        for (const [partNumber, part] of bytes) await putPart(upload, partNumber, part, own)
        const version = await storage.completeUpload(upload, { partNumbers: [1, 5], etag: 'whole-2', attributes: { done: true } })
        expect(version).toMatchObject({ size: 6 * mebibyte + 9, etag: 'whole-2', attributes: { done: true }, versionId: 'null' })
        expect(version.parts.map(({ partNumber, attributes }) => [partNumber, attributes])).toEqual([[1, { n: 1 }], [5, { n: 5 }]])
        for (const found of [version, await storage.findVersion('bucket', 'a')]) {
          for (const part of found?.parts ?? []) expectBytes(await read(part.body, own), bytes.get(part.partNumber))
        }
        expect(await storage.findUpload('bucket', 'a', upload.uploadId)).toBeUndefined()
      })

      it('keeps an empty last part as a part of no bytes', async () => {
        const upload = await createUpload('a')
        await putPart(upload, 1, pattern(10))
        await putPart(upload, 2, new Uint8Array(0))
        expect((await storage.listParts(upload, 1, 10)).map((part) => part.body.size)).toEqual([0])
        const version = await storage.completeUpload(upload, { partNumbers: [1, 2], etag: 'x-2', attributes: {} })
        expect(version.size).toBe(10)
        expect(version.parts.map((part) => part.body.size)).toEqual([10, 0])
      })

      it('knows what an upload became until its object is written again or removed', async () => {
        const complete = async (): Promise<UploadInfo> => {
          const upload = await createUpload('a')
          await putPart(upload, 1, pattern(10))
          await storage.completeUpload(upload, { partNumbers: [1], etag: 'x-1', attributes: {} })
          expect((await storage.findCompleted('bucket', 'a', upload.uploadId))?.etag).toBe('x-1')
          return upload
        }
        const first = await complete()
        expect(await storage.findCompleted('bucket', 'b', first.uploadId)).toBeUndefined()
        const second = await complete()
        expect(await storage.findCompleted('bucket', 'a', first.uploadId)).toBeUndefined()
        await storage.replaceAttributes('bucket', 'a', { changed: true })
        expect((await storage.findCompleted('bucket', 'a', second.uploadId))?.attributes).toEqual({ changed: true })
        await put('a', pattern(1))
        expect(await storage.findCompleted('bucket', 'a', second.uploadId)).toBeUndefined()
        const third = await complete()
        await storage.deleteVersions('bucket', [{ name: 'a' }])
        expect(await storage.findCompleted('bucket', 'a', third.uploadId)).toBeUndefined()
      })

      it('completes once, however many complete at the same time', async () => {
        const upload = await createUpload('a')
        await putPart(upload, 1, pattern(10))
        const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => storage.completeUpload(upload, { partNumbers: [1], etag: 'x-1', attributes: {} })))
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(fault('no-such-upload'))
      })

      it('lists uploads by name, the older first, in pages of any size', async () => {
        const uploads: UploadInfo[] = []
        for (const objectName of ['b', 'a/2', 'a/1', 'b', 'é', '\u{1f600}', '\u{ff5e}', 'b']) uploads.push(await createUpload(objectName))
        const base: ListUploadsQuery = { bucket: 'bucket', prefix: '', delimiter: '', afterName: '', afterUploadId: '', limit: 1000 }
        const whole = await storage.listUploads(base)
        expect(whole.next).toBeUndefined()
        expect(whole.uploads.map((upload) => upload.name)).toEqual(uploads.map((upload) => upload.name).sort(byName))
        for (const upload of whole.uploads) expect(upload).toEqual(uploads.find(({ uploadId }) => uploadId === upload.uploadId))
        for (let limit = 1; limit <= 4; limit++) {
          const ids: string[] = []
          for (let query: ListUploadsQuery | undefined = { ...base, limit }; query !== undefined; ) {
            const page = await storage.listUploads(query)
            expect(page.uploads.length).toBeLessThanOrEqual(limit)
            ids.push(...page.uploads.map((upload) => upload.uploadId))
            query = page.next && { ...query, afterName: page.next.name, afterUploadId: page.next.uploadId }
          }
          expect(ids).toEqual(whole.uploads.map((upload) => upload.uploadId))
        }
        const grouped = await storage.listUploads({ ...base, delimiter: '/' })
        expect(grouped.commonPrefixes).toEqual(['a/'])
        expect(grouped.uploads).toHaveLength(6)
        expect((await storage.listUploads({ ...base, prefix: 'a/' })).uploads.map((upload) => upload.name)).toEqual(['a/1', 'a/2'])
        expect((await storage.listUploads({ ...base, afterName: 'b' })).uploads.map((upload) => upload.name)).toEqual(['é', '\u{ff5e}', '\u{1f600}'])
      })
    })

    it('tells its health and stops telling when asked to', () => {
      expect(storage.health()).toBe('ok')
      const stop = storage.watchHealth(() => {})
      stop()
      stop()
    })
  })
}

/** All entries behind the marker: a common prefix stands for all names it hides and sorts where it would stand itself. */
function naiveListing(names: readonly string[], { prefix, delimiter, after }: { prefix: string; delimiter: string; after: string }): { objects: string[]; prefixes: string[] } {
  const objects = new Set<string>()
  const prefixes = new Set<string>()
  for (const name of names) {
    if (!name.startsWith(prefix)) continue
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
    if (at < 0) objects.add(name)
    else prefixes.add(name.slice(0, at + delimiter.length))
  }
  const behind = (entries: Set<string>): string[] => [...entries].filter((entry) => byName(entry, after) > 0).sort(byName)
  return { objects: behind(objects), prefixes: behind(prefixes) }
}
