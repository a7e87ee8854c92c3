import fc from 'fast-check'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCatalogue, openEmptyCatalogue, type Catalogue } from '../../../../../src-main/storage/erasure/commit/catalogue.ts'
import type { LogRecord } from '../../../../../src-main/storage/erasure/commit/record-body.ts'
import { quickClock } from '../../../../support/quick-clock.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'catalogue-')) })
afterEach(() => { rmSync(folder, { recursive: true }) })

const clock = quickClock()
const options = (file = ':memory:', key = 1, deploymentId = 'ours') => ({ file, key: new Uint8Array(32).fill(key), deploymentId, clock })

function record<Kind extends LogRecord['kind']>(kind: Kind, sequence: number, body: object): LogRecord {
  return { kind, sequence, body, text: JSON.stringify(body) } as LogRecord
}
const bucket = (sequence: number, id?: number): LogRecord => record('bucket', sequence, { ...(id !== undefined && { i: id }), n: 'photos', t: 1, d: {} })
const object = (sequence: number, name: string): LogRecord => record('object', sequence, { b: 1, n: name, e: 'e', c: 0, t: 1, z: 0, a: { at: sequence } })
const remove = (sequence: number, name: string): LogRecord => record('delete', sequence, { b: 1, n: name })

function contentOf(catalogue: Catalogue): unknown {
  const objects = catalogue.statements.objectsFromBetween.all(1, Buffer.of(0), Buffer.of(0xff), 100).map(({ name, sequence }) => [name.toString(), sequence])
  return { objects, live: catalogue.liveAfter(0, 1000).map(({ sequence, role }) => [sequence, role]) }
}

describe('a catalogue that cannot be trusted', () => {
  it('is thrown away when the key is another, the deployment is another, or the file is damaged', () => {
    const file = join(folder, 'catalogue')
    const first = openCatalogue(options(file))
    first.apply(bucket(1))
    first.apply(object(2, 'kept'))
    first.close()
    const untouched = readFileSync(file)
    for (const other of [options(file, 2), options(file, 1, 'theirs')]) {
      writeFileSync(file, untouched)
      const opened = openCatalogue(other)
      expect(opened.position).toBe(0)
      opened.close()
    }
    const damaged = Buffer.from(untouched)
    damaged.fill(0x55, 0, 4096)
    writeFileSync(file, damaged)
    const rebuilt = openCatalogue(options(file))
    expect(rebuilt.position).toBe(0)
    rebuilt.close()
    writeFileSync(file, untouched)
    const kept = openCatalogue(options(file))
    expect(kept.position).toBe(2)
    expect(kept.bucketByName('photos')?.id).toBe(1)
    kept.close()
  })

  it('shows no name to whoever reads its files', () => {
    const file = join(folder, 'catalogue')
    const catalogue = openEmptyCatalogue(options(file))
    catalogue.apply(bucket(1))
    for (let sequence = 2; sequence < 500; sequence++) catalogue.apply(object(sequence, `secret-holiday-${sequence}`))
    catalogue.commit()
    for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name)).includes('secret-holiday')).toBe(false)
    catalogue.close()
    expect(readFileSync(file).includes('secret-holiday')).toBe(false)
  })

  it('loses what was not committed when it is abandoned, and its position says so', () => {
    const file = join(folder, 'catalogue')
    const catalogue = openCatalogue(options(file))
    catalogue.apply(bucket(1))
    catalogue.commit()
    catalogue.apply(object(2, 'late'))
    catalogue.abandon()
    const reopened = openCatalogue(options(file))
    expect(reopened.position).toBe(1)
    expect(contentOf(reopened)).toMatchObject({ objects: [] })
    reopened.close()
  })

  it('commits nothing while it is told to hold', () => {
    const file = join(folder, 'catalogue')
    const catalogue = openCatalogue(options(file))
    catalogue.apply(bucket(1))
    catalogue.commit()
    catalogue.holdCommits()
    catalogue.apply(object(2, 'tentative'))
    catalogue.close()
    const reopened = openCatalogue(options(file))
    expect(reopened.position).toBe(1)
    reopened.close()
  })
})

