// What clients of the engine rely on, over plain drives in memory.
import { describe, expect, it } from 'vitest'
import { byteSourceOf } from '../../../../../src-main/base/byte-stream.ts'
import { StorageError, type ObjectVersion } from '../../../../../src-main/seams/storage-backend.ts'
import { DriveError, type DriveConnection } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import { get, noSignal, openPlainStore, put, textOf } from '../../../../support/plain-store.ts'

const refuse = (error: Error) => () => { throw error }

describe('writes that are refused', () => {
  it('leave the older version when their precondition throws, and give their memory back', async () => {
    const { backend, slots } = await openPlainStore(4, 2)
    await backend.createBucket('b', {})
    await put(backend, 'a', 'first')
    const before = slots.bytesInUse
    const refusal = new Error('if-match')
    await expect(put(backend, 'a', 'second', { precondition: refuse(refusal) })).rejects.toBe(refusal)
    expect(await get(backend, 'a')).toBe('first')
    expect(slots.bytesInUse).toBe(before)
  })

  it('name the bucket that does not exist', async () => {
    const { backend } = await openPlainStore(4, 2)
    await expect(put(backend, 'a', 'x')).rejects.toMatchObject({ fault: 'no-such-bucket' })
    await expect(backend.deleteBucket('b')).rejects.toMatchObject({ fault: 'no-such-bucket' })
    await expect(backend.listVersions({ bucket: 'b', prefix: '', delimiter: '', after: '', limit: 1 })).rejects.toMatchObject({ fault: 'no-such-bucket' })
  })

  it('make the store read-only when the quorum is lost; reading goes on, and nothing is called deleted', async () => {
    const store = await openPlainStore(4, 2)
    await store.backend.createBucket('b', {})
    await put(store.backend, 'a', 'kept')
    for (const slot of [0, 1]) store.media[slot]?.planFailure(0, 'io-error')
    await expect(put(store.backend, 'a', 'lost')).rejects.toMatchObject({ fault: 'write-quorum-lost' })
    await expect(store.backend.deleteVersions('b', [{ name: 'absent' }])).rejects.toMatchObject({ fault: 'write-quorum-lost' })
    expect(store.backend.health()).toBe('read-only')
    expect(await get(store.backend, 'a')).toBe('kept')
  })

  it('say that the drives are full, keep every drive in service, and let deletions through', async () => {
    let full = false
    const refusesPayload = (connection: DriveConnection): DriveConnection => ({
      ...connection,
      append: (input) => (full && input.records.some(({ head }) => head.form !== 'none') ? Promise.reject(new DriveError('full', '')) : connection.append(input)),
    })
    const { backend } = await openPlainStore(4, 2, refusesPayload)
    await backend.createBucket('b', {})
    await put(backend, 'a', 'old')
    full = true
    const refused = put(backend, 'b', 'new')
    const deleted = backend.deleteVersions('b', [{ name: 'a' }])
    await expect(refused).rejects.toMatchObject({ fault: 'storage-full' })
    expect((await deleted)[0]?.removed?.name).toBe('a')
    expect(backend.health()).toBe('ok')
  })

  it('are not seen after a restart either', async () => {
    const store = await openPlainStore(4, 2)
    await store.backend.createBucket('b', {})
    await put(store.backend, 'a', 'kept')
    store.media[3]?.planFailure(0, 'io-error')
    await put(store.backend, 'b', 'with three')
    const backend = await store.restart({ killed: true })
    expect(await get(backend, 'a')).toBe('kept')
    expect(await get(backend, 'b')).toBe('with three')
  })
})

describe('preconditions', () => {
  it('of many writers at once let just one of them through', async () => {
    const { backend } = await openPlainStore(4, 2)
    await backend.createBucket('b', {})
    const absent = (current: ObjectVersion | undefined): void => { if (current !== undefined) throw new StorageError('no-such-version', 'exists') }
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => put(backend, 'a', `writer ${index}`, { precondition: absent })))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('see every write before them: a counter under compare-and-set loses nothing', async () => {
    const { backend } = await openPlainStore(4, 2)
    await backend.createBucket('b', {})
    await put(backend, 'n', '', { attributes: { count: 0 } })
    const increment = async (): Promise<void> => {
      for (;;) {
        const seen = Number((await backend.findVersion('b', 'n'))?.attributes['count'])
        try {
          await backend.replaceAttributes('b', 'n', { count: seen + 1 }, (current) => { if (current?.attributes['count'] !== seen) throw new StorageError('busy', 'again') })
          return
        } catch (error) {
          if (!(error instanceof StorageError) || error.fault !== 'busy') throw error
        }
      }
    }
    await Promise.all(Array.from({ length: 10 }, increment))
    expect((await backend.findVersion('b', 'n'))?.attributes['count']).toBe(10)
  })
})

