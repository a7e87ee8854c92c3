// The arithmetic of stripes, shards and ranges.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../../src-main/base/json.ts'
import { sealedSize } from '../../../../../src-main/crypto/encrypted-stream.ts'
import { chooseShards } from '../../../../../src-main/storage/erasure/layout/decode-plan.ts'
import type { PayloadPlacement } from '../../../../../src-main/storage/erasure/layout/payload-placement.ts'
import { parsePlacement, placementToJson } from '../../../../../src-main/storage/erasure/layout/placement-json.ts'
import { planStripeRead, stripesOfRange } from '../../../../../src-main/storage/erasure/layout/read-plan.ts'
import { countShards, maskOf, maskOfRange, shardsOf } from '../../../../../src-main/storage/erasure/layout/shard-mask.ts'
import { chooseShardSlots } from '../../../../../src-main/storage/erasure/layout/shard-order.ts'
import { stripeAt, toPayloadLayout } from '../../../../../src-main/storage/erasure/layout/stripe-layout.ts'
import { writeQuorumOf } from '../../../../../src-main/storage/erasure/layout/write-quorum.ts'

const mebibyte = 1024 * 1024

describe('a placement as JSON', () => {
  const placement: PayloadPlacement = { payloadId: '00112233445566778899aabbccddeeff', form: 'file', dataShards: 2, parityShards: 1, slots: [2, 0, 1], size: 5_000_000, encrypted: true }
  const json = { i: placement.payloadId, k: 2, m: 1, s: [2, 0, 1], n: 5_000_000, e: 1, f: 1 }

  it.each([
    undefined, null, 'x', [], {}, { ...json, i: 'ABC' }, { ...json, i: `${placement.payloadId}0` }, { ...json, k: 0 }, { ...json, k: 1.5 }, { ...json, m: 3 }, { ...json, m: -1 },
    { ...json, s: [0, 1] }, { ...json, s: [0, 0, 1] }, { ...json, s: [0, 1, '2'] }, { ...json, s: [0, 1, 256] }, { ...json, n: 0 }, { ...json, n: 2 ** 60 }, { ...json, e: 2 }, { ...json, f: true },
    { ...json, f: 0 },
  ])('that was not written by us is refused: %j', (value) => {
    expect(parsePlacement(value as never)).toBeUndefined()
  })

  it('is short and comes back as it was', () => {
    expect(placementToJson(placement)).toEqual(json)
    expect(parsePlacement(JSON.parse(JSON.stringify(json)) as JsonValue)).toEqual(placement)
  })
})

describe('a stripe', () => {
  it.each([
    // size, encrypted, k: stripes, shard length of a full and of the last stripe, stored bytes
    [1, true, 2, 1, 64, 64, 33],
    [1, false, 4, 1, 64, 64, 1],
    [32_640, false, 2, 1, 16_320, 16_320, 32_640],
    [32_641, false, 2, 1, 16_384, 16_384, 32_641],
    [32_768, false, 2, 1, 16_384, 16_384, 32_768],
    [32_769, false, 2, 1, 16_896, 16_896, 32_769],
    [65_536, true, 2, 1, 33_280, 33_280, 65_568],
    [102_400, true, 2, 1, 51_712, 51_712, 102_464],
    [mebibyte, true, 2, 1, 524_800, 524_800, 1_049_088],
    [mebibyte, true, 4, 1, 262_656, 262_656, 1_049_088],
    [mebibyte, true, 3, 1, 349_696, 349_696, 1_049_088],
    [mebibyte + 1, true, 2, 2, 524_800, 64, 1_049_121],
    [2 * mebibyte, false, 3, 2, 349_696, 349_696, 2_097_152],
  ] as const)('of a body of %i bytes (encrypted %s, k = %i) has the length written in FORMAT', (size, encrypted, k, stripes, full, last, stored) => {
    const layout = toPayloadLayout(size, encrypted, k)
    expect([layout.stripeCount, layout.full.shardLength, layout.last.shardLength, layout.storedLength]).toEqual([stripes, full, last, stored])
    expect(layout.shardLength).toBe((stripes - 1) * full + last)
  })

  it('sums up to the sealed stream of the whole body', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 * mebibyte }), fc.integer({ min: 1, max: 12 }), (size, k) => {
      const layout = toPayloadLayout(size, true, k)
      expect(layout.storedLength).toBe(sealedSize(size))
      expect(layout.last.shardLength * k).toBeGreaterThanOrEqual(layout.last.storedLength)
      expect(layout.last.shardLength).toBeLessThanOrEqual(layout.full.shardLength)
      for (const { shardLength } of [layout.full, layout.last]) expect(shardLength % (shardLength < 16_384 ? 64 : 512)).toBe(0)
    }))
  })
})

