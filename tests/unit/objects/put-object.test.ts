// PUT: everything it is refused for, before, during and after the body; then what is kept.
import { beforeEach, describe, expect, it } from 'vitest'
import { byteSourceOf, type ByteSource } from '../../../src-main/base/byte-stream.ts'
import type { ObjectFault, PutObjectRequest } from '../../../src-main/objects/index.ts'
import type { KeyStoreFault } from '../../../src-main/seams/key-store.ts'
import { StorageError } from '../../../src-main/seams/storage-backend.ts'
import { plainDigest } from '../../support/plain-digests.ts'
import { bodyOf, emptyMd5, expectBytes, fault, heldSource, hexMd5, openFixture, pattern, signal, storageFails, type Fixture } from './objects-fixture.ts'

let fixture: Fixture
beforeEach(async () => { fixture = await openFixture() })

const bytes = pattern(100_000)
/** A body that must not be read. */
function untouchedBody(size = 10): { body: PutObjectRequest['body']; state: { asked: number; cancelled: number } } {
  const state = { asked: 0, cancelled: 0 }
  const source: ByteSource = {
    next() {
      state.asked++
      return undefined
    },
    cancel: () => { state.cancelled++ },
  }
  return { body: { ...bodyOf(new Uint8Array(0)), size, source }, state }
}

describe('a PUT that is refused before its body', () => {
  it.each<[string, Partial<PutObjectRequest>, ObjectFault]>([
    ['an empty name', { name: '' }, 'invalid-object-name'],
    ['a name with NUL', { name: 'a\0' }, 'invalid-object-name'],
    ['a name of 1025 bytes', { name: 'n'.repeat(1025) }, 'object-name-too-long'],
    ['metadata of more than 2 KiB', { userMetadata: { a: 'x'.repeat(2048) } }, 'metadata-too-large'],
    ['a storage class we do not have', { storageClass: 'GLACIER' as 'STANDARD' }, 'invalid-storage-class'],
    ['a bucket that is not there', { bucket: 'missing' }, 'no-such-bucket'],
    ['a bucket that is not there, conditionally', { bucket: 'missing', condition: { ifNoneMatch: '*' } }, 'no-such-bucket'],
    ['If-None-Match over an object', { name: 'taken', condition: { ifNoneMatch: '*' } }, 'precondition-failed'],
    ['If-Match over another object', { name: 'taken', condition: { ifMatch: emptyMd5 } }, 'precondition-failed'],
    ['If-Match over nothing', { name: 'free', condition: { ifMatch: '*' } }, 'no-such-object'],
  ])('for %s', async (_why, change, expected) => {
    await fixture.put('taken', bytes)
    const generated = fixture.keys.generated
    const { body, state } = untouchedBody()
    const request = { bucket: 'bucket', name: 'free', headers: {}, userMetadata: {}, condition: {}, ...change }
    await expect(fixture.objects.checkPut({ ...request, size: 10 })).rejects.toEqual(fault(expected))
    await expect(fixture.objects.putObject({ ...request, body }, signal)).rejects.toEqual(fault(expected))
    expect(state.asked).toBe(0)
    expect(state.cancelled).toBeGreaterThan(0)
    expect(fixture.keys.generated).toBe(generated)
  })

  it('for more than 5 GiB', async () => {
    const { body } = untouchedBody(5 * 1024 ** 3 + 1)
    await expect(fixture.put('big', new Uint8Array(0), { body })).rejects.toEqual(fault('entity-too-large'))
  })

  it.each<[KeyStoreFault, ObjectFault]>([
    ['sealed', 'keys-sealed'], ['unreachable', 'key-store-unreachable'], ['no-such-key', 'no-such-key'], ['not-authorised', 'key-not-authorised'], ['key-disabled', 'key-not-authorised'],
  ])('for a key store that says %s', async (keyStoreFault, expected) => {
    fixture.keys.fault = keyStoreFault
    const { body, state } = untouchedBody()
    await expect(fixture.put('a', bytes, { body })).rejects.toEqual(fault(expected))
    expect(state).toMatchObject({ asked: 0 })
    expect(fixture.storage.bodyCount).toBe(0)
  })

  it('for a caller that has given up', async () => {
    const controller = new AbortController()
    controller.abort()
    const request = { bucket: 'bucket', name: 'a', body: bodyOf(bytes), headers: {}, userMetadata: {}, condition: {} }
    await expect(fixture.objects.putObject(request, controller.signal)).rejects.toEqual(fault('cancelled'))
    expect(fixture.storage.bodyCount).toBe(0)
  })
})