describe('batches', () => {
  it('take all that queued while the one before was syncing', async () => {
    const lengths: number[] = []
    const watch = (connection: DriveConnection, slot: number): DriveConnection => ({
      ...connection,
      append: (input) => {
        if (slot === 0) lengths.push(input.records.length)
        return connection.append(input)
      },
    })
    const { backend } = await openPlainStore(4, 2, watch)
    await backend.createBucket('b', {})
    lengths.length = 0
    await Promise.all(Array.from({ length: 40 }, (_, index) => put(backend, `o${index}`, 'x')))
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(40)
    expect(lengths.length).toBeLessThan(15)
  })

  it('are answered once the drives have the next one to write', async () => {
    const story: string[] = []
    let meanwhile: Promise<unknown> | undefined
    const telling = (connection: DriveConnection, slot: number): DriveConnection => ({
      ...connection,
      append: (input) => {
        if (slot === 0 && input.records[0]?.head.kind === 'object') {
          story.push(`${input.records.length} sent`)
          // One that only waits for the drives, and one that waits for the answer.
          meanwhile ??= Promise.all([put(backend, 'b', 'y'), put(backend, 'a', 'z', { precondition: () => { story.push('a answered') } })])
        }
        return connection.append(input)
      },
    })
    const { backend } = await openPlainStore(4, 2, telling)
    await backend.createBucket('b', {})
    await put(backend, 'a', 'x')
    await meanwhile
    expect(story).toEqual(['1 sent', '1 sent', 'a answered', '1 sent'])
  })
})

describe('buckets', () => {
  it('are not deleted while something is in them or on its way in', async () => {
    const { backend } = await openPlainStore(4, 2)
    await backend.createBucket('b', {})
    const writing = put(backend, 'a', 'x')
    await new Promise((resolve) => { setImmediate(resolve) })
    await expect(backend.deleteBucket('b')).rejects.toMatchObject({ fault: 'bucket-not-empty' })
    await writing
    await expect(backend.createBucket('b', {})).rejects.toMatchObject({ fault: 'bucket-exists' })
  })

  it('take their uploads with them, and come back empty under the same name', async () => {
    const store = await openPlainStore(4, 2)
    await store.backend.createBucket('b', { note: '1' })
    const upload = await store.backend.createUpload({ bucket: 'b', name: 'a', storageClass: 'STANDARD', attributes: {} })
    await store.backend.putPart(upload, { partNumber: 1, etag: 'e', attributes: {}, body: undefined })
    await store.backend.deleteBucket('b')
    await store.backend.createBucket('b', {})
    const backend = await store.restart({ killed: true })
    expect(await backend.findUpload('b', 'a', upload.uploadId)).toBeUndefined()
    expect((await backend.findBucket('b'))?.documents).toEqual({})
    await expect(backend.listParts(upload, 0, 10)).rejects.toMatchObject({ fault: 'no-such-upload' })
  })

  it('keep every document when several are put at once', async () => {
    const store = await openPlainStore(4, 2)
    await store.backend.createBucket('b', {})
    await Promise.all(['x', 'y', 'z'].map((kind) => store.backend.putBucketDocument('b', kind, kind)))
    await store.backend.putBucketDocument('b', 'y', undefined)
    const backend = await store.restart()
    expect((await backend.findBucket('b'))?.documents).toEqual({ x: 'x', z: 'z' })
  })
})

