// Copies of objects and of ranges into parts.
import { beforeEach, describe, expect, it } from 'vitest'
import type { CopyObjectRequest, CopyPartRequest, ObjectFault, PartInfo, WrittenObject } from '../../../src-main/objects/index.ts'
import { plainDigest } from '../../support/plain-digests.ts'
import { bodyOf, expectBytes, fault, hexMd5, mebibyte, openFixture, pattern, signal, storageFails, type Fixture } from './objects-fixture.ts'

let fixture: Fixture
const bytes = pattern(150_000)
const base: CopyObjectRequest = {
  bucket: 'bucket', name: 'copy', source: { bucket: 'bucket', name: 'a' }, sourceCondition: {}, metadataDirective: 'COPY', headers: {}, userMetadata: {}, condition: {},
}
const copy = (more: Partial<CopyObjectRequest> = {}): Promise<WrittenObject> => fixture.objects.copyObject({ ...base, ...more }, signal)
const self = { name: 'a' }

beforeEach(async () => {
  fixture = await openFixture()
  await fixture.put('a', bytes, {
    headers: { contentType: 'text/x', websiteRedirectLocation: '/away' }, userMetadata: { mtime: '1' }, body: bodyOf(bytes, { algorithm: 'crc32' }),
  })
})

describe('a copy is refused', () => {
  it.each<[string, Partial<CopyObjectRequest>, ObjectFault, object]>([
    ['to a bucket that is not there', { bucket: 'missing' }, 'no-such-bucket', {}],
    ['from a bucket that is not there', { source: { bucket: 'missing', name: 'a' } }, 'no-such-bucket', {}],
    ['from an object that is not there', { source: { bucket: 'bucket', name: 'missing' } }, 'no-such-object', {}],
    ['from a version that is not there', { source: { bucket: 'bucket', name: 'a', versionId: 'x' } }, 'no-such-version', {}],
    ['under no name', { name: '' }, 'invalid-object-name', {}],
    ['with too much metadata', { metadataDirective: 'REPLACE', userMetadata: { a: 'x'.repeat(3000) } }, 'metadata-too-large', {}],
    ['to a class we do not have', { storageClass: 'X' as 'STANDARD' }, 'invalid-storage-class', {}],
    ['by the ETag of the source', { sourceCondition: { ifMatch: 'x' } }, 'precondition-failed', { condition: 'x-amz-copy-source-If-Match' }],
    ['as not modified, which a copy never is', { sourceCondition: { ifNoneMatch: '*' } }, 'precondition-failed', { condition: 'x-amz-copy-source-If-None-Match' }],
    ['by the date of the source', { sourceCondition: { ifUnmodifiedSinceMs: 0 } }, 'precondition-failed', {}],
    ['over an object that must not be there', { name: 'a', metadataDirective: 'REPLACE', condition: { ifNoneMatch: '*' } }, 'precondition-failed', { condition: 'If-None-Match' }],
    ['onto itself without a change', { ...self }, 'copy-onto-itself', {}],
    ['onto itself into the class it has', { ...self, storageClass: 'STANDARD' }, 'copy-onto-itself', {}],
  ])('%s', async (_why, change, expected, details) => {
    await expect(copy(change)).rejects.toEqual(fault(expected, details))
    expect(fixture.storage.bodyCount).toBe(1)
  })

  it('above 5 GiB', async () => {
    const version = await fixture.storage.findVersion('bucket', 'a')
    fixture.shown.findVersion = async () => version && { ...version, size: 5 * 1024 ** 3 + 1 }
    await expect(copy()).rejects.toEqual(fault('entity-too-large'))
  })

  it('while the keys are sealed, and when the source is damaged', async () => {
    fixture.keys.fault = 'sealed'
    await expect(copy()).rejects.toEqual(fault('keys-sealed'))
    fixture.keys.fault = undefined
    fixture.storage.damage((await fixture.storage.findVersion('bucket', 'a'))?.parts[0]?.body as never)
    await expect(copy()).rejects.toEqual(fault('damaged'))
    expect(await fixture.storage.findVersion('bucket', 'copy')).toBeUndefined()
    expect(fixture.storage.bodyCount).toBe(1)
  })

  it('onto itself when the object was written meanwhile: its envelope belongs to other bytes', async () => {
    fixture.shown.replaceAttributes = async (...input) => {
      await fixture.put('a', pattern(10))
      return fixture.storage.replaceAttributes(...input)
    }
    await expect(copy({ ...self, metadataDirective: 'REPLACE' })).rejects.toEqual(fault('busy'))
    expectBytes((await fixture.read('a')).bytes, pattern(10))
    fixture.shown.replaceAttributes = storageFails('write-quorum-lost')
    await expect(copy({ ...self, metadataDirective: 'REPLACE' })).rejects.toEqual(fault('write-quorum-lost'))
  })
})

