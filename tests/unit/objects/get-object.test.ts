// GET and HEAD: refusals, conditions, ranges, and bodies that fail on their way.
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { byteSourceOf, type ByteSource } from '../../../src-main/base/byte-stream.ts'
import type { GetObjectRequest, ObjectFault } from '../../../src-main/objects/index.ts'
import { StorageError } from '../../../src-main/seams/storage-backend.ts'
import { emptyMd5, expectBytes, fault, openFixture, pattern, signal, storageFails, type Fixture } from './objects-fixture.ts'

let fixture: Fixture
const bytes = pattern(200_000)
beforeEach(async () => {
  fixture = await openFixture()
  await fixture.put('a', bytes)
  await fixture.put('empty', new Uint8Array(0))
})

/** A body that comes to `end` after `chunks`. */
function failingBody(chunks: readonly Uint8Array[], end: () => undefined): { source: ByteSource; state: { cancelled: number } } {
  const inner = byteSourceOf(...chunks)
  const state = { cancelled: 0 }
  return { source: { next: async () => (await inner.next()) ?? end(), cancel: () => { state.cancelled++ } }, state }
}

describe('a GET or HEAD that is refused', () => {
  it.each<[string, Partial<GetObjectRequest>, ObjectFault, object]>([
    ['without a bucket', { bucket: 'missing' }, 'no-such-bucket', {}],
    ['without an object', { name: 'missing' }, 'no-such-object', {}],
    ['without that version', { versionId: 'other' }, 'no-such-version', {}],
    ['by If-Match', { condition: { ifMatch: emptyMd5 } }, 'precondition-failed', { condition: 'If-Match' }],
    ['by If-Unmodified-Since', { condition: { ifUnmodifiedSinceMs: 0 } }, 'precondition-failed', { condition: 'If-Unmodified-Since' }],
    ['as not modified by ETag', { condition: { ifNoneMatch: '*' } }, 'not-modified', { condition: 'If-None-Match', modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) }],
    ['as not modified by date', { condition: { ifModifiedSinceMs: Date.UTC(2026, 0, 2, 3, 4, 5) } }, 'not-modified', { condition: 'If-Modified-Since' }],
    ['a range behind the end', { range: { form: 'from', from: 200_000 } }, 'invalid-range', { size: 200_000 }],
    ['a range of nothing', { name: 'empty', range: { form: 'from', from: 0 } }, 'invalid-range', { size: 0 }],
    ['a part that is not there', { partNumber: 2 }, 'invalid-part-number', {}],
    ['part nought', { partNumber: 0 }, 'invalid-part-number', {}],
    ['a condition before a range', { condition: { ifMatch: 'x' }, range: { form: 'from', from: 200_000 } }, 'precondition-failed', {}],
  ])('%s', async (_why, change, expected, details) => {
    const request = { bucket: 'bucket', name: 'a', condition: {}, ...change }
    await expect(fixture.objects.getObject(request, signal)).rejects.toEqual(fault(expected, details))
    await expect(fixture.objects.headObject(request)).rejects.toEqual(fault(expected, details))
    expect(fixture.keys.unwrapped).toBe(0)
  })

  it('tells a delete marker by its version from one on top', async () => {
    const version = await fixture.storage.findVersion('bucket', 'a')
    fixture.shown.findVersion = async () => version && { ...version, versionId: 'marker', isDeleteMarker: true }
    const request = { bucket: 'bucket', name: 'a', condition: {} }
    await expect(fixture.objects.headObject(request)).rejects.toEqual(fault('no-such-object', { deleteMarkerVersionId: 'marker' }))
    await expect(fixture.objects.headObject({ ...request, versionId: 'marker' })).rejects.toEqual(fault('delete-marker', { versionId: 'marker' }))
  })

  it('counts a delete marker as no object for a conditional write', async () => {
    const version = await fixture.storage.findVersion('bucket', 'a')
    fixture.shown.findVersion = async () => version && { ...version, isDeleteMarker: true }
    await expect(fixture.objects.checkPut({ bucket: 'bucket', name: 'a', size: 1, headers: {}, userMetadata: {}, condition: { ifNoneMatch: '*' } })).resolves.toBeUndefined()
  })

  it.each([['sealed', 'keys-sealed'], ['unreachable', 'key-store-unreachable'], ['not-authentic', 'key-not-authentic'], ['no-such-key', 'no-such-key']] as const)(
    'by a key store that says %s; HEAD needs no key', async (keyStoreFault, expected) => {
      fixture.keys.fault = keyStoreFault
      await expect(fixture.read('a')).rejects.toEqual(fault(expected))
      expect(await fixture.objects.headObject({ bucket: 'bucket', name: 'a', condition: {} })).toMatchObject({ length: 200_000 })
    })

  it('when the read quorum is lost before the name is found', async () => {
    fixture.shown.findVersion = storageFails('read-quorum-lost')
    await expect(fixture.read('a')).rejects.toEqual(fault('read-quorum-lost'))
  })
})

