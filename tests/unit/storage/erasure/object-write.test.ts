// Taking a body in: right bytes on the drives, drives that fail meanwhile, sources that fail, callers that give up.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { ByteSource } from '../../../../src-main/base/byte-stream.ts'
import { CodecError } from '../../../../src-main/payload/codec.ts'
import { openBodyReader } from '../../../../src-main/storage/erasure/object-read.ts'
import { openBodyWriter } from '../../../../src-main/storage/erasure/object-write.ts'
import { appendInline, collect, contentOf, openBench, partEncryption, settle, sourceOf, type Bench, type FakeDrive } from './body-fixtures.ts'

const never = new AbortController().signal
const recipe = { digests: ['sha256'] as const, encryption: partEncryption }
const mebibyte = 1024 * 1024
const benches: Bench[] = []

afterEach(async () => {
  await settle()
  for (const on of benches.splice(0)) {
    expect(on.pool.bytesInUse).toBe(0)
    expect(on.codec.openBodies.size).toBe(0)
  }
})

function bench(k: number, m: number, options: { slabMiB?: number; seed?: number } = {}): Bench {
  const made = openBench(k, m, options)
  benches.push(made)
  return made
}

function stage(on: Bench, size: number, source: ByteSource, signal = never) {
  return openBodyWriter(on.deps).stage(size, source, recipe, on.set.parityShards, signal)
}

function filesLeft(on: Bench): number {
  return on.set.drives.reduce((count, drive) => count + drive.files.size, 0)
}

const small = 100 * 1024
const large = 3 * mebibyte + 12_345

describe('a source that does not keep its word', () => {
  it.each([small, mebibyte, large])('of %i bytes: shorter, longer by one, longer in its last chunk', async (size) => {
    for (const later of [false, true]) {
      const on = bench(2, 2)
      for (const [given, fault] of [[size - 1, 'body-too-short'], [size + 1, 'body-too-long'], [size + 5000, 'body-too-long'], [0, 'body-too-short']] as const) {
        const source = sourceOf(contentOf(given), 50_000, later)
        await expect(stage(on, size, source)).rejects.toMatchObject({ fault })
        expect(source.cancelled).toBe(true)
        await settle()
        expect(filesLeft(on)).toBe(0)
      }
      const exactChunks = sourceOf(contentOf(size + 1), size, later)
      await expect(stage(on, size, exactChunks)).rejects.toMatchObject({ fault: 'body-too-long' })
    }
  })

  it.each([small, large])('of %i bytes: its own error comes out as it is', async (size) => {
    const on = bench(2, 1)
    for (const failing of [() => { throw new RangeError('source') }, () => Promise.reject(new RangeError('source'))]) {
      const inner = sourceOf(contentOf(size))
      let count = 0
      await expect(stage(on, size, { next: () => (++count > 1 ? failing() : inner.next()), cancel: () => undefined })).rejects.toThrow(RangeError)
      await settle()
      expect(filesLeft(on)).toBe(0)
    }
  })
})

