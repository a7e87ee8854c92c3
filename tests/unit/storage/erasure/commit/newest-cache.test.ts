// Newest versions that are kept after a read: whatever changes, the next read says what the catalogue says.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { byteSourceOf, readAll } from '../../../../../src-main/base/byte-stream.ts'
import type { JsonObject } from '../../../../../src-main/base/json.ts'
import { StorageError, type ObjectVersion, type StagedBody, type StorageBackend } from '../../../../../src-main/seams/storage-backend.ts'
import { openEmptyCatalogue, type Catalogue } from '../../../../../src-main/storage/erasure/commit/catalogue.ts'
import { NewestCache } from '../../../../../src-main/storage/erasure/commit/newest-cache.ts'
import type { LogRecord } from '../../../../../src-main/storage/erasure/commit/record-body.ts'
import { findNewest, findNewestRow, toObjectVersion, type NameDeps } from '../../../../../src-main/storage/erasure/object-version.ts'
import { openMemoryStorage } from '../../../../support/memory-storage.ts'
import { noSignal, openPlainStore } from '../../../../support/plain-store.ts'
import { quickClock } from '../../../../support/quick-clock.ts'

const clock = quickClock()

function record<Kind extends LogRecord['kind']>(kind: Kind, sequence: number, body: object): LogRecord {
  return { kind, sequence, body, text: JSON.stringify(body) } as LogRecord
}
const bucket = (sequence: number, documents = {}, id?: number): LogRecord => record('bucket', sequence, { ...(id !== undefined && { i: id }), n: 'photos', t: 1, d: documents })
const object = (sequence: number, name: string, a: JsonObject = { at: sequence }): LogRecord =>
  record('object', sequence, { b: 1, n: name, e: `e${sequence}`, c: 0, t: sequence, z: 0, a })
const remove = (sequence: number, name: string): LogRecord => record('delete', sequence, { b: 1, n: name })
const attributes = (sequence: number, name: string, of: number, a: JsonObject = { at: sequence }): LogRecord => record('attributes', sequence, { b: 1, n: name, o: of, a })
const complete = (sequence: number, name: string): LogRecord =>
  record('complete', sequence, { b: 1, n: name, u: `u${sequence}`, e: 'e-1', c: 0, t: sequence, z: 0, a: { at: sequence }, l: [] })

