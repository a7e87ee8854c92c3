// Multipart uploads: what each step refuses, races between parts and completion, repeated completions; then the object.
import { beforeEach, describe, expect, it } from 'vitest'
import type { CompleteUploadRequest, CreateUploadRequest, ObjectFault, PartInfo, UploadPartRequest, WrittenObject } from '../../../src-main/objects/index.ts'
import { StorageError } from '../../../src-main/seams/storage-backend.ts'
import { plainDigest } from '../../support/plain-digests.ts'
import { bodyOf, expectBytes, fault, heldSource, hexMd5, mebibyte, openFixture, pattern, signal, storageFails, type Fixture } from './objects-fixture.ts'

let fixture: Fixture
let upload: { bucket: string; name: string; uploadId: string }
const first = pattern(5 * mebibyte, 1)
const last = pattern(70_001, 2)

const create = async (more: Partial<CreateUploadRequest> = {}): Promise<typeof upload> => {
  const { uploadId } = await fixture.objects.createUpload({ bucket: 'bucket', name: 'big', headers: {}, userMetadata: {}, ...more }, signal)
  return { bucket: 'bucket', name: 'big', uploadId }
}
const part = (partNumber: number, bytes: Uint8Array, more: Partial<UploadPartRequest> = {}): Promise<PartInfo> =>
  fixture.objects.uploadPart({ ...upload, partNumber, body: bodyOf(bytes), ...more }, signal)
const complete = (parts: CompleteUploadRequest['parts'], more: Partial<CompleteUploadRequest> = {}): Promise<WrittenObject> =>
  fixture.objects.completeUpload({ ...upload, parts, condition: {}, ...more }, signal)

beforeEach(async () => {
  fixture = await openFixture()
  upload = await create()
})

describe('creating an upload is refused', () => {
  it.each<[string, Partial<CreateUploadRequest>, ObjectFault]>([
    ['without its bucket', { bucket: 'missing' }, 'no-such-bucket'],
    ['without a name', { name: '' }, 'invalid-object-name'],
    ['with too much metadata', { userMetadata: { a: 'x'.repeat(3000) } }, 'metadata-too-large'],
    ['with a class we do not have', { storageClass: 'X' as 'STANDARD' }, 'invalid-storage-class'],
    ['with a checksum of the wrong type', { checksum: { algorithm: 'sha256', type: 'FULL_OBJECT' } }, 'invalid-checksum-request'],
  ])('%s', async (_why, change, expected) => {
    await expect(create(change)).rejects.toEqual(fault(expected))
  })

  it('while the keys are sealed', async () => {
    fixture.keys.fault = 'sealed'
    await expect(create()).rejects.toEqual(fault('keys-sealed'))
  })
})

describe('a part is refused', () => {
  it.each<[string, Partial<UploadPartRequest>, ObjectFault]>([
    ['without its bucket', { bucket: 'missing' }, 'no-such-bucket'],
    ['without its upload', { uploadId: 'missing' }, 'no-such-upload'],
    ['under another name', { name: 'other' }, 'no-such-upload'],
    ['as number 0', { partNumber: 0 }, 'invalid-part-number'],
    ['as number 10,001', { partNumber: 10_001 }, 'invalid-part-number'],
    ['above 5 GiB', { body: { ...bodyOf(last), size: 5 * 1024 ** 3 + 1 } }, 'entity-too-large'],
    ['with fewer bytes than announced', { body: { ...bodyOf(last), size: 70_002 } }, 'incomplete-body'],
    ['with another MD5', { body: bodyOf(last, { md5: new Uint8Array(16) }) }, 'digest-mismatch'],
  ])('%s', async (_why, change, expected) => {
    await expect(part(1, last, change)).rejects.toEqual(fault(expected))
    expect(fixture.storage.bodyCount).toBe(0)
  })

  it('with a checksum of another algorithm than the upload', async () => {
    upload = await create({ checksum: { algorithm: 'crc32c' } })
    await expect(part(1, last, { body: bodyOf(last, { algorithm: 'sha1' }) })).rejects.toEqual(fault('invalid-checksum-request', { algorithm: 'sha1' }))
  })

  it('when its upload is aborted while it comes in, and frees its bytes', async () => {
    const source = heldSource(last)
    const uploading = part(1, last, { body: { ...bodyOf(last), source } })
    await source.asked
    await fixture.objects.abortUpload(upload)
    source.letGo()
    await expect(uploading).rejects.toEqual(fault('no-such-upload'))
    expect(fixture.storage.bodyCount).toBe(0)
  })

  it('when its upload is being completed, so that what was checked is what is stored', async () => {
    await part(1, last)
    const listing = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    fixture.shown.listParts = async (...input) => {
      const parts = await fixture.storage.listParts(...input)
      listing.resolve()
      await goOn.promise
      return parts
    }
    const completing = complete([{ partNumber: 1, etag: hexMd5(last) }])
    await listing.promise
    await expect(part(1, first)).rejects.toEqual(fault('busy'))
    expect(fixture.storage.bodyCount).toBe(1)
    goOn.resolve()
    await expect(completing).resolves.toMatchObject({ size: last.byteLength })
    await expect(part(1, first)).rejects.toEqual(fault('no-such-upload'))
  })

  it('never: a completion waits for a part that is just being committed', async () => {
    await part(1, last)
    const committing = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    fixture.shown.putPart = async (...input) => {
      committing.resolve()
      await goOn.promise
      return fixture.storage.putPart(...input)
    }
    const replacing = part(1, first)
    await committing.promise
    const completing = complete([{ partNumber: 1, etag: hexMd5(last) }])
    goOn.resolve()
    await replacing
    await expect(completing).rejects.toEqual(fault('invalid-part', { partNumber: 1 }))
    await expect(complete([{ partNumber: 1, etag: hexMd5(first) }])).resolves.toMatchObject({ size: first.byteLength })
  })
})

