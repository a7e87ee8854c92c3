// Reading a body back, whatever is missing, damaged, slow or given up.
import { afterEach, describe, expect, it } from 'vitest'
import type { ByteSource } from '../../../../src-main/base/byte-stream.ts'
import { copyBytes } from '../../../../src-main/base/bytes.ts'
import { CodecError } from '../../../../src-main/payload/codec.ts'
import { StorageError } from '../../../../src-main/seams/storage-backend.ts'
import type { PayloadPlacement } from '../../../../src-main/storage/erasure/layout/payload-placement.ts'
import { openBodyReader } from '../../../../src-main/storage/erasure/object-read.ts'
import { openBodyWriter } from '../../../../src-main/storage/erasure/object-write.ts'
import { appendInline, collect, contentOf, hashOf, openBench, partEncryption, settle, sourceOf, type Bench, type FakeDrive } from './body-fixtures.ts'

const geometries = [[1, 0], [1, 1], [2, 1], [2, 2], [4, 2], [3, 3]] as const
const never = new AbortController().signal
const sequence = 42
const benches: Bench[] = []

afterEach(async () => {
  await settle()
  for (const bench of benches.splice(0)) {
    expect(bench.pool.bytesInUse).toBe(0)
    expect(bench.codec.openBodies.size).toBe(0)
  }
})

function bench(k: number, m: number, options: { slabMiB?: number; seed?: number } = {}): Bench {
  const made = openBench(k, m, options)
  benches.push(made)
  return made
}

async function store(on: Bench, content: Uint8Array, encrypted: boolean): Promise<PayloadPlacement> {
  const recipe = { digests: [], ...(encrypted && { encryption: partEncryption }) }
  const { staged } = await openBodyWriter(on.deps).stage(content.length, sourceOf(content), recipe, on.set.parityShards, never)
  if (staged.placement.form === 'inline') appendInline(on, staged, sequence)
  else staged.release('committed')
  return staged.placement
}

function read(on: Bench, placement: PayloadPlacement, offset = 0, length = placement.size - offset, signal = never): ByteSource {
  return openBodyReader(on.deps, placement, sequence, offset, length, placement.encrypted ? { encryption: partEncryption } : {}, signal)
}

/** The content or the fault; never anything in between. */
async function outcomeOf(source: ByteSource): Promise<Buffer | string> {
  try {
    return await collect(source)
  } catch (error) {
    if (error instanceof StorageError) return error.fault
    throw error
  }
}

function driveOfShard(on: Bench, placement: PayloadPlacement, index: number): FakeDrive {
  return on.set.drives[placement.slots[index] as number] as FakeDrive
}

function damage(drive: FakeDrive, placement: PayloadPlacement): void {
  const shard = drive.inline.get(sequence) ?? drive.files.get(placement.payloadId)?.get(0)
  if (shard !== undefined) shard.bytes[5] = (shard.bytes[5] as number) ^ 1
}

const sizes = [1, 64 * 1024, 100 * 1024, 1024 * 1024, 2 * 1024 * 1024 + 70_001]

describe.each(geometries)('a body on %i+%i drives with shards gone', (k, m) => {
  it.each([false, true])('comes back whole without any m of them and fails clearly with one more (encrypted: %s)', async (encrypted) => {
    for (const size of [100 * 1024 + 3, 1024 * 1024 + 66_000]) {
      const on = bench(k, m)
      const content = contentOf(size, k * 16 + m)
      const placement = await store(on, content, encrypted)
      for (let lost = 0; lost < 1 << (k + m); lost++) {
        const indexes = placement.slots.map((_, index) => index).filter((index) => (lost >> index) & 1)
        if (indexes.length > m + 1 || (size > 1024 * 1024 && indexes.length < m)) continue
        on.set.state.clear()
        for (const index of indexes) on.set.state.set(placement.slots[index] as number, 'away')
        const outcome = await outcomeOf(read(on, placement))
        if (indexes.length <= m) expect(Buffer.compare(outcome as Buffer, content), `without ${indexes.join()}`).toBe(0)
        else expect(outcome).toBe('read-quorum-lost')
      }
    }
  })

  it('tells damage from absence: m+1 damaged shards with every drive there are damaged', async () => {
    for (const size of [70_000, 1024 * 1024 + 100]) {
      const on = bench(k, m)
      const content = contentOf(size)
      const placement = await store(on, content, true)
      for (let count = 0; count <= m; count++) {
        damage(driveOfShard(on, placement, count), placement)
        const outcome = await outcomeOf(read(on, placement))
        if (count < m) expect(Buffer.compare(outcome as Buffer, content)).toBe(0)
        else expect(outcome).toBe('damaged')
      }
    }
  })
})

