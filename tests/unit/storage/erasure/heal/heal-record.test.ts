// Repairing the shards of one payload.
import { afterEach, describe, expect, it } from 'vitest'
import { copyBytes } from '../../../../../src-main/base/bytes.ts'
import { healPayload } from '../../../../../src-main/storage/erasure/heal/heal-record.ts'
import type { PayloadPlacement } from '../../../../../src-main/storage/erasure/layout/payload-placement.ts'
import { openBodyReader } from '../../../../../src-main/storage/erasure/object-read.ts'
import { openBodyWriter } from '../../../../../src-main/storage/erasure/object-write.ts'
import { appendInline, collect, contentOf, openBench, partEncryption, settle, sourceOf, type Bench, type FakeDrive } from '../body-fixtures.ts'

const never = new AbortController().signal
const sequence = 5
const benches: Bench[] = []

afterEach(async () => {
  await settle()
  for (const on of benches.splice(0)) expect(on.pool.bytesInUse).toBe(0)
})

async function store(k: number, m: number, content: Uint8Array): Promise<{ on: Bench; placement: PayloadPlacement }> {
  const on = openBench(k, m)
  benches.push(on)
  const { staged } = await openBodyWriter(on.deps).stage(content.length, sourceOf(content), { digests: [], encryption: partEncryption }, m, never)
  if (staged.placement.form === 'inline') appendInline(on, staged, sequence)
  else staged.release('committed')
  return { on, placement: staged.placement }
}

function contentOn(drive: FakeDrive): string {
  const shards = [...drive.inline.entries(), ...[...drive.files.values()].flatMap((file) => [...file.entries()])]
  return JSON.stringify(shards.sort(([a], [b]) => a - b).map(([index, { bytes, hash }]) => [index, Buffer.from(bytes).toString('base64'), Buffer.from(hash).toString('hex')]))
}

async function readsBack(on: Bench, placement: PayloadPlacement, content: Uint8Array): Promise<boolean> {
  const got = await collect(openBodyReader(on.deps, placement, sequence, 0, placement.size, { encryption: partEncryption }, never))
  return Buffer.compare(got, content) === 0
}

const heal = (on: Bench, placement: PayloadPlacement, slots: readonly number[], rewriteAll = false, signal = never) =>
  healPayload(on.deps, { placement, sequence, slots, rewriteAll }, signal)

describe('healing a payload whose shards are too few', () => {
  it('is refused, says whether drives are away, and changes nothing', async () => {
    for (const size of [1000, 1_200_000]) {
      const { on, placement } = await store(2, 1, contentOf(size))
      const before = on.set.drives.map(contentOn)
      on.set.state.set(placement.slots[0] as number, 'away')
      await expect(heal(on, placement, [placement.slots[1] as number, placement.slots[2] as number], true)).rejects.toMatchObject({ fault: 'read-quorum-lost' })
      on.set.state.clear()
      on.set.drives[placement.slots[0] as number]!.inline.clear()
      on.set.drives[placement.slots[0] as number]!.files.clear()
      await expect(heal(on, placement, [placement.slots[1] as number], true)).rejects.toMatchObject({ fault: 'damaged' })
      expect(on.set.drives.map(contentOn).filter((text, slot) => text !== before[slot] && slot !== placement.slots[0])).toEqual([])
    }
  })
})

describe('inline shards', () => {
  it('of every subset of at most m slots are rebuilt to the very bytes and hashes they were', async () => {
    for (const [k, m] of [[1, 1], [2, 1], [2, 2], [4, 2], [3, 3]] as const) {
      const { on, placement } = await store(k, m, contentOf(77_777))
      const before = on.set.drives.map((drive) => drive.inline.get(sequence))
      for (let mask = 1; mask < 1 << (k + m); mask++) {
        const slots = placement.slots.filter((_, index) => (mask >> index) & 1)
        if (slots.length > m) continue
        for (const slot of slots) on.set.drives[slot]?.inline.delete(sequence)
        const outcome = await heal(on, placement, slots)
        expect(outcome.shards.map((shard) => shard.slot).sort()).toEqual([...slots].sort())
        for (const shard of outcome.shards) {
          expect(placement.slots[shard.shardIndex]).toBe(shard.slot)
          const made = { bytes: copyBytes(on.pool.view(shard.range)), hash: copyBytes(on.pool.bytes.subarray(shard.hashOffset, shard.hashOffset + 32)) }
          expect(Buffer.compare(made.bytes, before[shard.slot]!.bytes)).toBe(0)
          expect(Buffer.compare(made.hash, before[shard.slot]!.hash)).toBe(0)
          on.set.drives[shard.slot]!.inline.set(sequence, made)
        }
        expect(outcome.bytesRebuilt).toBe(slots.length * outcome.shardLength)
        outcome.release()
      }
    }
  })
})