describe('completing is refused', () => {
  const tags = [{ partNumber: 1, etag: hexMd5(first) }, { partNumber: 2, etag: hexMd5(last) }] as const
  beforeEach(async () => {
    await part(1, first)
    await part(2, last)
  })

  it.each<[string, CompleteUploadRequest['parts'], Partial<CompleteUploadRequest>, ObjectFault]>([
    ['without parts', [], {}, 'invalid-part'],
    ['with parts out of order', [tags[1], tags[0]], {}, 'invalid-part-order'],
    ['with a part twice', [tags[0], tags[0]], {}, 'invalid-part-order'],
    ['with a part that is not there', [...tags, { partNumber: 3, etag: tags[0].etag }], {}, 'invalid-part'],
    ['with a part of another ETag', [{ partNumber: 1, etag: tags[1].etag }], {}, 'invalid-part'],
    ['with a part of another checksum', [{ ...tags[0], checksum: { algorithm: 'crc32', value: 'AAAAAA==' } }], {}, 'invalid-part'],
    ['without its bucket', tags, { bucket: 'missing' }, 'no-such-bucket'],
    ['without its upload', tags, { uploadId: 'missing' }, 'no-such-upload'],
    ['under another name', tags, { name: 'other' }, 'no-such-upload'],
    ['with another size', tags, { objectSize: 1 }, 'invalid-checksum-request'],
    ['with a checksum it was not created with', tags, { checksum: { algorithm: 'crc32', value: 'AAAAAA==' } }, 'invalid-checksum-request'],
    ['by If-Match over nothing', tags, { condition: { ifMatch: '*' } }, 'no-such-object'],
  ])('%s, and the upload goes on', async (_why, parts, more, expected) => {
    await expect(complete(parts, more)).rejects.toEqual(fault(expected))
    await expect(complete(tags)).resolves.toMatchObject({ size: first.byteLength + last.byteLength })
  })

  it('with a part that is too small and not the last', async () => {
    await part(1, pattern(5 * mebibyte - 1))
    const etag = hexMd5(pattern(5 * mebibyte - 1))
    await expect(complete([{ partNumber: 1, etag }, tags[1]])).rejects.toEqual(
      fault('entity-too-small', { partNumber: 1, etag, proposedSize: 5 * mebibyte - 1, minSizeAllowed: 5 * mebibyte }),
    )
  })

  it('when the parts together are too large', async () => {
    fixture.shown.listParts = async (...input) =>
      (await fixture.storage.listParts(...input)).map((own) => ({ ...own, body: { ...own.body, size: 3 * 1024 ** 4 } }))
    await expect(complete(tags)).rejects.toEqual(fault('entity-too-large'))
  })

  it('when a part went away at the last moment', async () => {
    fixture.shown.completeUpload = storageFails('no-such-version')
    await expect(complete(tags)).rejects.toEqual(fault('invalid-part'))
  })

  it('when storage cannot write, or has a bug', async () => {
    fixture.shown.completeUpload = storageFails('write-quorum-lost')
    await expect(complete(tags)).rejects.toEqual(fault('write-quorum-lost'))
    const own = new TypeError('a bug')
    fixture.shown.completeUpload = () => Promise.reject(own)
    await expect(complete(tags)).rejects.toBe(own)
  })

  it('when somebody wrote the object meanwhile', async () => {
    fixture.shown.completeUpload = async (...input) => {
      await fixture.put('big', pattern(1))
      return fixture.storage.completeUpload(...input)
    }
    await expect(complete(tags, { condition: { ifNoneMatch: '*' } })).rejects.toEqual(fault('precondition-failed', { condition: 'If-None-Match' }))
    expect((await fixture.read('big')).length).toBe(1)
  })

  it('after it was aborted', async () => {
    await fixture.objects.abortUpload(upload)
    await expect(complete(tags)).rejects.toEqual(fault('no-such-upload'))
    await expect(fixture.objects.abortUpload(upload)).rejects.toEqual(fault('no-such-upload'))
    await expect(fixture.objects.listParts(upload, 0, 10)).rejects.toEqual(fault('no-such-upload'))
    expect(fixture.storage.bodyCount).toBe(0)
  })

  it('by a caller that has given up', async () => {
    const controller = new AbortController()
    controller.abort()
    await expect(fixture.objects.completeUpload({ ...upload, parts: tags, condition: {} }, controller.signal)).rejects.toEqual(fault('cancelled'))
  })
})