describe('what was read of a catalogue', () => {
  let catalogue: Catalogue
  beforeEach(() => {
    catalogue = openEmptyCatalogue({ file: ':memory:', key: new Uint8Array(32), deploymentId: 'ours', clock })
    catalogue.apply(bucket(1))
  })
  afterEach(() => { catalogue.close() })

  /** All that reading asks of its dependencies. */
  const deps = (): NameDeps => ({ catalogue, blocked: new Map() }) as unknown as NameDeps
  const entry = () => ({ id: 1, sequence: 1, body: { n: 'photos', t: 1, d: {} } })
  const read = (name: string): ObjectVersion | undefined => findNewest(deps(), entry(), name)
  /** Past the cache. */
  const told = (name: string): ObjectVersion | undefined => {
    const row = findNewestRow(deps(), entry(), name)
    return row === undefined ? undefined : toObjectVersion(catalogue, 'photos', name, row)
  }

  it('is not kept when there was nothing', () => {
    expect(read('a')).toBeUndefined()
    expect(catalogue.newest.size).toBe(0)
    catalogue.apply(object(2, 'a'))
    expect(read('a')?.etag).toBe('e2')
  })

  it('is not kept of an object in parts, whose parts are asked for later', () => {
    catalogue.apply(complete(2, 'a'))
    expect(read('a')?.etag).toBe('e-1')
    expect(catalogue.newest.size).toBe(0)
  })

  it('is not kept when its attributes are very long', () => {
    catalogue.apply(object(2, 'a', { note: 'x'.repeat(5000) }))
    expect(read('a')?.attributes['note']).toHaveLength(5000)
    expect(catalogue.newest.size).toBe(0)
  })

  it('is not kept either when they became so long later', () => {
    catalogue.apply(object(2, 'a'))
    catalogue.apply(attributes(3, 'a', 2, { note: 'x'.repeat(60_000) }))
    expect(read('a')?.attributes['note']).toHaveLength(60_000)
    expect(catalogue.newest.size).toBe(0)
  })

  it('does not let anybody know of a name that is blocked', () => {
    catalogue.apply(object(2, 'a'))
    read('a')
    const blocked = { catalogue, blocked: new Map([['n1/a', 3]]) } as unknown as NameDeps
    expect(() => findNewest(blocked, entry(), 'a')).toThrow(expect.objectContaining({ fault: 'read-quorum-lost' }) as Error)
  })

  it('is the same version again, without a row', () => {
    catalogue.apply(object(2, 'a'))
    const first = read('a')
    expect(first).toEqual(told('a'))
    expect(read('a')).toBe(first)
    expect(catalogue.newest.size).toBe(1)
  })

  it.each<[string, LogRecord[], string | undefined, number | undefined]>([
    ['a newer version', [object(9, 'a')], 'e9', 9],
    ['a deletion', [remove(9, 'a')], undefined, undefined],
    ['a deletion and a newer version', [remove(9, 'a'), object(10, 'a')], 'e10', 10],
    ['a completed upload', [complete(9, 'a')], 'e-1', 9],
    ['other attributes', [attributes(9, 'a', 5)], 'e5', 9],
    ['attributes of another version', [attributes(9, 'a', 4)], 'e5', 5],
    ['an older version that comes late', [object(3, 'a')], 'e5', 5],
    ['an older deletion that comes late', [remove(4, 'a')], 'e5', 5],
    ['newer attributes, then older ones that come late', [attributes(9, 'a', 5), attributes(8, 'a', 5)], 'e5', 9],
    ['a change of the bucket', [bucket(9, { note: 'x' }, 1)], 'e5', 5],
    ['the end of the bucket', [record('bucket-delete', 9, { i: 1, n: 'photos' })], undefined, undefined],
  ])('is out of date, or is not, after %s', (_what, records, etag, at) => {
    catalogue.apply(object(5, 'a'))
    catalogue.apply(object(6, 'b'))
    read('a')
    read('b')
    for (const entered of records) {
      catalogue.apply(entered)
      expect(read('a')).toEqual(told('a'))
      expect(read('b')).toEqual(told('b'))
    }
    expect([read('a')?.etag, read('a')?.attributes['at']]).toEqual([etag, at])
  })

  it('is gone with the orphans of a bucket that never came', () => {
    const orphan = { ...entry(), id: 7 }
    catalogue.apply(record('object', 5, { b: 7, n: 'a', e: 'e', c: 0, t: 1, z: 0, a: {} }))
    expect(findNewest(deps(), orphan, 'a')).toBeDefined()
    catalogue.dropOrphans()
    expect(findNewest(deps(), orphan, 'a')).toBeUndefined()
  })

  it('is what the catalogue says, in whatever order records come, late ones and repeated ones too', () => {
    const name = fc.constantFrom('a', 'b')
    const change = fc.record({ kind: fc.constantFrom('object', 'object', 'delete', 'attributes', 'complete', 'bucket'), name, of: fc.integer({ min: 2, max: 12 }), place: fc.nat() })
    fc.assert(fc.property(fc.array(change, { maxLength: 14 }), fc.array(fc.nat({ max: 14 }), { maxLength: 4 }), (changes, again) => {
      const own = catalogue
      catalogue = openEmptyCatalogue({ file: ':memory:', key: new Uint8Array(32), deploymentId: 'ours', clock })
      const records = changes.map(({ kind, name: changed, of }, index): LogRecord => {
        switch (kind) {
          case 'object': return object(index + 2, changed)
          case 'delete': return remove(index + 2, changed)
          case 'attributes': return attributes(index + 2, changed, of)
          case 'complete': return complete(index + 2, changed)
          default: return bucket(index + 2, { at: String(index) }, 1)
        }
      })
      const late = records.map((entered, index) => ({ entered, place: changes[index]?.place ?? 0 })).sort((a, b) => a.place - b.place).map(({ entered }) => entered)
      catalogue.apply(bucket(1))
      for (const entered of [...late, ...again.flatMap((index) => late[index] ?? [])]) {
        catalogue.apply(entered)
        for (const each of ['a', 'b']) expect(read(each)).toEqual(told(each))
      }
      catalogue.close()
      catalogue = own
    }), { numRuns: 150 })
  })
})

describe('the cache', () => {
  it('is bounded, and lets the oldest go for the next', () => {
    const cache = new NewestCache()
    const remembered = 20_000
    for (let index = 0; index < remembered; index++) cache.remember(1, `o${index}`, { etag: `e${index}` } as ObjectVersion)
    const oldest = remembered - cache.size
    expect(cache.size).toBeGreaterThan(0)
    expect(cache.size).toBeLessThanOrEqual(16_384)
    expect(cache.find(1, `o${oldest - 1}`)).toBeUndefined()
    for (let index = oldest; index < remembered; index++) expect(cache.find(1, `o${index}`)?.etag).toBe(`e${index}`)
  })

  it('tells buckets apart, also when names look alike', () => {
    const cache = new NewestCache()
    const version = { etag: 'x' } as ObjectVersion
    cache.remember(1, '1/a', version)
    expect([cache.find(11, 'a'), cache.find(1, 'a'), cache.find(1, '1/a')]).toEqual([undefined, undefined, version])
    cache.forgetBy(record('object', 2, { b: 11, n: 'a' }))
    expect(cache.size).toBe(1)
  })
})

