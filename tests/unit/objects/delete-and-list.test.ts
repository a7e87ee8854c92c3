// Buckets, deletions one and many, listings.
import { beforeEach, describe, expect, it } from 'vitest'
import type { ObjectFault } from '../../../src-main/objects/index.ts'
import { bodyOf, emptyMd5, fault, openFixture, pattern, signal, storageFails, type Fixture } from './objects-fixture.ts'

let fixture: Fixture
beforeEach(async () => { fixture = await openFixture() })
const list = { bucket: 'bucket', prefix: '', delimiter: '', after: '', limit: 1000 }
const names = async (): Promise<readonly string[]> => (await fixture.objects.listObjects(list)).objects.map(({ name }) => name)

describe('buckets', () => {
  it.each<[string, ObjectFault]>([['bucket', 'bucket-exists'], ['Not a bucket', 'invalid-bucket-name'], ['ab', 'invalid-bucket-name']])('refuses to create %j', async (name, expected) => {
    await expect(fixture.objects.createBucket(name)).rejects.toEqual(fault(expected))
  })

  it('refuses to create more than there may be, but says plainly that one exists', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ name: `bucket-${i}`, createdMs: 0, documents: {} }))
    fixture.shown.listBuckets = async () => [...many, { name: 'bucket', createdMs: 0, documents: {} }]
    await expect(fixture.objects.createBucket('another')).rejects.toEqual(fault('too-many-buckets'))
    await expect(fixture.objects.createBucket('bucket')).rejects.toEqual(fault('bucket-exists'))
  })

  it('refuses to remove what is not there, or not empty', async () => {
    await expect(fixture.objects.deleteBucket('missing')).rejects.toEqual(fault('no-such-bucket'))
    await fixture.put('a', pattern(1))
    await expect(fixture.objects.deleteBucket('bucket')).rejects.toEqual(fault('bucket-not-empty'))
  })

  it('are found, listed and removed', async () => {
    expect(await fixture.objects.findBucket('missing')).toBeUndefined()
    expect(await fixture.objects.findBucket('bucket')).toEqual({ name: 'bucket', createdMs: fixture.clock.nowValueMs })
    await fixture.objects.createBucket('a-bucket')
    expect((await fixture.objects.listBuckets()).map(({ name }) => name)).toEqual(['a-bucket', 'bucket'])
    await fixture.objects.deleteBucket('bucket')
    expect(await fixture.objects.findBucket('bucket')).toBeUndefined()
  })
})

describe('a deletion', () => {
  it('is refused without its bucket, and when storage cannot write', async () => {
    await expect(fixture.objects.deleteObject({ bucket: 'missing', name: 'a' })).rejects.toEqual(fault('no-such-bucket'))
    await expect(fixture.objects.deleteObjects('missing', [])).rejects.toEqual(fault('no-such-bucket'))
    fixture.shown.deleteVersions = storageFails('write-quorum-lost')
    await expect(fixture.objects.deleteObject({ bucket: 'bucket', name: 'a' })).rejects.toEqual(fault('write-quorum-lost'))
  })

  it('has its own outcome for each name, in order, and one batch for all that can go', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await fixture.put(name, pattern(10))
    const { etag } = await fixture.put('e', pattern(20))
    const batches: string[][] = []
    fixture.shown.deleteVersions = (bucket, deletions) => {
      batches.push(deletions.map(({ name }) => name))
      return fixture.storage.deleteVersions(bucket, deletions)
    }
    const results = await fixture.objects.deleteObjects('bucket', [
      { name: 'missing' }, { name: 'a' }, { name: 'b', ifMatch: emptyMd5 }, { name: '' }, { name: 'x'.repeat(1025) }, { name: 'c', versionId: 'other' },
      { name: 'd', versionId: 'null' }, { name: 'e', ifMatch: etag }, { name: 'missing', ifMatch: etag }, { name: 'a' },
    ])
    expect(results).toEqual([
      { name: 'missing' }, { name: 'a' }, { name: 'b', fault: 'precondition-failed' }, { name: '', fault: 'invalid-object-name' },
      { name: 'x'.repeat(1025), fault: 'object-name-too-long' }, { name: 'c', versionId: 'other', fault: 'no-such-version' }, { name: 'd', versionId: 'null' },
      { name: 'e' }, { name: 'missing' }, { name: 'a' },
    ])
    expect(batches[0]).toEqual(['missing', 'a', 'd', 'e'])
    expect(await names()).toEqual(['b', 'c'])
  })

  it('spares an object that changed between the test and the batch, and only that', async () => {
    const { etag } = await fixture.put('a', pattern(10))
    await fixture.put('b', pattern(10))
    let isFirst = true
    fixture.shown.deleteVersions = async (bucket, deletions) => {
      if (isFirst) await fixture.put('a', pattern(99))
      isFirst = false
      return fixture.storage.deleteVersions(bucket, deletions)
    }
    expect(await fixture.objects.deleteObjects('bucket', [{ name: 'a', ifMatch: etag }, { name: 'b' }])).toEqual([{ name: 'a', fault: 'precondition-failed' }, { name: 'b' }])
    expect(await names()).toEqual(['a'])
  })

  it('takes several conditions on one name one after the other', async () => {
    const { etag } = await fixture.put('a', pattern(10))
    expect(await fixture.objects.deleteObjects('bucket', [{ name: 'a', ifMatch: 'x' }, { name: 'a', ifMatch: etag }, { name: 'a', ifMatch: etag }])).toEqual([
      { name: 'a', fault: 'precondition-failed' }, { name: 'a' }, { name: 'a' },
    ])
    expect(await names()).toEqual([])
  })

  it('of one name removes it, or says why not', async () => {
    await fixture.put('a', pattern(10))
    expect(await fixture.objects.deleteObject({ bucket: 'bucket', name: 'a', ifMatch: 'x' })).toEqual({ name: 'a', fault: 'precondition-failed' })
    expect(await fixture.objects.deleteObject({ bucket: 'bucket', name: 'a', ifMatch: '*' })).toEqual({ name: 'a' })
    expect(await fixture.objects.deleteObject({ bucket: 'bucket', name: 'a' })).toEqual({ name: 'a' })
    expect(fixture.storage.bodyCount).toBe(0)
  })
})