describe('completing again', () => {
  it('gives the same answer while the object is the one it made, also with a condition that now fails', async () => {
    const tags = [{ partNumber: 1, etag: (await part(1, last)).etag }]
    const written = await complete(tags, { condition: { ifNoneMatch: '*' } })
    fixture.clock.nowValueMs += 60_000
    expect(await complete(tags, { condition: { ifNoneMatch: '*' } })).toEqual(written)
    await expect(complete([{ partNumber: 1, etag: hexMd5(first) }])).rejects.toEqual(fault('no-such-upload'))
    await expect(complete([{ partNumber: 1, etag: 'no MD5' }])).rejects.toEqual(fault('no-such-upload'))
    await fixture.put('big', pattern(1))
    await expect(complete(tags)).rejects.toEqual(fault('no-such-upload'))
  })

  it('at the same time gives all the same answer', async () => {
    const tags = [{ partNumber: 1, etag: (await part(1, last)).etag }]
    const results = await Promise.all(Array.from({ length: 5 }, () => complete(tags)))
    for (const result of results) expect(result).toEqual(results[0])
  })
})

describe('checksums of an upload', () => {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

  it('that are composite must be shown again for each part, and be right', async () => {
    upload = await create({ checksum: { algorithm: 'sha256' } })
    const { etag, checksum } = await part(1, last)
    expect(checksum).toEqual({ algorithm: 'sha256', type: 'FULL_OBJECT', value: base64(plainDigest('sha256', last)) })
    const value = checksum?.value ?? ''
    const named = { partNumber: 1, etag }
    await expect(complete([named])).rejects.toEqual(fault('invalid-checksum-request', { partNumber: 1 }))
    await expect(complete([{ ...named, checksum: { algorithm: 'sha1', value } }])).rejects.toEqual(fault('invalid-checksum-request', { partNumber: 1 }))
    await expect(complete([{ ...named, checksum: { algorithm: 'sha256', value: base64(new Uint8Array(32)) } }])).rejects.toEqual(fault('invalid-part'))
    const parts = [{ ...named, checksum: { algorithm: 'sha256' as const, value } }]
    await expect(complete(parts, { checksum: { algorithm: 'sha256', value } })).rejects.toEqual(fault('digest-mismatch', { algorithm: 'sha256' }))
    const whole = `${base64(plainDigest('sha256', plainDigest('sha256', last)))}-1`
    const written = await complete(parts, { checksum: { algorithm: 'sha256', value: whole } })
    expect(written.checksum).toEqual({ algorithm: 'sha256', type: 'COMPOSITE', value: whole })
    expect((await fixture.objects.headObject({ bucket: 'bucket', name: 'big', condition: {} })).info.checksum).toEqual(written.checksum)
    expect(await complete(parts)).toEqual(written)
  })

  it.each(['crc32', 'crc32c', 'crc64nvme'] as const)('of the whole object (%s) are put together and compared', async (algorithm) => {
    upload = await create({ checksum: { algorithm, type: 'FULL_OBJECT' } })
    const tags = [{ partNumber: 2, etag: (await part(2, first)).etag }, { partNumber: 7, etag: (await part(7, last, { body: bodyOf(last, { checksum: { algorithm, value: plainDigest(algorithm, last) } }) })).etag }]
    const value = base64(plainDigest(algorithm, Buffer.concat([first, last])))
    await expect(complete(tags, { checksum: { algorithm, value: base64(plainDigest(algorithm, last)) } })).rejects.toEqual(fault('digest-mismatch', { algorithm }))
    expect((await complete(tags, { checksum: { algorithm, value }, objectSize: first.byteLength + last.byteLength })).checksum).toEqual({ algorithm, type: 'FULL_OBJECT', value })
  })
})