describe('a copy', () => {
  it('has its own content key, the words of its source but no redirect, and its checksum', async () => {
    const written = await copy()
    expect(written).toMatchObject({ etag: hexMd5(bytes), encryption: { kind: 'SSE-S3' }, checksum: { algorithm: 'crc32', value: Buffer.from(plainDigest('crc32', bytes)).toString('base64') } })
    const { info, bytes: copied } = await fixture.read('copy')
    expectBytes(copied, bytes)
    expect(info).toMatchObject({ headers: { contentType: 'text/x' }, userMetadata: { mtime: '1' } })
    expect(info.headers.websiteRedirectLocation).toBeUndefined()
    const [a, b] = await Promise.all(['a', 'copy'].map(async (name) => (await fixture.storage.findVersion('bucket', name))?.attributes['encryption']))
    for (const field of ['dataKey', 'iv', 'contentKey'] as const) expect((a as Record<string, string>)[field]).not.toBe((b as Record<string, string>)[field])
    const [stored, copiedStored] = fixture.storage.storedBytes()
    expect(Buffer.compare(stored as Uint8Array, copiedStored as Uint8Array)).not.toBe(0)
  })

  it('has new words, a new class and another checksum when asked to', async () => {
    await copy({ metadataDirective: 'REPLACE', headers: { contentType: 'new' }, userMetadata: { b: 'c' }, storageClass: 'REDUCED_REDUNDANCY', checksumAlgorithm: 'sha256' })
    expect((await fixture.read('copy')).info).toMatchObject({
      headers: { contentType: 'new' }, userMetadata: { b: 'c' }, storageClass: 'REDUCED_REDUNDANCY',
      checksum: { algorithm: 'sha256', type: 'FULL_OBJECT', value: Buffer.from(plainDigest('sha256', bytes)).toString('base64') },
    })
  })

  it('of nothing is nothing, and of another bucket is the same', async () => {
    await fixture.objects.createBucket('another')
    await fixture.put('empty', new Uint8Array(0))
    await copy({ source: { bucket: 'bucket', name: 'empty' }, bucket: 'another' })
    expect(await fixture.objects.headObject({ bucket: 'another', name: 'copy', condition: {} })).toMatchObject({ length: 0 })
  })

  it('onto itself for its metadata keeps bytes, keys and ETag', async () => {
    const before = await fixture.storage.findVersion('bucket', 'a')
    const written = await copy({ ...self, metadataDirective: 'REPLACE', userMetadata: { mtime: '2' } })
    const after = await fixture.storage.findVersion('bucket', 'a')
    expect(written).toMatchObject({ etag: hexMd5(bytes), checksum: { algorithm: 'crc32' } })
    expect(after?.parts).toEqual(before?.parts)
    expect(after?.attributes['encryption']).toEqual(before?.attributes['encryption'])
    const { info, bytes: read } = await fixture.read('a')
    expect(info).toMatchObject({ userMetadata: { mtime: '2' }, headers: {} })
    expectBytes(read, bytes)
  })

  it.each<[string, Partial<CopyObjectRequest>]>([['a new class', { storageClass: 'REDUCED_REDUNDANCY' }], ['a new checksum', { checksumAlgorithm: 'crc64nvme' }], ['encryption', { encryption: { kind: 'SSE-S3' } }]])(
    'onto itself for %s writes it anew', async (_what, change) => {
      const before = await fixture.storage.findVersion('bucket', 'a')
      await copy({ ...self, ...change })
      expect((await fixture.storage.findVersion('bucket', 'a'))?.parts).not.toEqual(before?.parts)
      expectBytes((await fixture.read('a')).bytes, bytes)
      expect(fixture.storage.bodyCount).toBe(1)
    })

  it('of a multipart object is a simple one', async () => {
    const { uploadId } = await fixture.objects.createUpload({ bucket: 'bucket', name: 'big', headers: {}, userMetadata: {}, checksum: { algorithm: 'sha1' } }, signal)
    const address = { bucket: 'bucket', name: 'big', uploadId }
    const parts = []
    for (const [partNumber, own] of [[1, pattern(5 * mebibyte)], [2, bytes]] as const) {
      const { etag, checksum } = await fixture.objects.uploadPart({ ...address, partNumber, body: bodyOf(own) }, signal)
      parts.push({ partNumber, etag, checksum: { algorithm: 'sha1' as const, value: checksum?.value ?? '' } })
    }
    await fixture.objects.completeUpload({ ...address, parts, condition: {} }, signal)
    const whole = Buffer.concat([pattern(5 * mebibyte), bytes])
    const written = await copy({ source: { bucket: 'bucket', name: 'big' } })
    expect(written).toMatchObject({ etag: hexMd5(whole), checksum: { algorithm: 'sha1', type: 'FULL_OBJECT', value: Buffer.from(plainDigest('sha1', whole)).toString('base64') } })
    const read = await fixture.read('copy')
    expect(read.info.partCount).toBeUndefined()
    expectBytes(read.bytes, whole)
  })
})

