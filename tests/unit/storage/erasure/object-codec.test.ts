// The body paths over the product's own codec: what the slow one of the other tests does, the fast one must do too, also where plain bytes
// are opened over the sealed ones and where a place ends with the slab.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { copyBytes } from '../../../../src-main/base/bytes.ts'
import { openInlineCodec } from '../../../../src-main/payload/inline-codec.ts'
import { createSharedSlab, SlotPool } from '../../../../src-main/payload/shared-memory.ts'
import { healPayload } from '../../../../src-main/storage/erasure/heal/heal-record.ts'
import type { PayloadPlacement } from '../../../../src-main/storage/erasure/layout/payload-placement.ts'
import { openBodyReader } from '../../../../src-main/storage/erasure/object-read.ts'
import { openBodyWriter } from '../../../../src-main/storage/erasure/object-write.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { appendInline, collect, contentOf, FakeSet, openFakeCodec, partEncryption, settle, sourceOf, type Bench } from './body-fixtures.ts'

const never = new AbortController().signal
const sequence = 77
const mebibyte = 1024 * 1024

function openRealBench(k: number, m: number): Bench['deps'] & { pool: SlotPool; set: FakeSet } {
  const slab = createSharedSlab(24 * mebibyte)
  const pool = new SlotPool(slab, 64)
  const set = new FakeSet(pool, k, m)
  return { pool, set, slots: pool, codec: openInlineCodec(slab), random: seededRandom(3), clock: { nowMs: () => 0, monotonicMs: () => 0, after: () => () => undefined } }
}

async function store(on: ReturnType<typeof openRealBench>, content: Uint8Array, encrypted: boolean): Promise<PayloadPlacement> {
  const recipe = { digests: ['md5', 'sha256'] as const, ...(encrypted && { encryption: partEncryption }) }
  const { staged, digests } = await openBodyWriter(on).stage(content.length, sourceOf(content), recipe, on.set.parityShards, never)
  expect(Buffer.from(digests.sha256 ?? []).toString('hex')).toBe(createHash('sha256').update(content).digest('hex'))
  expect(Buffer.from(digests.md5 ?? []).toString('hex')).toBe(createHash('md5').update(content).digest('hex'))
  if (staged.placement.form === 'inline') appendInline({ ...on, codec: openFakeCodec(on.pool.bytes), clock: undefined as never, deps: on }, staged, sequence)
  else staged.release('committed')
  return staged.placement
}

const recipeOf = ({ encrypted }: PayloadPlacement) => (encrypted ? { encryption: partEncryption } : {})

describe.each([[1, 0], [1, 1], [2, 1], [2, 2], [4, 2], [3, 3]] as const)('with the product\'s codec on %i+%i drives', (k, m) => {
  it('every subset of at most m missing shards gives the body, and heals back to the same bytes', async () => {
    for (const [size, encrypted] of [[100_001, true], [100_001, false], [mebibyte + 70_000, true], [mebibyte + 70_000, false]] as const) {
      const on = openRealBench(k, m)
      const content = contentOf(size)
      const placement = await store(on, content, encrypted)
      const shardsOn = (slot: number): Buffer => {
        const drive = on.set.drives[slot]
        const shards = [drive?.inline.get(sequence), ...(drive?.files.get(placement.payloadId)?.values() ?? [])]
        return Buffer.concat(shards.flatMap((shard) => (shard ? [shard.bytes, shard.hash] : [])))
      }
      for (let mask = 0; mask < 1 << (k + m); mask++) {
        const slots = placement.slots.filter((_, index) => (mask >> index) & 1)
        if (slots.length > m) continue
        const before = slots.map(shardsOn)
        for (const slot of slots) {
          on.set.drives[slot]?.inline.clear()
          on.set.drives[slot]?.files.clear()
        }
        const got = await collect(openBodyReader(on, placement, sequence, 0, size, recipeOf(placement), never))
        expect(Buffer.compare(got, content), `without ${slots.join()}`).toBe(0)
        const healed = await healPayload(on, { placement, sequence, slots, rewriteAll: false }, never)
        for (const { slot, range, hashOffset } of healed.shards) {
          on.set.drives[slot]?.inline.set(sequence, { bytes: copyBytes(on.pool.view(range)), hash: copyBytes(on.pool.bytes.subarray(hashOffset, hashOffset + 32)) })
        }
        healed.release()
        expect(slots.map(shardsOn).every((bytes, i) => Buffer.compare(bytes, before[i] as Buffer) === 0)).toBe(true)
      }
      await settle(2)
      expect(on.pool.bytesInUse).toBe(0)
    }
  })
})

it.each([true, false])('ranges around packages and stripes are right with and without the first data shard (encrypted: %s)', async (encrypted) => {
  const on = openRealBench(3, 2)
  const content = contentOf(2 * mebibyte + 70_001)
  const placement = await store(on, content, encrypted)
  const borders = [0, 65_535, 65_536, 349_696, 983_041, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte, content.length - 1, content.length]
  for (const away of [false, true]) {
    if (away) on.set.state.set(placement.slots[0] as number, 'away')
    for (const from of borders) {
      for (const to of borders) {
        if (from >= to) continue
        const got = await collect(openBodyReader(on, placement, sequence, from, to - from, recipeOf(placement), never))
        expect(Buffer.compare(got, content.subarray(from, to)), `${from}-${to}`).toBe(0)
      }
    }
  }
})

it('a place at the very end of the slab is opened as any other', async () => {
  const on = openRealBench(2, 2)
  const content = contentOf(mebibyte)
  const placement = await store(on, content, true)
  const blocks = [on.pool.tryTake(16 * mebibyte), on.pool.tryTake(4 * mebibyte), on.pool.tryTake(2 * mebibyte)]
  const got = await collect(openBodyReader(on, placement, sequence, 0, mebibyte, recipeOf(placement), never))
  expect(Buffer.compare(got, content)).toBe(0)
  for (const block of blocks) if (block !== undefined) on.pool.give(block)
  expect(on.pool.bytesInUse).toBe(0)
})

it('a key that is not the body\'s gives nothing but the fault', async () => {
  const on = openRealBench(2, 1)
  const placement = await store(on, contentOf(200_000), true)
  const wrong = { encryption: { ...partEncryption, partKey: new Uint8Array(32) } }
  await expect(collect(openBodyReader(on, placement, sequence, 0, 200_000, wrong, never))).rejects.toMatchObject({ fault: 'damaged' })
})