describe('a body that fails on its way', () => {
  it('says damaged and gives no wrong byte', async () => {
    const version = await fixture.storage.findVersion('bucket', 'a')
    fixture.storage.damage(version?.parts[0]?.body as never)
    await expect(fixture.read('a')).rejects.toEqual(fault('damaged'))
    expectBytes((await fixture.read('a', { range: { form: 'from-to', from: 0, to: 65_535 } })).bytes, bytes.subarray(0, 65_536))
  })

  it.each([['read-quorum-lost'], ['damaged'], ['busy'], ['cancelled']] as const)('says %s in the words of this layer, and frees what it holds', async (storageFault) => {
    const { source, state } = failingBody([bytes.subarray(0, 10)], () => { throw new StorageError(storageFault, 'as arranged') })
    fixture.shown.readBody = () => source
    await expect(fixture.read('a')).rejects.toEqual(fault(storageFault))
    expect(state.cancelled).toBeGreaterThan(0)
  })

  it('never looks like its end when bytes are missing', async () => {
    fixture.shown.readBody = () => failingBody([bytes.subarray(0, 199_999)], () => undefined).source
    await expect(fixture.read('a')).rejects.toEqual(fault('damaged'))
  })

  it('hands on a bug untouched, thrown at once or later', async () => {
    const own = new TypeError('a bug')
    fixture.shown.readBody = () => ({ next: () => { throw own }, cancel() {} })
    await expect(fixture.read('a')).rejects.toBe(own)
    fixture.shown.readBody = () => ({ next: () => Promise.reject(own), cancel() {} })
    await expect(fixture.read('a')).rejects.toBe(own)
  })

  it('stops when the caller gives up', async () => {
    const controller = new AbortController()
    const { body } = await fixture.objects.getObject({ bucket: 'bucket', name: 'a', condition: {} }, controller.signal)
    await body?.next()
    controller.abort()
    await expect((async () => body?.next())()).rejects.toEqual(fault('cancelled'))
    expect(await body?.next()).toBeUndefined()
  })

  it('says nothing after it was cancelled, and wipes its part key in the end', async () => {
    let partKey: Uint8Array | undefined
    fixture.shown.readBody = (...input) => {
      partKey = input[3].encryption?.partKey
      return fixture.storage.readBody(...input)
    }
    const { body } = await fixture.objects.getObject({ bucket: 'bucket', name: 'a', condition: {} }, signal)
    await body?.next()
    body?.cancel()
    body?.cancel()
    expect(await body?.next()).toBeUndefined()
    expect(fixture.clock.due).toHaveLength(1)
    for (const run of fixture.clock.due) run()
    expect(partKey).toEqual(new Uint8Array(32))
  })
})

describe('a GET', () => {
  it('shows what HEAD shows', async () => {
    const request = { bucket: 'bucket', name: 'a', condition: {}, range: { form: 'last', length: 10 } as const }
    const { body, ...got } = await fixture.objects.getObject(request, signal)
    body?.cancel()
    expect(await fixture.objects.headObject(request)).toEqual(got)
    expect(got).toMatchObject({ length: 10, range: { from: 199_990, to: 199_999 } })
    expect(got.info.partCount).toBeUndefined()
  })

  it('gives the whole of a simple object as its part 1, and an empty body for an empty one', async () => {
    const read = await fixture.read('a', { partNumber: 1 })
    expect(read).toMatchObject({ length: 200_000, range: { from: 0, to: 199_999 } })
    expectBytes(read.bytes, bytes)
    const empty = await fixture.read('empty', { partNumber: 1 })
    expect([empty.length, empty.range, empty.bytes?.byteLength]).toEqual([0, undefined, 0])
  })

  it('finds the null version by its name', async () => {
    expectBytes((await fixture.read('a', { versionId: 'null' })).bytes, bytes)
  })

  it('gives any range of a simple object', async () => {
    const positions = fc.oneof(fc.nat(199_999), fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 196_608, 199_999))
    await fc.assert(fc.asyncProperty(positions, positions, async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const read = await fixture.read('a', { range: { form: 'from-to', from, to } })
      expect(read).toMatchObject({ range: { from, to }, length: to - from + 1 })
      expectBytes(read.bytes, bytes.subarray(from, to + 1))
    }), { numRuns: 60 })
  })

  it('is not disturbed by an overwrite between two of its chunks', async () => {
    const { body, length } = await fixture.objects.getObject({ bucket: 'bucket', name: 'a', condition: {} }, signal)
    const first = Buffer.from((await body?.next()) ?? [])
    await fixture.put('a', pattern(5))
    const rest: Buffer[] = []
    for (let chunk = await body?.next(); chunk !== undefined; chunk = await body?.next()) rest.push(Buffer.from(chunk))
    const whole = Buffer.concat([first, ...rest])
    expect(whole.byteLength).toBe(length)
    expectBytes(whole, bytes)
  })
})
