// What the commit protocol decides without touching anything: ranges, the log's own state, merging, the fate of doubtful records.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyLogState, logStateToJson, parseLogState, withVoids } from '../../../../../src-main/storage/erasure/commit/log-state.ts'
import { mergeLogs, rowAfter, rowOf, withoutOldCopies, type SlotLog } from '../../../../../src-main/storage/erasure/commit/merged-log.ts'
import { parseLogRecord } from '../../../../../src-main/storage/erasure/commit/record-body.ts'
import { openMetadata, sealMetadata, type SharedHead } from '../../../../../src-main/storage/erasure/commit/record-metadata.ts'
import { decideRecord, type DoubtfulRecord } from '../../../../../src-main/storage/erasure/commit/replay-decision.ts'
import { addSequenceRange, containsSequence, rangeWithout, type SequenceRange } from '../../../../../src-main/storage/erasure/commit/sequence-ranges.ts'
import { GcmKey } from '../../../../../src-main/crypto/gcm.ts'

describe('ranges of sequence numbers', () => {
  it('hold just what was added, ascending, neither touching nor overlapping', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(12))), (added) => {
      const members = new Set<number>()
      let ranges: readonly SequenceRange[] = []
      for (const [from, length] of added) {
        for (let at = from; at < from + length; at++) members.add(at)
        ranges = addSequenceRange(ranges, from, from + length - 1)
      }
      for (let at = 0; at < 80; at++) expect(containsSequence(ranges, at)).toBe(members.has(at))
      ranges.forEach((range, index) => { expect(range[0]).toBeGreaterThan((ranges[index - 1]?.[1] ?? -2) + 1) })
    }))
  })

  it('leave out what is kept', () => {
    expect(rangeWithout(10, 15, [12, 10, 99])).toEqual([[11, 11], [13, 15]])
    expect(rangeWithout(10, 9, [])).toEqual([])
  })
})

describe('the state of the log', () => {
  const state = { inService: [0, 2], voids: [[5, 9], [12, 12]] as const, undecided: [{ sequence: 11, key: 'n1/ä', inService: [0, 1] }], catalogueFloor: 4 }

  it('is refused when it is not what we write', () => {
    const good = logStateToJson(state)
    for (const bad of [{ ...good, s: 'x' }, { ...good, v: [[9, 5]] }, { ...good, v: [[1]] }, { ...good, u: [[1]] }, { ...good, u: [[1, 2, 3]] }, { ...good, f: -1 }]) {
      expect(parseLogState(bad)).toBeUndefined()
    }
  })

  it('comes back as it was written', () => {
    expect(parseLogState(JSON.parse(JSON.stringify(logStateToJson(state))) as never)).toEqual(state)
    expect(parseLogState(logStateToJson(emptyLogState))).toEqual(emptyLogState)
  })

  it('voids everything in doubt but what was accepted', () => {
    expect(withVoids(emptyLogState, 100, 110, [100, 103]).voids).toEqual([[101, 102], [104, 110]])
  })
})

describe('the metadata of a record', () => {
  const key = GcmKey.copyOf(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))
  const text = Buffer.from('{"b":1,"n":"a/b"}')
  const head: SharedHead = {
    sequence: 5_000_000_001, epoch: 7, batchFirst: 5_000_000_000, batchLength: 2, kind: 'object', form: 'inline', payloadId: '000102030405060708090a0b0c0d0e0f',
    dataShards: 2, parityShards: 2, shardLength: 64, storedLength: 128, metadataLength: text.length + 16,
  }
  const sealed = new Uint8Array(head.metadataLength)
  sealMetadata(key, head, text, sealed)

  it('does not open when a bit of it, of the head or of the key is another', () => {
    for (const changed of [{ sequence: head.sequence + 1 }, { epoch: 8 }, { kind: 'part' as const }, { form: 'file' as const }, { payloadId: '0'.repeat(32) }, { batchLength: 3 }, { shardLength: 65 }, { storedLength: 1 }]) {
      expect(openMetadata(key, { ...head, ...changed }, sealed)).toBeUndefined()
    }
    const flipped = Uint8Array.from(sealed)
    flipped[0] = (flipped[0] ?? 0) ^ 1
    expect(openMetadata(key, head, flipped)).toBeUndefined()
    expect(openMetadata(GcmKey.copyOf(Buffer.alloc(32, 1)), head, sealed)).toBeUndefined()
    expect(openMetadata(key, head, sealed.subarray(1))).toBeUndefined()
  })

  it('opens to what was sealed', () => {
    expect(openMetadata(key, head, sealed)).toBe(text.toString())
  })

  it('has the bytes that another implementation computes', () => {
    expect(Buffer.from(sealed).toString('hex')).toBe('12909155916d1abb13e1136ebd2e213bd3f96e3d2b07cf1d9d61e61d7ea439bb42')
  })
})

describe('the body of a record', () => {
  it('is refused when a member is missing or of another shape', () => {
    const good = { b: 1, n: 'x', e: 'e', c: 0, t: 1, z: 0, a: {} }
    expect(parseLogRecord('object', 1, JSON.stringify(good))).toBeDefined()
    for (const bad of [{ ...good, b: 'x' }, { ...good, c: 2 }, { ...good, a: [] }, { ...good, z: -1 }, { ...good, n: undefined }, { ...good, p: 7 }]) {
      expect(parseLogRecord('object', 1, JSON.stringify(bad))).toBeUndefined()
    }
    expect(parseLogRecord('complete', 1, JSON.stringify({ ...good, u: 'u', l: [[1, 2]] }))).toBeUndefined()
    expect(parseLogRecord('delete', 1, '[1')).toBeUndefined()
    expect(parseLogRecord('delete', 1, 'null')).toBeUndefined()
  })
})