describe('a body that is sealed', () => {
  const uncheckedOf = (on: Bench): number => on.set.drives.reduce((sum, drive) => sum + (drive?.unchecked ?? 0), 0)

  it('is checked by its tags and not by the hashes of its shards as well; one that is not sealed by the hashes', async () => {
    for (const encrypted of [true, false]) {
      for (const size of [1000, 3 * 1024 * 1024]) {
        const on = bench(2, 2)
        const content = contentOf(size)
        const placement = await store(on, content, encrypted)
        expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
        expect(uncheckedOf(on) > 0).toBe(encrypted)
      }
    }
  })

  it('is read again with the hashes when a tag is wrong: they say whose shard it is, and another takes its place', async () => {
    for (const size of [1000, 100 * 1024, 3 * 1024 * 1024]) {
      for (const index of [0, 1]) {
        const on = bench(2, 2)
        const content = contentOf(size, index)
        const placement = await store(on, content, true)
        const drive = driveOfShard(on, placement, index)
        damage(drive, placement)
        expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
        expect(on.set.reports.map(({ slot }) => slot)).toEqual([placement.slots[index]])
      }
    }
  })

  it('looks at the hashes for the rest of a body in which a tag was wrong', async () => {
    const on = bench(2, 2)
    const content = contentOf(6 * 1024 * 1024)
    const placement = await store(on, content, true)
    damage(driveOfShard(on, placement, 0), placement)
    expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
    // The first stripe and the one fetched meanwhile.
    expect(uncheckedOf(on)).toBeLessThanOrEqual(4)
  })

  it('is rebuilt only out of shards whose hash is right, though one was taken without a look at it', async () => {
    for (const size of [100 * 1024, 3 * 1024 * 1024]) {
      const on = bench(2, 2)
      const content = contentOf(size)
      const placement = await store(on, content, true)
      damage(driveOfShard(on, placement, 0), placement)
      driveOfShard(on, placement, 1).unreadable = true
      expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
    }
  })

  it('gives no byte of a package whose tag is wrong, whatever the hashes say', async () => {
    const on = bench(2, 2)
    const placement = await store(on, contentOf(100 * 1024), true)
    for (let index = 0; index < 4; index++) {
      const shard = driveOfShard(on, placement, index).inline.get(sequence)
      if (shard === undefined) continue
      shard.bytes[40] = (shard.bytes[40] as number) ^ 1
      shard.hash = hashOf(shard.bytes)
    }
    expect(await outcomeOf(read(on, placement))).toBe('damaged')
  })
})

describe('a shard that is bad', () => {
  it('is reported once per shard for a body, however many stripes it has', async () => {
    const on = bench(2, 2)
    const content = contentOf(5 * 1024 * 1024)
    const placement = await store(on, content, true)
    const drive = driveOfShard(on, placement, 0)
    for (const shard of drive.files.get(placement.payloadId)?.values() ?? []) shard.bytes[9] = (shard.bytes[9] as number) ^ 0x80
    expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
    expect(on.set.reports).toEqual([{ slot: placement.slots[0], damage: 'file' }])
  })

  it('is not reported on a drive that is being healed, where it is known to be missing', async () => {
    const on = bench(2, 1)
    const placement = await store(on, contentOf(1000), false)
    const slot = placement.slots[0] as number
    on.set.drives[slot]?.inline.clear()
    on.set.state.set(slot, 'healing')
    expect(await collect(read(on, placement))).toHaveLength(1000)
    expect(on.set.reports).toEqual([])
  })

  it('counts as an error of the drive and as damage when the drive cannot read it', async () => {
    const on = bench(2, 1)
    const placement = await store(on, contentOf(1000), false)
    driveOfShard(on, placement, 1).unreadable = true
    expect(await collect(read(on, placement))).toHaveLength(1000)
    expect(on.set.reports).toEqual([{ slot: placement.slots[1], fault: 'io-error' }, { slot: placement.slots[1], damage: 'inline' }])
  })

  it('is asked for only once when a whole file is missing on its drive', async () => {
    const on = bench(2, 2)
    const content = contentOf(4 * 1024 * 1024)
    const placement = await store(on, content, false)
    const drive = driveOfShard(on, placement, 0)
    drive.files.clear()
    drive.calls.length = 0
    expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
    expect(drive.calls.filter((call) => call === 'readChunks').length).toBeLessThanOrEqual(2)
  })
})