describe('shard files', () => {
  const content = contentOf(4 * 1024 * 1024 + 100)

  it('that are damaged in places get just those chunks written', async () => {
    const { on, placement } = await store(2, 2, content)
    const slot = placement.slots[1] as number
    const drive = on.set.drives[slot]!
    const before = contentOn(drive)
    const file = drive.files.get(placement.payloadId)!
    file.get(2)!.bytes[0] = file.get(2)!.bytes[0]! ^ 1
    file.delete(4)
    drive.calls.length = 0
    const outcome = await heal(on, placement, [slot])
    expect(outcome).toMatchObject({ healedSlots: [slot], failedSlots: [], shards: [] })
    expect(drive.calls.filter((call) => call === 'writeChunks')).toHaveLength(2)
    expect(contentOn(drive)).toBe(before)
    expect(drive.synced.has(placement.payloadId)).toBe(true)
    outcome.release()
  })

  it('that are gone on m drives are written whole, data and parity', async () => {
    const { on, placement } = await store(2, 2, content)
    const before = on.set.drives.map(contentOn)
    const slots = [placement.slots[0] as number, placement.slots[3] as number]
    for (const slot of slots) {
      on.set.drives[slot]!.files.clear()
      on.set.state.set(slot, 'healing')
    }
    const outcome = await heal(on, placement, slots, true)
    expect([...outcome.healedSlots].sort()).toEqual([...slots].sort())
    expect(outcome.bytesRebuilt).toBe(2 * outcome.shardLength)
    expect(on.set.drives.map(contentOn)).toEqual(before)
    on.set.state.clear()
    for (const slot of placement.slots.filter((other) => !slots.includes(other))) on.set.state.set(slot, 'away')
    expect(await readsBack(on, placement, content)).toBe(true)
  })

  it('on a drive that fails or lies are named as failed, while the other slot is finished', async () => {
    for (const reason of ['drive-failed', 'not-verified'] as const) {
      const { on, placement } = await store(2, 2, content)
      const [bad, good] = [placement.slots[0] as number, placement.slots[2] as number]
      for (const slot of [bad, good]) on.set.drives[slot]!.files.clear()
      const drive = on.set.drives[bad]!
      if (reason === 'drive-failed') drive.fail = (call, count) => (call === 'writeChunks' && count > 7 ? 'io-error' : undefined)
      else drive.unreadable = true
      const outcome = await heal(on, placement, [bad, good], true)
      expect(outcome.healedSlots).toEqual([good])
      expect(outcome.failedSlots).toEqual([{ slot: bad, reason }])
    }
  })

  it('on a drive that is away are left for later', async () => {
    const { on, placement } = await store(2, 2, content)
    on.set.state.set(placement.slots[1] as number, 'away')
    const outcome = await heal(on, placement, [placement.slots[1] as number])
    expect(outcome).toMatchObject({ healedSlots: [], failedSlots: [{ slot: placement.slots[1], reason: 'away' }] })
  })

  it('given up at any step leave the payload readable and no memory taken', async () => {
    for (let steps = 0; steps < 120; steps += 3) {
      const { on, placement } = await store(2, 1, contentOf(1_500_000))
      const slot = placement.slots[0] as number
      on.set.drives[slot]!.files.clear()
      const abort = new AbortController()
      const outcome = heal(on, placement, [slot], steps % 2 === 0, abort.signal).catch((error: unknown) => error)
      for (let step = 0; step < steps; step++) await Promise.resolve()
      abort.abort()
      const result = await outcome
      if (result instanceof Error) expect(result).toMatchObject({ fault: 'cancelled' })
      await settle()
      expect(on.pool.bytesInUse).toBe(0)
      expect(await readsBack(on, placement, contentOf(1_500_000))).toBe(true)
    }
  })
})