describe('records', () => {
  it('amount to the same in whatever order, and however often, they are applied', () => {
    const operation = fc.record({ name: fc.constantFrom('a', 'b', 'c'), isDelete: fc.boolean() })
    fc.assert(fc.property(fc.array(operation, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (operations, shuffle) => {
      const records = [bucket(1), ...operations.map(({ name, isDelete }, index) => (isDelete ? remove(index + 2, name) : object(index + 2, name)))]
      const inOrder = openEmptyCatalogue(options())
      for (const entry of records) inOrder.apply(entry)
      const weights = new Map(records.map((entry) => [entry, Number(shuffle.next().value)]))
      const shuffled = openEmptyCatalogue(options())
      for (const entry of [...records, ...records].sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0))) shuffled.apply(entry)
      expect(contentOf(shuffled)).toEqual(contentOf(inOrder))
      inOrder.close()
      shuffled.close()
    }), { numRuns: 60 })
  })

  it('of a bucket are kept although the record that the bucket is known by is younger than they are', () => {
    const catalogue = openEmptyCatalogue(options())
    catalogue.apply(object(2, 'a'))
    catalogue.apply(bucket(9, 1))
    catalogue.dropOrphans()
    expect(contentOf(catalogue)).toMatchObject({ objects: [['a', 2]] })
    catalogue.close()
  })

  it('keep the shard files of a payload because it says so, not because of its size', () => {
    const catalogue = openEmptyCatalogue(options())
    const placement = (file: 0 | 1) => ({ i: String(file).repeat(32), k: 1, m: 1, s: [0, 1], n: 100, e: 0, f: file })
    catalogue.apply(bucket(1))
    for (const file of [0, 1] as const) catalogue.apply(record('object', 2 + file, { b: 1, n: `o${file}`, e: 'e', c: 0, t: 1, z: 100, a: {}, p: placement(file) }))
    expect([...catalogue.livePayloads()]).toEqual(['1'.repeat(32)])
    catalogue.close()
  })

  it('of no bucket die at the end of a replay', () => {
    const catalogue = openEmptyCatalogue(options())
    catalogue.apply(object(2, 'a'))
    catalogue.dropOrphans()
    expect(catalogue.takeDead()).toEqual([{ sequence: 2, payloadId: undefined }])
    expect(contentOf(catalogue)).toEqual({ objects: [], live: [] })
    catalogue.close()
  })
})

describe('tombstones', () => {
  it('stay while a dead record below them stands on some drive', () => {
    const catalogue = openEmptyCatalogue(options())
    for (const entry of [bucket(1), object(2, 'a'), remove(3, 'a')]) catalogue.apply(entry)
    expect(catalogue.purgeable(2, 10).sequences).toEqual([])
    expect(catalogue.purgeable(4, 10).sequences).toEqual([3])
    catalogue.close()
  })

  it('of completions go first: alone on a drive such a record would be a version', () => {
    const catalogue = openEmptyCatalogue(options())
    const complete = record('complete', 5, { b: 1, n: 'a', u: 'u', e: 'e-1', c: 0, t: 1, z: 0, a: {}, l: [[1, 4, 0]] })
    for (const entry of [bucket(1), record('upload', 3, { b: 1, n: 'a', u: 'u', c: 0, t: 1, a: {} }), record('part', 4, { b: 1, u: 'u', r: 1, e: 'e', t: 1, z: 0, a: {} }), complete, remove(6, 'a')]) catalogue.apply(entry)
    const first = catalogue.purgeable(100, 10)
    expect(first.sequences).toEqual([5])
    catalogue.purge(first)
    expect(catalogue.purgeable(100, 10).sequences).toEqual([6])
    catalogue.close()
  })

  it('are not needed any more when a newer version stands for them', () => {
    const catalogue = openEmptyCatalogue(options())
    for (const entry of [bucket(1), object(2, 'a'), remove(3, 'a'), object(4, 'a')]) catalogue.apply(entry)
    expect(catalogue.tombstoneCount()).toBe(0)
    expect(catalogue.takeDead().map(({ sequence }) => sequence)).toEqual([2, 3])
    catalogue.close()
  })
})
