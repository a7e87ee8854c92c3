import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packAppend, packReads, packResults, unpackAppend, unpackReads, unpackResults } from '../../../../../src-main/storage/erasure/drives/drive-packing.ts'
import { noPayloadId, recordKinds } from '../../../../../src-main/storage/erasure/format/record.ts'
import type { AppendRecord } from '../../../../../src-main/storage/erasure/drives/drive-protocol.ts'

const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const range = fc.record({ offset: fc.nat(), length: fc.nat() })
const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const withPayload: fc.Arbitrary<AppendRecord> = fc.record({
  head: fc.record({
    sequence: whole, epoch: fc.nat(), batchFirst: whole, batchLength: fc.nat(), kind: fc.constantFrom(...recordKinds), form: fc.constantFrom('inline' as const, 'file' as const),
    payloadId: hex, dataShards: fc.nat({ max: 16 }), parityShards: fc.nat({ max: 16 }), shardIndex: fc.nat({ max: 255 }), shardLength: whole, storedLength: whole, metadataLength: fc.nat(),
  }),
  metadata: range, shard: range, shardHashOffset: fc.nat(),
})
const withoutPayload: fc.Arbitrary<AppendRecord> = withPayload.map(({ head, metadata }) => ({ head: { ...head, form: 'none', payloadId: noPayloadId }, metadata }))

describe('calls packed into numbers', () => {
  it('come out as they went in', () => {
    fc.assert(fc.property(fc.array(fc.oneof(withPayload, withoutPayload)), (records) => { expect(unpackAppend(packAppend(records))).toEqual(records) }))
    fc.assert(fc.property(fc.array(fc.record({ sequence: whole, into: range, skipHash: fc.boolean(), openingAt: fc.integer({ min: 1, max: 2 ** 32 }) }, { requiredKeys: ['sequence', 'into', 'skipHash'] })), (reads) => { expect(unpackReads(packReads(reads))).toEqual(reads) }))
    expect(unpackResults(packResults(['ok', 'damaged', 'not-found', 'io-error', 'opened', 'not-authentic']))).toEqual(['ok', 'damaged', 'not-found', 'io-error', 'opened', 'not-authentic'])
  })

  it('are refused when they are none', () => {
    expect(() => unpackResults([7])).toThrow()
    expect(() => unpackAppend({ packed: new Float64Array(17), payloadIds: [noPayloadId] })).toThrow()
    expect(() => unpackAppend({ packed: new Float64Array(16), payloadIds: [noPayloadId] })).toThrow()
  })
})