describe('a range', () => {
  it('is covered by its packages and shards, no more than it needs, piece by piece', () => {
    const body = fc.record({ size: fc.integer({ min: 1, max: 5 * mebibyte }), encrypted: fc.boolean(), k: fc.integer({ min: 1, max: 8 }), from: fc.nat(), length: fc.nat() })
    fc.assert(fc.property(body, ({ size, encrypted, k, from, length }) => {
      const layout = toPayloadLayout(size, encrypted, k)
      const offset = from % size
      const wanted = 1 + (length % (size - offset))
      const { first, last } = stripesOfRange(offset, wanted)
      let sum = 0
      for (let index = first; index <= last; index++) {
        const read = planStripeRead(layout, offset, wanted, index)
        const stripe = stripeAt(layout, index)
        sum += read.length
        expect(read.length).toBeGreaterThan(0)
        expect(read.skip).toBeLessThan(65_536)
        expect(read.skip + read.length).toBeLessThanOrEqual((read.packageTo - read.packageFrom) * 65_536)
        expect((read.packageTo - 1) * 65_536).toBeLessThan(read.skip + read.length + read.packageFrom * 65_536)
        expect(read.shardFrom).toBeGreaterThanOrEqual(0)
        expect(read.shardTo).toBeLessThanOrEqual(k)
        expect(read.shardFrom * stripe.shardLength).toBeLessThanOrEqual(read.packageFrom * (encrypted ? 65_568 : 65_536) + (encrypted ? 0 : read.skip))
        expect(read.last).toBe(index === layout.stripeCount - 1)
      }
      expect(sum).toBe(wanted)
    }))
  })
})

describe('the choice of shards', () => {
  it('is impossible just when fewer than k can be had and the wanted ones are not among them', () => {
    const question = fc.record({ k: fc.integer({ min: 1, max: 8 }), m: fc.integer({ min: 0, max: 8 }), have: fc.nat(65_535), usable: fc.nat(65_535), from: fc.nat(), to: fc.nat(), rebuild: fc.boolean() })
    fc.assert(fc.property(question, ({ k, m, have: anyHave, usable: anyUsable, from, to, rebuild }) => {
      const all = maskOfRange(0, k + m)
      const have = anyHave & all
      const usable = anyUsable & all & ~have
      const wanted = maskOfRange(from % k, (from % k) + 1 + (to % (k - (from % k))))
      const plan = chooseShards({ dataShards: k, shardCount: k + m, wanted, have, usable, rebuild })
      const direct = !rebuild && (wanted & ~(have | usable)) === 0
      expect(plan === undefined).toBe(!direct && countShards(have | usable) < k)
      if (plan === undefined) return
      expect(plan.decode).toBe(!direct)
      expect(plan.read & ~usable).toBe(0)
      if (direct) expect(plan.read).toBe(wanted & ~have)
      else expect(countShards(plan.read | have)).toBe(Math.max(k, countShards(have)))
    }))
  })

  it('takes data before parity', () => {
    expect(chooseShards({ dataShards: 3, shardCount: 6, wanted: 0b111, have: 0, usable: 0b111110, rebuild: false })).toEqual({ read: 0b1110, decode: true })
  })
})

describe('the order of shards', () => {
  it('turns the set by the payload id, so that every drive holds every shard index equally often', () => {
    for (let slotCount = 1; slotCount <= 16; slotCount++) {
      const counts = Array.from({ length: slotCount }, () => 0)
      for (let id = 0; id < slotCount * 10; id++) {
        const slots = chooseShardSlots(id.toString(16).padStart(8, '0') + '0'.repeat(24), slotCount)
        expect([...slots].sort((a, b) => a - b)).toEqual(Array.from({ length: slotCount }, (_, slot) => slot))
        counts[slots[0] as number]!++
      }
      expect(new Set(counts)).toEqual(new Set([10]))
    }
    expect(chooseShardSlots('ffffffff000000000000000000000000', 4)).toEqual([3, 0, 1, 2])
  })
})

it('sets of shards are what they say', () => {
  expect(shardsOf(maskOf([5, 0, 3]))).toEqual([0, 3, 5])
  expect(maskOfRange(2, 4)).toBe(0b1100)
  expect(countShards(0b1011)).toBe(3)
})

it.each([[1, 0, 1], [1, 1, 2], [2, 1, 2], [2, 2, 3], [4, 2, 4], [3, 3, 4], [8, 4, 8]])('the write quorum of %i+%i is %i', (k, m, quorum) => {
  expect(writeQuorumOf(k, m)).toBe(quorum)
})