describe('drives that fail in mid-write', () => {
  it('are dropped and reported while a write quorum has all of it', async () => {
    for (const call of ['writeChunks', 'syncShardFiles'] as const) {
      for (const at of call === 'writeChunks' ? [1, 2, 4] : [1]) {
        const on = bench(2, 2)
        const failing = on.set.drives[1] as FakeDrive
        failing.fail = (name, count) => (name === call && count === at ? 'io-error' : undefined)
        const content = contentOf(large)
        const { staged, digests } = await stage(on, large, sourceOf(content))
        expect([...staged.goodSlots].sort()).toEqual([0, 2, 3])
        expect(on.set.reports).toEqual([{ slot: 1, fault: 'io-error' }])
        expect(digests.sha256).toEqual(createHash('sha256').update(content).digest())
        if (call === 'writeChunks') expect(failing.calls.filter((name) => name === 'writeChunks')).toHaveLength(at)
        staged.release('discarded')
        await settle()
        expect(filesLeft(on)).toBe(0)
      }
    }
  })

  it('end the write when too few are left, and leave no files: full by name, otherwise the quorum', async () => {
    for (const [faults, expected] of [[['full', 'full'], 'storage-full'], [['full', 'io-error'], 'storage-full'], [['io-error', 'gone'], 'write-quorum-lost']] as const) {
      for (const at of [1, 3]) {
        const on = bench(2, 2)
        faults.forEach((fault, slot) => {
          ;(on.set.drives[slot] as FakeDrive).fail = (name, count) => (name === 'writeChunks' && count >= at ? fault : undefined)
        })
        await expect(stage(on, large, sourceOf(contentOf(large)))).rejects.toMatchObject({ fault: expected })
        await settle()
        expect(filesLeft(on)).toBe(0)
      }
    }
  })

  it('are refused at once when there are too few to begin with, before a byte is asked for', async () => {
    for (const size of [small, large]) {
      const on = bench(2, 2)
      on.set.state.set(0, 'away')
      on.set.state.set(2, 'read-only')
      const source: ByteSource = { next: () => { throw new Error('asked') }, cancel: () => undefined }
      await expect(stage(on, size, source)).rejects.toMatchObject({ fault: 'write-quorum-lost' })
    }
  })

  it('and come back under another connection do not get the rest of a file they lack the start of', async () => {
    const on = bench(2, 1)
    const drive = on.set.drives[2] as FakeDrive
    const writes: number[] = []
    drive.fail = (name, count) => {
      if (name === 'writeChunks') writes.push(count)
      if (writes.length === 1) Object.assign(drive, { connection: { ...drive.connection } })
      return undefined
    }
    const { staged } = await stage(on, large, sourceOf(contentOf(large), 60_000, true))
    expect([...staged.goodSlots].sort()).toEqual([0, 1])
    expect(writes).toHaveLength(1)
    staged.release('committed')
  })

  it('by their deadline keep the memory they were writing from until their thread has ended', async () => {
    const on = bench(2, 1)
    const ended = Promise.withResolvers<void>()
    const drive = on.set.drives[0] as FakeDrive
    Object.assign(drive.connection, { ended: ended.promise })
    drive.fail = (name, count) => (name === 'writeChunks' && count === 2 ? 'timeout' : undefined)
    const { staged } = await stage(on, large, sourceOf(contentOf(large)))
    expect(staged.goodSlots).not.toContain(0)
    staged.release('committed')
    await settle()
    expect(on.pool.bytesInUse).toBeGreaterThan(0)
    ended.resolve()
    await settle()
    expect(on.pool.bytesInUse).toBe(0)
  })

  it('without being a drive error are a bug and travel as one', async () => {
    const on = bench(2, 1)
    ;(on.set.drives[0] as FakeDrive).hold = () => Promise.reject(new TypeError('bug'))
    await expect(stage(on, large, sourceOf(contentOf(large)))).rejects.toThrow(TypeError)
  })
})

describe('a codec that fails', () => {
  it.each([small, large])('ends the write of %i bytes with its fault', async (size) => {
    const on = bench(2, 1)
    for (const [fault, expected] of [['busy', 'busy'], ['codec-gone', 'closed']] as const) {
      on.codec.failNext = new CodecError(fault, fault)
      await expect(stage(on, size, sourceOf(contentOf(size)))).rejects.toMatchObject({ fault: expected })
      await settle()
      expect(filesLeft(on)).toBe(0)
    }
  })
})

describe('giving up', () => {
  it('at every step ends at once, frees everything and leaves no files', async () => {
    for (const size of [small, large]) {
      for (let steps = 0; steps < 60; steps++) {
        const on = bench(2, 1)
        const abort = new AbortController()
        const source = sourceOf(contentOf(size), 200_000, steps % 2 === 1)
        const outcome = stage(on, size, source, abort.signal).then((written) => written.staged, (error: unknown) => error)
        for (let step = 0; step < steps; step++) await (steps % 4 === 3 ? new Promise<void>((resolve) => { setImmediate(resolve) }) : Promise.resolve())
        abort.abort()
        const result = await outcome
        if (result instanceof Error) expect(result).toMatchObject({ fault: 'cancelled' })
        else (result as { release(how: string): void }).release('discarded')
        await settle()
        expect(filesLeft(on)).toBe(0)
        expect(on.pool.bytesInUse).toBe(0)
      }
    }
  })

  it('does not wait for a source that stalls, nor for a drive that hangs', async () => {
    const on = bench(2, 1)
    const abort = new AbortController()
    const stalled = stage(on, large, { next: () => new Promise(() => undefined), cancel: () => undefined }, abort.signal)
    const held = Promise.withResolvers<void>()
    for (const drive of on.set.drives) drive.hold = (call) => (call === 'writeChunks' ? held.promise : undefined)
    const hanging = stage(on, large, sourceOf(contentOf(large)), abort.signal)
    await settle()
    abort.abort()
    await expect(stalled).rejects.toMatchObject({ fault: 'cancelled' })
    await expect(hanging).rejects.toMatchObject({ fault: 'cancelled' })
    expect(on.pool.bytesInUse).toBeGreaterThan(0)
    held.resolve()
    await settle()
    expect(filesLeft(on)).toBe(0)
  })

  it('while waiting for memory leaves the line, and waiting too long is busy', async () => {
    const on = bench(2, 2, { slabMiB: 8 })
    const holders = await Promise.all([stage(on, mebibyte, sourceOf(contentOf(mebibyte))), stage(on, mebibyte, sourceOf(contentOf(mebibyte)))])
    const abort = new AbortController()
    const late = stage(on, mebibyte, sourceOf(contentOf(mebibyte)), abort.signal)
    const patient = stage(on, mebibyte, sourceOf(contentOf(mebibyte)))
    const overdue = expect(stage(on, mebibyte, sourceOf(contentOf(mebibyte)))).rejects.toMatchObject({ fault: 'busy' })
    await settle()
    abort.abort()
    await expect(late).rejects.toMatchObject({ fault: 'cancelled' })
    holders[0]?.staged.release('discarded')
    const { staged } = await patient
    on.clock.advance(31_000)
    await overdue
    staged.release('discarded')
    holders[1]?.staged.release('discarded')
  })
})