describe('listings', () => {
  it('go on where a page ended, in byte order, with common prefixes once', async () => {
    const { backend } = await openPlainStore(1, 0)
    await backend.createBucket('b', {})
    const names = ['a', 'a-', 'a/1', 'a/2', 'a/3', 'b//x', 'é', 'z', '\u{10000}', '\uffee']
    await Promise.all(names.map((name) => put(backend, name, '')))
    const found: string[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = await backend.listVersions({ bucket: 'b', prefix: '', delimiter: '/', after, limit: 2 })
      expect(page.objects.length + page.commonPrefixes.length).toBeLessThanOrEqual(2)
      found.push(...[...page.objects.map(({ name }) => name), ...page.commonPrefixes].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      after = page.next
    }
    expect(found).toEqual(['a', 'a-', 'a/', 'b/', 'z', 'é', '\uffee', '\u{10000}'])
  })

  it('do not repeat the common prefix that the marker lies in, and start inside a prefix', async () => {
    const { backend } = await openPlainStore(1, 0)
    await backend.createBucket('b', {})
    for (const name of ['a/1', 'a/2', 'a/b/1', 'c']) await put(backend, name, '')
    const list = async (prefix: string, delimiter: string, after: string) => {
      const { objects, commonPrefixes } = await backend.listVersions({ bucket: 'b', prefix, delimiter, after, limit: 10 })
      return [...objects.map(({ name }) => name), ...commonPrefixes]
    }
    expect(await list('', '/', 'a/1')).toEqual(['c'])
    expect(await list('', '/', 'a/')).toEqual(['c'])
    expect(await list('a/', '/', 'a/1')).toEqual(['a/2', 'a/b/'])
    expect(await list('a/', '', 'a/2')).toEqual(['a/b/1'])
    expect(await list('b', '', '')).toEqual([])
    expect(await list('c', '', 'a')).toEqual(['c'])
  })

  it('of uploads page by name and id', async () => {
    const { backend } = await openPlainStore(1, 0)
    await backend.createBucket('b', {})
    const ids: string[] = []
    for (const name of ['x', 'x', 'x', 'y/1', 'y/2']) ids.push((await backend.createUpload({ bucket: 'b', name, storageClass: 'STANDARD', attributes: {} })).uploadId)
    const found: string[] = []
    let after = { name: '', uploadId: '' }
    for (let pages = 0; pages < 9; pages++) {
      const page = await backend.listUploads({ bucket: 'b', prefix: '', delimiter: '/', afterName: after.name, afterUploadId: after.uploadId, limit: 1 })
      found.push(...page.uploads.map(({ uploadId }) => uploadId), ...page.commonPrefixes)
      if (page.next === undefined) break
      after = page.next
    }
    expect(found).toEqual([...ids.slice(0, 3).sort(), 'y/'])
  })
})

describe('uploads', () => {
  it('refuse a part after their end, and a completion of a part that is not there', async () => {
    const { backend } = await openPlainStore(4, 2)
    await backend.createBucket('b', {})
    const upload = await backend.createUpload({ bucket: 'b', name: 'a', storageClass: 'STANDARD', attributes: {} })
    await expect(backend.completeUpload(upload, { partNumbers: [1], etag: 'e-1', attributes: {} })).rejects.toMatchObject({ fault: 'no-such-version' })
    await backend.abortUpload(upload)
    const body = await backend.stageBody(3, byteSourceOf(Buffer.from('abc')), { digests: [] }, 'STANDARD', noSignal)
    await expect(backend.putPart(upload, { partNumber: 1, etag: 'e', attributes: {}, body })).rejects.toMatchObject({ fault: 'no-such-upload' })
    await expect(backend.abortUpload(upload)).rejects.toMatchObject({ fault: 'no-such-upload' })
  })

  it('become one version of the parts named, found again by their id while it is the newest', async () => {
    const store = await openPlainStore(4, 2)
    let { backend } = store
    await backend.createBucket('b', {})
    const upload = await backend.createUpload({ bucket: 'b', name: 'a', storageClass: 'STANDARD', attributes: {} })
    for (const [partNumber, text] of [[1, 'one '], [2, 'wrong'], [2, 'two '], [5, 'left out'], [7, 'seven']] as const) {
      const body = await backend.stageBody(text.length, byteSourceOf(Buffer.from(text)), { digests: [] }, 'STANDARD', noSignal)
      await backend.putPart(upload, { partNumber, etag: `e${partNumber}`, attributes: { partNumber }, body })
    }
    expect((await backend.listParts(upload, 1, 2)).map(({ partNumber }) => partNumber)).toEqual([2, 5])
    const version = await backend.completeUpload(upload, { partNumbers: [1, 2, 7], etag: 'e-3', attributes: { type: 'x' } })
    expect(version.size).toBe(13)
    backend = await store.restart({ killed: true, without: [1, 2] })
    const found = await backend.findCompleted('b', 'a', upload.uploadId)
    expect(found?.parts.map(({ partNumber, attributes }) => [partNumber, attributes['partNumber']])).toEqual([[1, 1], [2, 2], [7, 7]])
    expect(await textOf(backend, found as ObjectVersion)).toBe('one two seven')
    expect(await backend.findUpload('b', 'a', upload.uploadId)).toBeUndefined()
  })
})

describe('an object that is read while it is replaced', () => {
  it('is read to its end, and its shards go only then', async () => {
    const store = await openPlainStore(4, 2)
    const { backend } = store
    await backend.createBucket('b', {})
    const text = 'x'.repeat(1024 * 1024 + 500)
    const old = await put(backend, 'a', text)
    const part = old.parts[0]
    const source = backend.readBody(part!.body, 0, text.length, {}, noSignal)
    let read = (await source.next())?.byteLength ?? 0
    await put(backend, 'a', 'new')
    await backend.tidyUp()
    expect(store.media.every((medium) => medium.files.size === 1)).toBe(true)
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) read += chunk.byteLength
    expect(read).toBe(text.length)
    await backend.tidyUp()
    expect(store.media.every((medium) => medium.files.size === 0)).toBe(true)
  })
})