describe('a drive that fails during a read', () => {
  it('is reported and its shard replaced; with too few left the fault says that drives are away', async () => {
    const on = bench(2, 2)
    const content = contentOf(100_000)
    const placement = await store(on, content, true)
    on.set.drives.forEach((drive) => { drive.fail = () => undefined })
    for (let gone = 0; gone < 3; gone++) {
      driveOfShard(on, placement, gone).fail = () => 'gone'
      const outcome = await outcomeOf(read(on, placement))
      if (gone < 2) expect(Buffer.compare(outcome as Buffer, content)).toBe(0)
      else expect(outcome).toBe('read-quorum-lost')
    }
    expect(on.set.reports.every((report) => report.fault === 'gone')).toBe(true)
  })

  it('keeps the memory of a read that timed out until its thread has ended', async () => {
    const on = bench(1, 1)
    const placement = await store(on, contentOf(5000), false)
    const ended = Promise.withResolvers<void>()
    const drive = driveOfShard(on, placement, 0)
    Object.assign(drive.connection, { ended: ended.promise })
    drive.fail = () => 'timeout'
    expect(await collect(read(on, placement))).toHaveLength(5000)
    await settle()
    expect(on.pool.bytesInUse).toBeGreaterThan(0)
    ended.resolve()
    await settle()
    expect(on.pool.bytesInUse).toBe(0)
  })

  it('does not hold up the reader when it is slow: parity takes its part, and later reads go round it', async () => {
    const on = bench(2, 1)
    const content = contentOf(2 * 1024 * 1024)
    const placement = await store(on, content, true)
    const held = Promise.withResolvers<void>()
    const slow = driveOfShard(on, placement, 0)
    slow.hold = () => held.promise
    const collected = collect(read(on, placement))
    await settle()
    on.clock.advance(500)
    expect(Buffer.compare(await collected, content)).toBe(0)
    const callsBefore = slow.calls.length
    expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
    expect(slow.calls.length).toBe(callsBefore)
    expect(on.pool.bytesInUse).toBeGreaterThan(0)
    held.resolve()
    await settle()
    expect(on.pool.bytesInUse).toBe(0)
    await collect(read(on, placement))
    expect(slow.calls.length).toBeGreaterThan(callsBefore)
  })

  it('is waited for when nobody can take its part', async () => {
    const on = bench(2, 0)
    const content = contentOf(300_000)
    const placement = await store(on, content, true)
    const held = Promise.withResolvers<void>()
    driveOfShard(on, placement, 1).hold = () => held.promise
    const collected = collect(read(on, placement))
    await settle()
    on.clock.advance(5000)
    await settle()
    held.resolve()
    expect(Buffer.compare(await collected, content)).toBe(0)
  })
})

describe('bytes whose hashes are right but whose tag is not', () => {
  it('are damaged and never given out', async () => {
    const on = bench(2, 1)
    const placement = await store(on, contentOf(200_000), true)
    const source = openBodyReader(on.deps, placement, sequence, 0, 200_000, { encryption: { ...partEncryption, partKey: new Uint8Array(32) } }, never)
    expect(await outcomeOf(source)).toBe('damaged')
    expect(await source.next()).toBeUndefined()
  })

  it('are told from a codec that is busy or gone', async () => {
    const on = bench(1, 0)
    const placement = await store(on, contentOf(10), true)
    on.codec.failNext = new CodecError('busy', 'busy')
    expect(await outcomeOf(read(on, placement))).toBe('busy')
    on.codec.failNext = new CodecError('codec-gone', 'gone')
    expect(await outcomeOf(read(on, placement))).toBe('closed')
  })
})

describe('a range', () => {
  it.each([[true, 2, 2], [false, 2, 2], [true, 3, 1], [false, 3, 1], [true, 1, 0], [true, 4, 2]] as const)(
    'is right at every border of packages and stripes (encrypted: %s, %i+%i), with all drives and without the first',
    async (encrypted, k, m) => {
      const on = bench(k, m)
      const content = contentOf(2 * 1024 * 1024 + 70_001)
      const placement = await store(on, content, encrypted)
      const borders = [0, 1, 65_535, 65_536, 65_537, 524_288, 983_040, 1_048_575, 1_048_576, 1_048_577, 1_114_112, 2_097_151, 2_097_152, 2_162_688, content.length - 1, content.length]
      for (const away of m > 0 ? [false, true] : [false]) {
        if (away) on.set.state.set(placement.slots[0] as number, 'away')
        for (const from of borders) {
          for (const to of borders) {
            if (from >= to || (away && to - from > 1_100_000)) continue
            const got = await collect(read(on, placement, from, to - from))
            expect(Buffer.compare(got, content.subarray(from, to)), `${from}-${to}`).toBe(0)
          }
        }
      }
    },
  )

  it('asks only the drives whose shards it touches, and makes no trip when nothing is sealed or lost', async () => {
    const on = bench(4, 2)
    const placement = await store(on, contentOf(1024 * 1024), false)
    for (const drive of on.set.drives) drive.calls.length = 0
    await collect(read(on, placement, 300_000, 100_000))
    expect(placement.slots.map((slot) => on.set.drives[slot]?.calls.length)).toEqual([0, 1, 0, 0, 0, 0])
    expect(on.codec.decodes).toBe(0)
  })
})