describe('listing parts', () => {
  it('pages through them', async () => {
    for (const partNumber of [1, 3, 9]) await part(partNumber, pattern(partNumber))
    const page = await fixture.objects.listParts(upload, 0, 2)
    expect(page).toMatchObject({ truncated: true, upload: { uploadId: upload.uploadId, name: 'big' }, parts: [{ partNumber: 1, size: 1, etag: hexMd5(pattern(1)), encryption: { kind: 'SSE-S3' } }, { partNumber: 3 }] })
    expect(await fixture.objects.listParts(upload, 3, 2)).toMatchObject({ truncated: false, parts: [{ partNumber: 9 }] })
    expect(await fixture.objects.listParts(upload, 0, 3)).toMatchObject({ truncated: false })
    expect(await fixture.objects.listParts(upload, 0, 0)).toMatchObject({ parts: [], truncated: false })
    await expect(fixture.objects.listParts({ ...upload, uploadId: 'missing' }, 0, 1)).rejects.toEqual(fault('no-such-upload'))
  })

  it('reads all of more than a page when it completes', async () => {
    const stored = Array.from({ length: 2500 }, (_, i) => i + 1)
    fixture.shown.listParts = async (_upload, after, limit) => stored.filter((n) => n > after).slice(0, Math.min(limit, 1000)).map((partNumber) => (
      { partNumber, etag: hexMd5(last), modifiedMs: 0, attributes: {}, body: { size: 5 * mebibyte, reference: {} } }))
    let completed = 0
    fixture.shown.completeUpload = (_upload, { partNumbers }) => {
      completed = partNumbers.length
      return Promise.reject(new StorageError('busy', 'enough'))
    }
    await expect(complete(stored.map((partNumber) => ({ partNumber, etag: hexMd5(last) })))).rejects.toEqual(fault('busy'))
    expect(completed).toBe(2500)
  })
})

describe('a multipart object', () => {
  const middle = pattern(5 * mebibyte + 12_345, 3)
  beforeEach(async () => {
    upload = await create({ headers: { contentType: 'x/y' }, userMetadata: { a: 'b' }, storageClass: 'REDUCED_REDUNDANCY' })
    await part(2, first)
    await part(4, last)
    await part(4, middle)
    await part(6, pattern(5 * mebibyte, 6))
    await part(9, new Uint8Array(0))
    await complete([{ partNumber: 2, etag: hexMd5(first) }, { partNumber: 4, etag: hexMd5(middle) }, { partNumber: 9, etag: hexMd5(new Uint8Array(0)) }])
  })

  it('has the ETag of its parts, the words of its creation, and no byte of what was left out', async () => {
    const md5s = Buffer.from(hexMd5(first) + hexMd5(middle) + hexMd5(new Uint8Array(0)), 'hex')
    const { info } = await fixture.objects.headObject({ bucket: 'bucket', name: 'big', condition: {} })
    expect(info).toMatchObject({ etag: `${hexMd5(md5s)}-3`, partCount: 3, headers: { contentType: 'x/y' }, userMetadata: { a: 'b' }, storageClass: 'REDUCED_REDUNDANCY' })
    expect(fixture.storage.bodyCount).toBe(2)
  })

  it('is read as a whole, by ranges across its parts, and by its parts in order', async () => {
    const whole = Buffer.concat([first, middle])
    expectBytes((await fixture.read('big')).bytes, whole)
    const cut = first.byteLength
    for (const [from, to] of [[cut - 1, cut], [cut - 70_000, cut + 70_000], [cut, cut], [0, 0], [whole.byteLength - 1, whole.byteLength - 1], [65_536, whole.byteLength - 65_537]] as const) {
      expectBytes((await fixture.read('big', { range: { form: 'from-to', from, to } })).bytes, whole.subarray(from, to + 1))
    }
    const second = await fixture.read('big', { partNumber: 2 })
    expect(second.range).toEqual({ from: cut, to: whole.byteLength - 1 })
    expectBytes(second.bytes, middle)
    const third = await fixture.read('big', { partNumber: 3 })
    expect([third.length, third.range, third.bytes?.byteLength]).toEqual([0, undefined, 0])
    await expect(fixture.read('big', { partNumber: 4 })).rejects.toEqual(fault('invalid-part-number', { partCount: 3 }))
  })

  it('is read to its end though it is overwritten meanwhile', async () => {
    const { body, length } = await fixture.objects.getObject({ bucket: 'bucket', name: 'big', condition: {} }, signal)
    await fixture.put('big', pattern(1))
    const chunks: Buffer[] = []
    for (let chunk = await body?.next(); chunk !== undefined; chunk = await body?.next()) chunks.push(Buffer.from(chunk))
    expect(Buffer.concat(chunks).byteLength).toBe(length)
    expectBytes(Buffer.concat(chunks), Buffer.concat([first, middle]))
  })
})