describe('memory', () => {
  it('of a large body does not grow with its size', async () => {
    const on = bench(2, 2)
    let most = 0
    const inner = sourceOf(contentOf(9 * mebibyte), 60_000, true)
    const watched: ByteSource = { next: () => { most = Math.max(most, on.pool.bytesInUse); return inner.next() }, cancel: () => undefined }
    const { staged } = await stage(on, 9 * mebibyte, watched)
    expect(most).toBeLessThanOrEqual(8 * mebibyte)
    expect(on.pool.bytesInUse).toBe(0)
    staged.release('committed')
  })

  it('too small for all bodies at once lets them through in turn, small ones beside large ones that stall', async () => {
    const on = bench(2, 2, { slabMiB: 32 })
    const go = Promise.withResolvers<void>()
    const stalling = (content: Uint8Array): ByteSource => {
      const inner = sourceOf(content)
      return { next: () => go.promise.then(() => inner.next()), cancel: () => undefined }
    }
    const bodies = Array.from({ length: 12 }, () => stage(on, large, stalling(contentOf(large))))
    await settle()
    for (let i = 0; i < 4; i++) {
      const { staged } = await stage(on, mebibyte, sourceOf(contentOf(mebibyte)))
      staged.release('discarded')
    }
    go.resolve()
    for (const { staged } of await Promise.all(bodies)) staged.release('committed')
  })

  it('suffices for copies that read while they write, however many there are', async () => {
    const on = bench(2, 1, { slabMiB: 16 })
    const content = contentOf(2 * mebibyte + 77)
    const { staged } = await stage(on, content.length, sourceOf(content))
    staged.release('committed')
    const copies = await Promise.all(Array.from({ length: 20 }, () =>
      stage(on, content.length, openBodyReader(on.deps, staged.placement, 1, 0, content.length, { encryption: partEncryption }, never))))
    for (const copy of copies) {
      expect(copy.digests.sha256).toEqual(createHash('sha256').update(content).digest())
      copy.staged.release('committed')
    }
  })
})

describe('a body', () => {
  it('is inline up to one stripe and in synced files above it, with the parity asked for', async () => {
    for (const [size, form] of [[1, 'inline'], [mebibyte, 'inline'], [mebibyte + 1, 'file']] as const) {
      const on = bench(2, 2)
      const { staged } = await openBodyWriter(on.deps).stage(size, sourceOf(contentOf(size)), recipe, 1, never)
      expect(staged.placement).toMatchObject({ form, dataShards: 3, parityShards: 1, size, encrypted: true })
      expect([...staged.placement.slots].sort()).toEqual([0, 1, 2, 3])
      expect(staged.shards?.length).toBe(form === 'inline' ? 4 : undefined)
      if (form === 'file') expect(on.set.drives.every((drive) => drive.synced.has(staged.placement.payloadId))).toBe(true)
      staged.release('committed')
      expect(() => { staged.release('committed') }).toThrow()
    }
  })

  it('of any size in chunks of any size comes back from any k drives', async () => {
    await fc.assert(fc.asyncProperty(
      fc.record({ size: fc.oneof(fc.integer({ min: 1, max: 300_000 }), fc.integer({ min: mebibyte - 3, max: 2 * mebibyte + 3 })), chunk: fc.integer({ min: 700, max: 1_500_000 }), later: fc.boolean(), encrypted: fc.boolean(), geometry: fc.constantFrom([1, 0], [1, 1], [2, 1], [3, 2]), away: fc.nat() }),
      async ({ size, chunk, later, encrypted, geometry: [k, m], away }) => {
        const on = openBench(k, m, { slabMiB: 32, seed: size })
        const content = contentOf(size, chunk)
        const options = encrypted ? { encryption: partEncryption } : {}
        const { staged } = await openBodyWriter(on.deps).stage(size, sourceOf(content, chunk, later), { digests: ['sha256'], ...options }, m, never)
        if (staged.placement.form === 'inline') appendInline(on, staged, 9)
        else staged.release('committed')
        if ((m as number) > 0) on.set.state.set(away % on.set.slotCount, 'away')
        const got = await collect(openBodyReader(on.deps, staged.placement, 9, 0, size, options, never))
        expect(Buffer.compare(got, content)).toBe(0)
        await settle(2)
        expect(on.pool.bytesInUse).toBe(0)
      },
    ), { numRuns: 40 })
  })
})