describe('a view', () => {
  it('stays as it is until the next call, and its memory is free after it', async () => {
    const on = bench(2, 1)
    const content = contentOf(3 * 1024 * 1024)
    const placement = await store(on, content, true)
    const source = read(on, placement)
    const view = (await source.next()) as Uint8Array
    await settle()
    expect(Buffer.compare(copyBytes(view), content.subarray(0, 1024 * 1024))).toBe(0)
    source.cancel()
    source.cancel()
    expect(await source.next()).toBeUndefined()
  })

  it('outlives an abort, since it may be on its way to a socket; the next call is refused and frees it', async () => {
    const on = bench(2, 1)
    const content = contentOf(3 * 1024 * 1024)
    const placement = await store(on, content, true)
    const abort = new AbortController()
    const source = read(on, placement, 0, content.length, abort.signal)
    const view = (await source.next()) as Uint8Array
    abort.abort()
    await settle()
    expect(Buffer.compare(copyBytes(view), content.subarray(0, 1024 * 1024))).toBe(0)
    await expect(source.next()).rejects.toMatchObject({ fault: 'cancelled' })
    expect(await source.next()).toBeUndefined()
  })
})

describe('giving up', () => {
  it.each(['abort', 'cancel'] as const)('at every step by %s ends at once and frees everything', async (how) => {
    for (const size of [100_000, 3 * 1024 * 1024]) {
      for (let steps = 0; steps < 14; steps++) {
        const on = bench(2, 1)
        const placement = await store(on, contentOf(size), true)
        damage(driveOfShard(on, placement, 0), placement)
        const abort = new AbortController()
        const source = read(on, placement, 0, size, abort.signal)
        const outcome = outcomeOf(source)
        for (let step = 0; step < steps; step++) await Promise.resolve()
        if (how === 'abort') abort.abort()
        else source.cancel()
        const result = await outcome
        if (how === 'abort' && typeof result === 'string') expect(result).toBe('cancelled')
        source.cancel()
        await settle()
        expect(on.pool.bytesInUse).toBe(0)
      }
    }
  })

  it('does not wait for a drive that hangs, yet its memory stays until the drive answers', async () => {
    const on = bench(1, 0)
    const placement = await store(on, contentOf(1000), true)
    const held = Promise.withResolvers<void>()
    driveOfShard(on, placement, 0).hold = () => held.promise
    const abort = new AbortController()
    const outcome = outcomeOf(read(on, placement, 0, 1000, abort.signal))
    await settle()
    abort.abort()
    expect(await outcome).toBe('cancelled')
    expect(on.pool.bytesInUse).toBeGreaterThan(0)
    held.resolve()
  })

  it('while waiting for memory leaves the line', async () => {
    const on = bench(2, 1, { slabMiB: 8 })
    const content = contentOf(1024 * 1024)
    const placement = await store(on, content, true)
    const first = Array.from({ length: 4 }, () => read(on, placement))
    for (const source of first) await source.next()
    const abort = new AbortController()
    const late = outcomeOf(read(on, placement, 0, content.length, abort.signal))
    const cancelled = read(on, placement)
    const pending = cancelled.next()
    const patient = collect(read(on, placement))
    await settle()
    abort.abort()
    expect(await late).toBe('cancelled')
    cancelled.cancel()
    expect(await pending).toBeUndefined()
    for (const source of first) source.cancel()
    expect(Buffer.compare(await patient, content)).toBe(0)
  })
})

describe('many readers at once in little memory', () => {
  it('all come to their end', async () => {
    const on = bench(2, 2, { slabMiB: 16 })
    const content = contentOf(2 * 1024 * 1024 + 5)
    const small = contentOf(30_000)
    const large = await store(on, content, true)
    const results = await Promise.all(Array.from({ length: 24 }, async (_, i) => {
      if (i % 6 === 1) on.set.state.set(0, 'away')
      return Buffer.compare(await collect(read(on, large)), content)
    }))
    expect(new Set(results)).toEqual(new Set([0]))
    on.set.state.clear()
    const placement = await store(on, small, true)
    expect(Buffer.compare(await collect(read(on, placement)), small)).toBe(0)
  })
})

it.each(sizes)('a body of %i bytes comes back as it was, plain and encrypted', async (size) => {
  for (const encrypted of [false, true]) {
    const on = bench(2, 2)
    const content = contentOf(size)
    const placement = await store(on, content, encrypted)
    expect(Buffer.compare(await collect(read(on, placement)), content)).toBe(0)
    expect(on.set.reports).toEqual([])
  }
})