describe('the records of the barrier', () => {
  it('come back from any k drives, by path and in order', async () => {
    const store = await openPlainStore(5, 2)
    const records = store.backend.recordStore
    for (const path of ['core/b', 'core/a', 'sys/x', 'core/gone']) await records.put(path, Buffer.from(path))
    await records.delete('core/gone')
    await records.delete('never/there')
    await expect(records.put('big', new Uint8Array(2 * 1024 * 1024))).rejects.toMatchObject({ fault: 'too-large' })
    const again = (await store.restart({ killed: true, without: [0, 4] })).recordStore
    expect(await again.list('core/')).toEqual(['core/a', 'core/b'])
    expect(Buffer.from((await again.get('sys/x')) ?? []).toString()).toBe('sys/x')
    expect(await again.get('core/gone')).toBeUndefined()
  })

  it('are refused as closed to whoever still asks once the store is closed', async () => {
    const { backend } = await openPlainStore(2, 1)
    const records = backend.recordStore
    await records.put('core/a', Buffer.from('a'))
    await backend.close()
    for (const late of [() => records.get('core/a'), () => records.list(''), () => records.put('core/b', Buffer.of(1)), () => records.delete('core/a')]) {
      await expect(late()).rejects.toMatchObject({ name: 'RecordStoreError', fault: 'closed' })
    }
  })

  it('may be as large as the seam says', async () => {
    const { backend } = await openPlainStore(2, 1)
    const value = Buffer.alloc(1024 * 1024 + 256, 5)
    await backend.recordStore.put('core/large', value)
    expect(Buffer.compare((await backend.recordStore.get('core/large')) ?? Buffer.alloc(0), value)).toBe(0)
  })
})

describe('a drive that was away', () => {
  it('is healed in the background and then carries its share alone', async () => {
    const store = await openPlainStore(4, 2)
    await store.backend.createBucket('b', {})
    await put(store.backend, 'before', 'one')
    let backend = await store.restart({ without: [3] })
    await put(backend, 'during', 'two')
    await put(backend, 'large', 'y'.repeat(1024 * 1024 + 10))
    backend = await store.restart()
    expect(backend.health()).toBe('degraded')
    await backend.tidyUp()
    expect(backend.health()).toBe('ok')
    backend = await store.restart({ without: [0, 1] })
    expect(await get(backend, 'during')).toBe('two')
    expect((await get(backend, 'large'))?.length).toBe(1024 * 1024 + 10)
  })

  it('brings nothing back that was deleted meanwhile, also without a catalogue', async () => {
    const store = await openPlainStore(4, 2)
    await store.backend.createBucket('b', {})
    await put(store.backend, 'a', 'old')
    let backend = await store.restart({ without: [3] })
    await backend.deleteVersions('b', [{ name: 'a' }])
    await backend.tidyUp()
    backend = await store.restart({ killed: true })
    expect(await get(backend, 'a')).toBeUndefined()
    await backend.tidyUp()
    backend = await store.restart({ killed: true, without: [0, 1] })
    expect(await get(backend, 'a')).toBeUndefined()
  })
})