describe('a PUT whose body is not what was announced', () => {
  const wrong = new Uint8Array(32).fill(7)
  it.each([
    ['sha256-payload', { payloadSha256: wrong }],
    ['md5', { md5: wrong.subarray(16) }],
    ['crc32', { checksum: { algorithm: 'crc32', value: wrong.subarray(28) } }],
    ['crc32c', { checksum: { algorithm: 'crc32c', value: wrong.subarray(28) } }],
    ['crc64nvme', { checksum: { algorithm: 'crc64nvme', value: wrong.subarray(24) } }],
    ['sha1', { checksum: { algorithm: 'sha1', value: wrong.subarray(12) } }],
    ['sha256', { checksum: { algorithm: 'sha256', value: wrong } }],
  ] as const)('by its %s leaves the old object and no bytes behind', async (algorithm, expected) => {
    await fixture.put('a', pattern(10))
    for (const body of [bodyOf(bytes, expected), bodyOf(new Uint8Array(0), expected)]) {
      await expect(fixture.put('a', bytes, { body })).rejects.toEqual(fault('digest-mismatch', { algorithm }))
    }
    expect(fixture.storage.bodyCount).toBe(1)
    expectBytes((await fixture.read('a')).bytes, pattern(10))
  })

  it('by a digest of another length is refused too', async () => {
    await expect(fixture.put('a', bytes, { body: bodyOf(bytes, { md5: plainDigest('md5', bytes).subarray(1) }) })).rejects.toEqual(fault('digest-mismatch'))
  })

  it.each([[99_999, 'body-too-long'], [100_001, 'incomplete-body'], [0, 'body-too-long']] as const)('by its size (announced: %i)', async (size, expected) => {
    await expect(fixture.put('a', bytes, { body: { ...bodyOf(bytes), size } })).rejects.toEqual(fault(expected))
    expect(fixture.storage.bodyCount).toBe(0)
  })

  it('leaves no bytes behind when the announcement itself cannot be read', async () => {
    const own = new Error('malformed trailer')
    const body = { ...bodyOf(bytes), expected: () => { throw own } }
    await expect(fixture.put('a', bytes, { body })).rejects.toBe(own)
    expect(fixture.storage.bodyCount).toBe(0)
    expect(await fixture.objects.listObjects({ bucket: 'bucket', prefix: '', delimiter: '', after: '', limit: 10 })).toMatchObject({ objects: [] })
  })

  it('hands on the error of the sender untouched', async () => {
    const own = new Error('connection lost')
    const body = { ...bodyOf(bytes), source: { next: () => Promise.reject(own), cancel() {} } }
    await expect(fixture.put('a', bytes, { body })).rejects.toBe(own)
  })
})

describe('a PUT that storage refuses', () => {
  it.each([
    ['storage-full', 'storage-full'], ['write-quorum-lost', 'write-quorum-lost'], ['busy', 'busy'], ['closed', 'closed'], ['cancelled', 'cancelled'],
  ] as const)('with %s while the body comes in', async (storageFault, expected) => {
    fixture.shown.stageBody = storageFails(storageFault)
    await expect(fixture.put('a', bytes)).rejects.toEqual(fault(expected))
  })

  it('at the commit keeps the cause', async () => {
    const cause = new StorageError('write-quorum-lost', 'as arranged')
    fixture.shown.putVersion = () => Promise.reject(cause)
    await expect(fixture.put('a', bytes)).rejects.toMatchObject({ fault: 'write-quorum-lost', cause })
  })

  it('because of a bug travels untouched', async () => {
    const own = new TypeError('a bug')
    fixture.shown.putVersion = () => Promise.reject(own)
    await expect(fixture.put('a', bytes)).rejects.toBe(own)
  })

  it('because the bucket went away during the body', async () => {
    const source = heldSource(bytes)
    const putting = fixture.put('a', bytes, { body: { ...bodyOf(bytes), source } })
    await source.asked
    await fixture.objects.deleteBucket('bucket')
    source.letGo()
    await expect(putting).rejects.toEqual(fault('no-such-bucket'))
    expect(fixture.storage.bodyCount).toBe(0)
  })
})