function logOf(slot: number, entries: readonly (readonly [sequence: number, hash: number])[]): SlotLog {
  const sorted = [...entries].sort(([a], [b]) => a - b)
  return {
    slot,
    summary: {
      sequences: Float64Array.from(sorted, ([sequence]) => sequence), epochs: Uint32Array.from(sorted, () => 1), kinds: Uint8Array.from(sorted, () => 1),
      batchFirsts: Float64Array.from(sorted, ([sequence]) => sequence), batchLengths: Uint32Array.from(sorted, () => 1),
      headHashes: BigUint64Array.from(sorted, ([, hash]) => BigInt(hash)), damagedRecords: 0,
    },
  }
}

describe('the logs of several drives', () => {
  it('merge to what a slow look over all of them finds', () => {
    fc.assert(fc.property(fc.array(fc.uniqueArray(fc.nat(30), { maxLength: 20 }), { minLength: 1, maxLength: 5 }), (drives) => {
      const merged = mergeLogs(drives.map((sequences, slot) => logOf(slot, sequences.map((sequence) => [sequence + 1, 7]))))
      const all = [...new Set(drives.flat())].sort((a, b) => a - b).map((sequence) => sequence + 1)
      expect([...merged.sequences]).toEqual(all)
      all.forEach((sequence, row) => {
        const mask = drives.reduce((bits, sequences, slot) => (sequences.includes(sequence - 1) ? bits | (1 << slot) : bits), 0)
        expect(merged.holders[row]).toBe(mask)
        expect(rowOf(merged, sequence)).toBe(row)
        expect(rowAfter(merged, sequence)).toBe(row + 1)
      })
      expect(rowOf(merged, 99)).toBeUndefined()
    }))
  })

  it('believe the larger group where copies of one record disagree, and keep the other in mind', () => {
    const merged = mergeLogs([logOf(0, [[5, 1]]), logOf(1, [[5, 2]]), logOf(2, [[5, 2]])])
    expect(merged.holders[0]).toBe(0b110)
    expect(merged.otherCopies.get(5)).toEqual([0b001])
  })

  it('leave out what only an older copy of a drive still has', () => {
    const merged = withoutOldCopies(mergeLogs([logOf(0, [[1, 1], [2, 1]]), logOf(1, [[2, 1], [9, 1]])]), 0b01, 9)
    expect([...merged.sequences]).toEqual([2, 9])
  })
})

describe('a record of which nobody knows whether it was acknowledged', () => {
  const base: DoubtfulRecord = { form: 'inline', dataShards: 2, quorum: 3, inService: [0, 1, 2, 3], holders: [], shards: [] }
  const on = (...slots: number[]): Pick<DoubtfulRecord, 'holders' | 'shards'> => ({ holders: slots, shards: slots })
  const all = { present: [0, 1, 2, 3], unclean: [] }

  it('is void when a drive that was in service is here without it and it cannot be read', () => {
    expect(decideRecord({ ...base, ...on(0) }, all)).toBe('void')
    expect(decideRecord({ ...base, ...on(0) }, { present: [0, 1], unclean: [] })).toBe('void')
  })

  it('is void when too few drives can have had it', () => {
    expect(decideRecord({ ...base, inService: [0, 1], ...on(0) }, { present: [0, 2, 3], unclean: [] })).toBe('void')
  })

  it('is undecided when all that are here had it, they are too few to read it, and enough others are away', () => {
    // 4+2: drive 4 was out of service before, 3 and 5 are away now.
    const record = { ...base, dataShards: 4, quorum: 4, inService: [0, 1, 2, 3, 5], ...on(0, 1, 2) }
    expect(decideRecord(record, { present: [0, 1, 2, 4], unclean: [] })).toBe('undecided')
  })

  it('is undecided when a drive that seems to lack it is damaged', () => {
    expect(decideRecord({ ...base, inService: [0, 1, 2], ...on(0) }, { present: [0, 1], unclean: [1] })).toBe('undecided')
  })

  it('is accepted when it can be read, even where some drive lacks it', () => {
    expect(decideRecord({ ...base, ...on(0, 3) }, all)).toBe('accept')
  })

  it('is accepted with one copy when it has no payload', () => {
    expect(decideRecord({ ...base, form: 'none', holders: [2], shards: [2] }, all)).toBe('accept')
  })

  it('counts shard files, not copies of the record, when the payload is in files', () => {
    expect(decideRecord({ ...base, form: 'file', holders: [1], shards: [0, 1] }, all)).toBe('accept')
    expect(decideRecord({ ...base, form: 'file', holders: [], shards: [0, 1] }, all)).toBe('void')
  })

  it('is never void once it was acknowledged, whatever k or more drives are here (2+2, 3+1, 4+2)', () => {
    for (const [k, m] of [[2, 2], [3, 1], [4, 2]] as const) {
      const slots = Array.from({ length: k + m }, (_, slot) => slot)
      const quorum = k === m ? k + 1 : k
      for (let service = 0; service < 1 << slots.length; service++) {
        const inService = slots.filter((slot) => (service >> slot) & 1)
        if (inService.length < quorum) continue
        for (let here = 0; here < 1 << slots.length; here++) {
          const present = slots.filter((slot) => (here >> slot) & 1)
          if (present.length < k) continue
          // Acknowledged without a roster record after it: every drive in service has it.
          const holders = inService.filter((slot) => present.includes(slot))
          const decision = decideRecord({ form: 'inline', dataShards: k, quorum, inService, holders, shards: holders }, { present, unclean: [] })
          expect(decision).not.toBe('void')
        }
      }
    }
  })
})