describe('listings', () => {
  it('are refused without a bucket, a page of nothing too', async () => {
    const uploads = { bucket: 'missing', prefix: '', delimiter: '', afterName: '', afterUploadId: '' }
    for (const limit of [0, 10]) {
      await expect(fixture.objects.listObjects({ ...list, bucket: 'missing', limit })).rejects.toEqual(fault('no-such-bucket'))
      await expect(fixture.objects.listUploads({ ...uploads, limit })).rejects.toEqual(fault('no-such-bucket'))
    }
  })

  it('of nothing are empty and at their end, whatever there is', async () => {
    await fixture.put('a', pattern(1))
    expect(await fixture.objects.listObjects({ ...list, limit: 0 })).toEqual({ objects: [], commonPrefixes: [], next: undefined })
    expect(await fixture.objects.listUploads({ bucket: 'bucket', prefix: '', delimiter: '', afterName: '', afterUploadId: '', limit: 0 })).toEqual({ uploads: [], commonPrefixes: [], next: undefined })
  })

  it('show each object in a few words and ask for no key', async () => {
    await fixture.put('dir/a', pattern(5), { body: bodyOf(pattern(5), { algorithm: 'crc32c' }) })
    await fixture.put('b', pattern(6), { storageClass: 'REDUCED_REDUNDANCY' })
    fixture.keys.fault = 'sealed'
    const page = await fixture.objects.listObjects({ ...list, limit: 1 })
    expect(page).toMatchObject({ objects: [{ name: 'b', size: 6, storageClass: 'REDUCED_REDUNDANCY', modifiedMs: fixture.clock.nowValueMs }], next: 'b' })
    expect(await fixture.objects.listObjects({ ...list, after: 'b' })).toMatchObject({ objects: [{ name: 'dir/a', checksum: { algorithm: 'crc32c', type: 'FULL_OBJECT' } }], next: undefined })
    expect(await fixture.objects.listObjects({ ...list, delimiter: '/' })).toMatchObject({ objects: [{ name: 'b' }], commonPrefixes: ['dir/'] })
  })

  it('of uploads show them by name and age', async () => {
    const create = (name: string): Promise<unknown> => fixture.objects.createUpload({ bucket: 'bucket', name, headers: {}, userMetadata: {}, checksum: { algorithm: 'sha256' } }, signal)
    for (const name of ['z', 'a/1', 'a/2']) await create(name)
    const page = await fixture.objects.listUploads({ bucket: 'bucket', prefix: '', delimiter: '/', afterName: '', afterUploadId: '', limit: 10 })
    expect(page).toMatchObject({ commonPrefixes: ['a/'], uploads: [{ name: 'z', storageClass: 'STANDARD', checksum: { algorithm: 'sha256', type: 'COMPOSITE' } }] })
  })
})