describe('racing conditional PUTs', () => {
  it('let exactly one create the object, tested again as it commits', async () => {
    const sources = Array.from({ length: 8 }, (_, i) => heldSource(pattern(1000, i)))
    const puts = sources.map((source, i) => fixture.put('lock', bytes, { body: { ...bodyOf(pattern(1000, i)), source }, condition: { ifNoneMatch: '*' } }))
    const outcomes = Promise.allSettled(puts)
    await Promise.all(sources.map(({ asked }) => asked))
    for (const source of sources) source.letGo()
    const results = await outcomes
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(fault('precondition-failed', { condition: 'If-None-Match' }))
    expect(fixture.storage.bodyCount).toBe(1)
  })

  it('refuse an overwrite whose object changed during the body', async () => {
    const { etag } = await fixture.put('a', pattern(10))
    const source = heldSource(bytes)
    const putting = fixture.put('a', bytes, { body: { ...bodyOf(bytes), source }, condition: { ifMatch: etag } })
    await source.asked
    await fixture.put('a', pattern(20))
    source.letGo()
    await expect(putting).rejects.toEqual(fault('precondition-failed', { condition: 'If-Match' }))
    expect((await fixture.read('a')).length).toBe(20)
  })
})

describe('a PUT', () => {
  it.each([[0], [1], [65_536], [65_537], [1_500_000]])('of %i bytes gives them back under their MD5', async (size) => {
    const own = pattern(size)
    const written = await fixture.put('a', own)
    expect(written).toEqual({ etag: hexMd5(own), size, modifiedMs: fixture.clock.nowValueMs, encryption: { kind: 'SSE-S3' } })
    const read = await fixture.read('a')
    expectBytes(read.bytes, own)
    expect(read).toMatchObject({ length: size, info: { etag: hexMd5(own), size } })
  })

  it('of no bytes has the MD5 of nothing and stages nothing', async () => {
    expect((await fixture.put('a', new Uint8Array(0))).etag).toBe(emptyMd5)
    expect(fixture.storage.bodyCount).toBe(0)
  })

  it('keeps headers and metadata as they came', async () => {
    const headers = { contentType: 'text/plain; charset=ü', contentEncoding: 'gzip', contentDisposition: 'x', contentLanguage: 'de', cacheControl: 'no-cache', expires: 'never', websiteRedirectLocation: '/x' }
    const userMetadata = { mtime: '1.5', 'ü': '\u{1f600}', constructor: 'c', ['__proto__']: 'p' }
    await fixture.put('a', bytes, { headers, userMetadata, storageClass: 'REDUCED_REDUNDANCY' })
    const { info } = await fixture.read('a')
    expect(info).toMatchObject({ name: 'a', headers, storageClass: 'REDUCED_REDUNDANCY' })
    expect(Object.entries(info.userMetadata)).toEqual(Object.entries(userMetadata))
  })

  it.each(['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const)('computes and keeps a %s that was only asked for, and one that was sent', async (algorithm) => {
    const value = plainDigest(algorithm, bytes)
    const checksum = { algorithm, type: 'FULL_OBJECT', value: Buffer.from(value).toString('base64') }
    expect((await fixture.put('asked', bytes, { body: bodyOf(bytes, { algorithm }) })).checksum).toEqual(checksum)
    expect((await fixture.put('sent', bytes, { body: bodyOf(bytes, { checksum: { algorithm, value } }) })).checksum).toEqual(checksum)
    expect((await fixture.read('sent')).info.checksum).toEqual(checksum)
    const nothing = await fixture.put('empty', new Uint8Array(0), { body: bodyOf(new Uint8Array(0), { algorithm }) })
    expect(nothing.checksum?.value).toBe(Buffer.from(plainDigest(algorithm, new Uint8Array(0))).toString('base64'))
  })

  it('accepts every digest that is right at once', async () => {
    const expected = { payloadSha256: plainDigest('sha256', bytes), md5: plainDigest('md5', bytes), checksum: { algorithm: 'sha256' as const, value: plainDigest('sha256', bytes) } }
    await expect(fixture.put('a', bytes, { body: bodyOf(bytes, expected) })).resolves.toMatchObject({ checksum: { algorithm: 'sha256' } })
  })

  it('replaces, and frees what it replaced', async () => {
    for (let i = 1; i <= 3; i++) await fixture.put('a', pattern(i * 1000))
    expect(fixture.storage.bodyCount).toBe(1)
    expect((await fixture.read('a')).length).toBe(3000)
  })

  it('goes on when its conditions hold', async () => {
    const { etag } = await fixture.put('a', pattern(1), { condition: { ifNoneMatch: '*' } })
    await expect(fixture.put('a', pattern(2), { condition: { ifMatch: etag } })).resolves.toMatchObject({ size: 2 })
    await expect(fixture.put('a', pattern(3), { condition: { ifMatch: '*' } })).resolves.toMatchObject({ size: 3 })
  })

  it('tells whoever sends that nobody reads on, also after the end', async () => {
    let cancelled = 0
    const inner = byteSourceOf(bytes)
    await fixture.put('a', bytes, { body: { ...bodyOf(bytes), source: { next: () => inner.next(), cancel: () => { cancelled++ } } } })
    expect(cancelled).toBe(1)
  })
})