describe('copying into a part', () => {
  let address: { bucket: string; name: string; uploadId: string }
  const copyPart = (more: Partial<CopyPartRequest> = {}): Promise<PartInfo> =>
    fixture.objects.copyPart({ ...address, partNumber: 1, source: base.source, sourceCondition: {}, ...more }, signal)
  beforeEach(async () => {
    const { uploadId } = await fixture.objects.createUpload({ bucket: 'bucket', name: 'big', headers: {}, userMetadata: {}, checksum: { algorithm: 'crc64nvme' } }, signal)
    address = { bucket: 'bucket', name: 'big', uploadId }
  })

  it.each<[string, Partial<CopyPartRequest>, ObjectFault]>([
    ['without its upload', { uploadId: 'missing' }, 'no-such-upload'],
    ['as part 0', { partNumber: 0 }, 'invalid-part-number'],
    ['without its source', { source: { bucket: 'bucket', name: 'missing' } }, 'no-such-object'],
    ['by a condition', { sourceCondition: { ifNoneMatch: '*' } }, 'precondition-failed'],
    ['from behind the end', { sourceRange: { from: 150_000, to: 150_000 } }, 'invalid-range'],
    ['to behind the end', { sourceRange: { from: 0, to: 150_000 } }, 'invalid-range'],
    ['backwards', { sourceRange: { from: 5, to: 4 } }, 'invalid-range'],
    ['far backwards', { sourceRange: { from: 50, to: 4 } }, 'invalid-range'],
  ])('is refused %s', async (_why, change, expected) => {
    await expect(copyPart(change)).rejects.toEqual(fault(expected))
  })

  it('is refused above 5 GiB', async () => {
    const version = await fixture.storage.findVersion('bucket', 'a')
    fixture.shown.findVersion = async () => version && { ...version, size: 6 * 1024 ** 3 }
    await expect(copyPart()).rejects.toEqual(fault('entity-too-large'))
  })

  it('takes the whole source, a range of it, or nothing at all', async () => {
    await fixture.put('empty', new Uint8Array(0))
    expect(await copyPart()).toMatchObject({ size: 150_000, etag: hexMd5(bytes), checksum: { algorithm: 'crc64nvme' } })
    const range = bytes.subarray(65_535, 131_073)
    const part = await copyPart({ sourceRange: { from: 65_535, to: 131_072 } })
    expect(part).toMatchObject({ size: range.byteLength, etag: hexMd5(range), checksum: { value: Buffer.from(plainDigest('crc64nvme', range)).toString('base64') } })
    expect(await copyPart({ partNumber: 2, source: { bucket: 'bucket', name: 'empty' } })).toMatchObject({ size: 0 })
    await fixture.objects.completeUpload({ ...address, parts: [{ partNumber: 1, etag: part.etag }], condition: {} }, signal)
    expectBytes((await fixture.read('big')).bytes, range)
  })
})
