// The AWS SDK for JavaScript against the edge over the real object layer, with storage in memory.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src-main/base/clock.ts'
import { systemRandom } from '../../../src-main/base/random.ts'
import { openObjects } from '../../../src-main/objects/index.ts'
import { defaultKeyName } from '../../../src-main/seams/key-store.ts'
import { openMemoryKeyStore } from '../../support/memory-key-store.ts'
import { openMemoryStorage } from '../../support/memory-storage.ts'
import { credentials, openFixture, type Fixture } from './s3-fixture.ts'

let fixture: Fixture
let client: S3Client
const Bucket = 'sdk-bucket'

beforeAll(async () => {
  const objects = openObjects({
    storage: openMemoryStorage(),
    keyStore: openMemoryKeyStore(defaultKeyName),
    clock: systemClock,
    random: systemRandom,
    settings: { encryptByDefault: true },
  })
  fixture = await openFixture({ objects: () => objects })
  client = new S3Client({ endpoint: `http://${fixture.host}`, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
  await client.send(new CreateBucketCommand({ Bucket }))
})
afterAll(async () => {
  client.destroy()
  await fixture.close()
})

async function failure(act: Promise<unknown>): Promise<{ name: string; status: number | undefined }> {
  try {
    await act
  } catch (error) {
    if (error instanceof S3ServiceException) return { name: error.name, status: error.$metadata.httpStatusCode }
    throw error
  }
  throw new Error('it succeeded')
}
const bytesOf = async (body: { transformToByteArray(): Promise<Uint8Array> } | undefined): Promise<Buffer> =>
  Buffer.from((await body?.transformToByteArray()) ?? [])
const put = (Key: string, Body: string | Uint8Array, more = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))

describe('refusals that the SDK understands', () => {
  it.each<[name: string, status: number, act: () => Promise<unknown>]>([
    ['NoSuchKey', 404, () => client.send(new GetObjectCommand({ Bucket, Key: 'none' }))],
    ['NotFound', 404, () => client.send(new HeadObjectCommand({ Bucket, Key: 'none' }))],
    ['NoSuchBucket', 404, () => client.send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' }))],
    ['NotFound', 404, () => client.send(new HeadBucketCommand({ Bucket: 'no-such-bucket' }))],
    ['BucketAlreadyOwnedByYou', 409, () => client.send(new CreateBucketCommand({ Bucket }))],
    ['InvalidBucketName', 400, () => client.send(new CreateBucketCommand({ Bucket: 'NotAName' }))],
    ['NoSuchUpload', 404, () => client.send(new ListPartsCommand({ Bucket, Key: 'a', UploadId: 'none' }))],
    ['NoSuchBucketPolicy', 404, () => client.send(new GetBucketPolicyCommand({ Bucket }))],
    ['NoSuchTagSet', 404, () => client.send(new GetBucketTaggingCommand({ Bucket }))],
    ['NotImplemented', 501, () => client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' }))],
    ['NotImplemented', 501, () => client.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [] } }))],
    ['NotImplemented', 501, () => put('kms', 'x', { ServerSideEncryption: 'aws:kms' })],
    ['NotImplemented', 501, () => put('public', 'x', { ACL: 'public-read' })],
    ['BadDigest', 400, () => put('digest', 'x', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })],
    ['BadDigest', 400, () => put('digest', 'x', { ChecksumSHA256: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' })],
    ['InvalidStorageClass', 400, () => put('class', 'x', { StorageClass: 'GLACIER' })],
    ['KeyTooLongError', 400, () => put('k'.repeat(1025), 'x')],
  ])('%s', async (name, status, act) => {
    expect(await failure(act())).toEqual({ name, status })
  })

  it('of conditions', async () => {
    const { ETag } = await put('conditional', 'one', { IfNoneMatch: '*' })
    expect(await failure(put('conditional', 'two', { IfNoneMatch: '*' }))).toEqual({ name: 'PreconditionFailed', status: 412 })
    expect(await failure(put('conditional', 'two', { IfMatch: '"other"' }))).toEqual({ name: 'PreconditionFailed', status: 412 })
    await put('conditional', 'two', { IfMatch: ETag })
    expect(await failure(client.send(new GetObjectCommand({ Bucket, Key: 'conditional', IfMatch: ETag })))).toEqual({ name: 'PreconditionFailed', status: 412 })
    expect((await failure(client.send(new GetObjectCommand({ Bucket, Key: 'conditional', IfModifiedSince: new Date() })))).status).toBe(304)
  })
})

describe('objects', () => {
  it.each(['plain', 'with space+plus', 'a//b/../c', 'é/😀', "quote'(1)*!~", 'trailing/', '%41', 'a?b=c&d#e'])('come back as they were put: %s', async (Key) => {
    const body = Buffer.from(`content of ${Key}`)
    const written = await put(Key, body, { Metadata: { note: 'v' }, ContentType: 'text/x', CacheControl: 'no-store' })
    expect(written).toMatchObject({ ServerSideEncryption: 'AES256', ChecksumType: 'FULL_OBJECT' })
    const read = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    expect(await bytesOf(read.Body)).toEqual(body)
    expect(read).toMatchObject({
      ETag: written.ETag,
      ContentType: 'text/x',
      CacheControl: 'no-store',
      Metadata: { note: 'v' },
      ContentLength: body.length,
      ServerSideEncryption: 'AES256',
      ChecksumCRC32: written.ChecksumCRC32,
    })
    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ETag: written.ETag, ContentLength: body.length })
    const found = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key, EncodingType: 'url' }))
    expect(found.Contents?.map((entry) => decodeURIComponent(entry.Key ?? ''))).toContain(Key)
    await client.send(new DeleteObjectCommand({ Bucket, Key }))
    expect((await failure(client.send(new HeadObjectCommand({ Bucket, Key })))).status).toBe(404)
  })

  it('are sent as a stream in chunks with a trailer, and as every checksum there is', async () => {
    const body = Buffer.alloc(300_000, 'stream')
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]), ContentLength: body.length }),
    )
    expect((await bytesOf((await client.send(new GetObjectCommand({ Bucket, Key: 'stream' }))).Body)).equals(body)).toBe(true)
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      const written = await put('checked', body, { ChecksumAlgorithm })
      const read = await client.send(new GetObjectCommand({ Bucket, Key: 'checked', ChecksumMode: 'ENABLED' }))
      expect(read[`Checksum${ChecksumAlgorithm}`]).toBe(written[`Checksum${ChecksumAlgorithm}`])
      expect((await bytesOf(read.Body)).equals(body)).toBe(true)
    }
  })

  it('are read in ranges', async () => {
    await put('range', '0123456789')
    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=-3' }))
    expect((await bytesOf(read.Body)).toString()).toBe('789')
    expect(read.ContentRange).toBe('bytes 7-9/10')
    expect(await failure(client.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=10-' })))).toEqual({ name: 'InvalidRange', status: 416 })
  })

  it('are empty when nothing was put', async () => {
    expect((await put('empty', '')).ETag).toBe('"d41d8cd98f00b204e9800998ecf8427e"')
    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'empty' }))
    expect((await bytesOf(read.Body)).length).toBe(0)
  })

  it('are copied with their description or another', async () => {
    const source = await put('from/é', 'copied', { Metadata: { a: '1' }, ContentType: 'text/a' })
    const copied = await client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: encodeURI(`${Bucket}/from/é`) }))
    expect(copied.CopyObjectResult?.ETag).toBe(source.ETag)
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/a' })
    await client.send(
      new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/to`, MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'text/b' }),
    )
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).toMatchObject({ Metadata: { b: '2' }, ContentType: 'text/b' })
    expect(await failure(client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/to` })))).toEqual({
      name: 'InvalidRequest',
      status: 400,
    })
    expect(await failure(client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/none` })))).toEqual({ name: 'NoSuchKey', status: 404 })
  })

  it('are deleted many at once, absent ones too', async () => {
    await Promise.all(['many/1', 'many/2 &<>'].map((Key) => put(Key, 'x')))
    const deleted = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'many/1' }, { Key: 'many/2 &<>' }, { Key: 'many/none' }] } }),
    )
    expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(['many/1', 'many/2 &<>', 'many/none'])
    expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))).KeyCount).toBe(0)
  })
})

describe('lists', () => {
  it('page through names and common prefixes in byte order', async () => {
    const names = ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/\u{ffee}', 'list/\u{1f600}']
    await Promise.all(names.map((Key) => put(Key, 'x')))
    const seen: (string | undefined)[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/', MaxKeys: 2, ContinuationToken }))
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix), ...(page.Contents ?? []).map(({ Key }) => Key))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(seen.sort()).toEqual(['list/a', 'list/b/', 'list/c', 'list/\u{ffee}', 'list/\u{1f600}'].sort())
    const first = await client.send(new ListObjectsCommand({ Bucket, Prefix: 'list/', MaxKeys: 4 }))
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'list/c' })
    const rest = await client.send(new ListObjectsCommand({ Bucket, Prefix: 'list/', Marker: first.NextMarker }))
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['list/\u{ffee}', 'list/\u{1f600}'])
    const versions = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'list/', MaxKeys: 2 }))
    expect(versions.Versions?.[0]).toMatchObject({ VersionId: 'null', IsLatest: true, Key: 'list/a' })
    expect(versions.NextKeyMarker).toBe('list/b/1')
  })
})

describe('multipart uploads', () => {
  const part = Buffer.alloc(5 * 1024 * 1024, 'part')
  it('are put together from parts and from copied ranges, and read by part', async () => {
    await put('source', part)
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big', Metadata: { m: '1' }, ChecksumAlgorithm: 'CRC32' }))
    const one = await client.send(new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber: 1, Body: part, ChecksumAlgorithm: 'CRC32' }))
    const two = await client.send(
      new UploadPartCopyCommand({ Bucket, Key: 'big', UploadId, PartNumber: 2, CopySource: `${Bucket}/source`, CopySourceRange: 'bytes=0-9' }),
    )
    const parts = await client.send(new ListPartsCommand({ Bucket, Key: 'big', UploadId, MaxParts: 1 }))
    expect(parts).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1', ChecksumAlgorithm: 'CRC32' })
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.map(({ Key }) => Key)).toEqual(['big'])
    const Parts = [
      { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
      { PartNumber: 2, ETag: two.CopyPartResult?.ETag, ChecksumCRC32: two.CopyPartResult?.ChecksumCRC32 },
    ]
    expect(
      await failure(client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts: [...Parts].reverse() } }))),
    ).toEqual({ name: 'InvalidPartOrder', status: 400 })
    const complete = await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } }))
    expect(complete.ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'big', PartNumber: 2 }))
    expect((await bytesOf(read.Body)).toString()).toBe('partpartpa')
    expect(read).toMatchObject({ PartsCount: 2, ContentRange: `bytes ${part.length}-${part.length + 9}/${part.length + 10}`, Metadata: { m: '1' } })
    const whole = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }))
    expect((await bytesOf(whole.Body)).equals(Buffer.concat([part, part.subarray(0, 10)]))).toBe(true)
  })

  it('are given up', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'gone' }))
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'gone', UploadId }))
    expect((await failure(client.send(new UploadPartCommand({ Bucket, Key: 'gone', UploadId, PartNumber: 1, Body: 'x' })))).name).toBe('NoSuchUpload')
  })
})

describe('buckets', () => {
  it('answer what clients ask on the way', async () => {
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain(Bucket)
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint ?? '').toBe('')
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
    expect(
      (await client.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
        ?.SSEAlgorithm,
    ).toBe('AES256')
    expect((await client.send(new GetBucketAclCommand({ Bucket }))).Grants?.[0]?.Permission).toBe('FULL_CONTROL')
    await put('tags', 'x')
    expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tags' }))).TagSet).toEqual([])
    expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1')
  })

  it('go only when they are empty', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'short-lived' }))
    await client.send(new PutObjectCommand({ Bucket: 'short-lived', Key: 'a', Body: 'x' }))
    expect(await failure(client.send(new DeleteBucketCommand({ Bucket: 'short-lived' })))).toEqual({ name: 'BucketNotEmpty', status: 409 })
    await client.send(new DeleteObjectCommand({ Bucket: 'short-lived', Key: 'a' }))
    await client.send(new DeleteBucketCommand({ Bucket: 'short-lived' }))
    expect((await failure(client.send(new HeadBucketCommand({ Bucket: 'short-lived' })))).status).toBe(404)
  })
})