describe('a backend, whatever is done to it in whatever order', () => {
  const buckets = ['x', 'y'] as const
  const names = ['a', 'a/b', 'é'] as const
  type Step =
    | { readonly do: 'put' | 'complete' | 'replace'; readonly bucket: string; readonly name: string; readonly note: string }
    | { readonly do: 'delete'; readonly bucket: string; readonly names: readonly string[] }
    | { readonly do: 'recreate' | 'document'; readonly bucket: string }
    | { readonly do: 'restart'; readonly killed: boolean }

  const at = { bucket: fc.constantFrom(...buckets), name: fc.constantFrom(...names), note: fc.oneof(fc.string({ maxLength: 8 }), fc.constant('x'.repeat(5000))) }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), ...at }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('replace' as const), ...at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('complete' as const), ...at }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), bucket: at.bucket, names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('recreate' as const, 'document' as const), bucket: at.bucket }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), killed: fc.boolean() }) },
  )

  const stage = async (storage: StorageBackend, text: string): Promise<StagedBody | undefined> =>
    text === '' ? undefined : storage.stageBody(Buffer.byteLength(text), byteSourceOf(Buffer.from(text)), { digests: [] }, 'STANDARD', noSignal)
  const viewOf = (version: ObjectVersion | undefined): unknown => version && { ...version, parts: version.parts.map(({ body, ...part }) => ({ ...part, size: body.size })) }
  const textOf = async (storage: StorageBackend, version: ObjectVersion): Promise<string> => {
    const parts = version.parts.map(({ body }) => readAll(storage.readBody(body, 0, body.size, {}, noSignal), body.size))
    return Buffer.concat((await Promise.all(parts)).map((part) => part ?? new Uint8Array(0))).toString()
  }

  /** What came of it: what the precondition was shown, and the answer or the fault. */
  const perform = async (storage: StorageBackend, action: Exclude<Step, { do: 'restart' }>): Promise<unknown> => {
    const shown: unknown[] = []
    const precondition = (current: ObjectVersion | undefined): void => { shown.push(viewOf(current)) }
    const attempt = async (): Promise<unknown> => {
      switch (action.do) {
        case 'put': {
          const { bucket: bucketName, name, note } = action
          const body = await stage(storage, note.slice(0, 3))
          return viewOf(await storage.putVersion({ bucket: bucketName, name, etag: 'e', storageClass: 'STANDARD', attributes: { note }, partAttributes: { p: 1 }, body, precondition }))
        }
        case 'replace': return viewOf(await storage.replaceAttributes(action.bucket, action.name, { replaced: action.note }, precondition))
        case 'complete': {
          const upload = await storage.createUpload({ bucket: action.bucket, name: action.name, storageClass: 'STANDARD', attributes: {} })
          for (const partNumber of [1, 3]) {
            await storage.putPart(upload, { partNumber, etag: 'p', attributes: { partNumber }, body: await stage(storage, `${partNumber}${action.note.slice(0, 3)}`) })
          }
          return viewOf(await storage.completeUpload(upload, { partNumbers: [1, 3], etag: 'e-2', attributes: { note: action.note }, precondition }))
        }
        case 'delete': {
          const deleted = await storage.deleteVersions(action.bucket, action.names.map((name) => ({ name, precondition })))
          return deleted.map(({ name, removed }) => ({ name, existed: removed !== undefined, etag: removed?.etag }))
        }
        case 'document': return storage.putBucketDocument(action.bucket, 'note', '{}')
        case 'recreate':
          await storage.deleteVersions(action.bucket, names.map((name) => ({ name })))
          await storage.deleteBucket(action.bucket)
          return (await storage.createBucket(action.bucket, {})).name
      }
    }
    const answer = await attempt().catch((error: unknown) => {
      if (error instanceof StorageError) return error.fault
      throw error
    })
    return { shown, answer }
  }
  /** Undefined also for a bucket that is not there just now. */
  const find = (storage: StorageBackend, bucketName: string, name: string): Promise<ObjectVersion | undefined> => storage.findVersion(bucketName, name).catch(() => undefined)
  const everyName = buckets.flatMap((bucketName) => names.map((name) => [bucketName, name] as const))

  it('shows every reader, before and after each change, what the reference model shows', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const store = await openPlainStore(1, 0)
      const model = openMemoryStorage(store.clock)
      for (const bucketName of buckets) for (const storage of [store.backend, model]) await storage.createBucket(bucketName, {})
      for (const action of steps) {
        store.clock.advance(10)
        if (action.do === 'restart') await store.restart({ killed: action.killed })
        else {
          const performing = perform(store.backend, action)
          // Whoever reads while the change is under way must not make the old version stay.
          let isOver = false
          void performing.then(() => { isOver = true }, () => { isOver = true })
          while (!isOver) {
            await Promise.all(everyName.map(([bucketName, name]) => find(store.backend, bucketName, name)))
            await new Promise((resolve) => { setImmediate(resolve) })
          }
          expect(await performing).toEqual(await perform(model, action))
        }
        for (const [bucketName, name] of everyName) {
          const expected = await model.findVersion(bucketName, name)
          for (let turn = 0; turn < 2; turn++) {
            const found = await store.backend.findVersion(bucketName, name)
            expect(viewOf(found)).toEqual(viewOf(expected))
            if (found !== undefined && expected !== undefined) expect(await textOf(store.backend, found)).toBe(await textOf(model, expected))
          }
        }
      }
      await store.backend.close()
    }), { numRuns: 60 })
  }, 120_000)
})
