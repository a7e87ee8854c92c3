// The two calls that every object makes, packed into numbers: cloning one array of numbers costs a tenth of cloning the objects. Payload
// ids cross as the texts they are: as numbers they would be taken apart and put together again for each drive.
import { assert } from '../../../base/assert.ts'
import { recordKindCode, recordKindOf } from '../format/record.ts'
import type { AppendRecord, DriveCalls, PayloadForm, ReadShard, ShardReadResult } from './drive-protocol.ts'

/** DriveCalls as they cross the thread. */
export type PackedDriveCalls = Omit<DriveCalls, 'append' | 'readShards'> & {
  append(input: PackedAppend): void
  /** sequence, offset, length, whether to skip the hash, where the opening is or 0, per shard; an index into `shardReadResults` per shard comes back. */
  readShards(input: { readonly packed: readonly number[] }): readonly number[]
}

export interface PackedAppend {
  readonly packed: Float64Array
  /** One per record. */
  readonly payloadIds: readonly string[]
}

const forms: readonly PayloadForm[] = ['none', 'inline', 'file']
const shardReadResults: readonly ShardReadResult[] = ['ok', 'damaged', 'not-found', 'io-error', 'opened', 'not-authentic']
const fieldsPerRecord = 17
const absent = -1

export function packAppend(records: readonly AppendRecord[]): PackedAppend {
  const packed = new Float64Array(records.length * fieldsPerRecord)
  const payloadIds: string[] = []
  let at = 0
  for (const { head, metadata, shard, shardHashOffset } of records) {
    payloadIds.push(head.payloadId)
    packed[at] = head.sequence
    packed[at + 1] = head.epoch
    packed[at + 2] = head.batchFirst
    packed[at + 3] = head.batchLength
    packed[at + 4] = recordKindCode(head.kind)
    packed[at + 5] = forms.indexOf(head.form)
    packed[at + 6] = head.dataShards
    packed[at + 7] = head.parityShards
    packed[at + 8] = head.shardIndex
    packed[at + 9] = head.shardLength
    packed[at + 10] = head.storedLength
    packed[at + 11] = head.metadataLength
    packed[at + 12] = metadata.offset
    packed[at + 13] = metadata.length
    packed[at + 14] = shard?.offset ?? absent
    packed[at + 15] = shard?.length ?? absent
    packed[at + 16] = shardHashOffset ?? absent
    at += fieldsPerRecord
  }
  return { packed, payloadIds }
}

export function unpackAppend({ packed, payloadIds }: PackedAppend): AppendRecord[] {
  assert(packed.length === payloadIds.length * fieldsPerRecord, 'packed records are whole')
  return payloadIds.map((payloadId, index) => unpackRecord(packed, index * fieldsPerRecord, payloadId))
}

function unpackRecord(packed: Float64Array, at: number, payloadId: string): AppendRecord {
  const field = (index: number): number => packed[at + index] as number
  const kind = recordKindOf(field(4))
  const form = forms[field(5)]
  assert(kind !== undefined && form !== undefined, 'a packed record has a kind and a form')
  return {
    head: {
      sequence: field(0), epoch: field(1), batchFirst: field(2), batchLength: field(3), kind, form, payloadId,
      dataShards: field(6), parityShards: field(7), shardIndex: field(8), shardLength: field(9), storedLength: field(10), metadataLength: field(11),
    },
    metadata: { offset: field(12), length: field(13) },
    ...(field(14) === absent ? {} : { shard: { offset: field(14), length: field(15) } }),
    ...(field(16) === absent ? {} : { shardHashOffset: field(16) }),
  }
}

export function packReads(reads: readonly ReadShard[]): number[] {
  const packed: number[] = []
  for (const { sequence, into, skipHash, openingAt } of reads) packed.push(sequence, into.offset, into.length, skipHash === true ? 1 : 0, openingAt ?? 0)
  return packed
}

export function unpackReads(packed: readonly number[]): ReadShard[] {
  const reads: ReadShard[] = []
  for (let at = 0; at < packed.length; at += 5) {
    const into = { offset: packed[at + 1] as number, length: packed[at + 2] as number }
    const openingAt = packed[at + 4] as number
    reads.push({ sequence: packed[at] as number, into, skipHash: packed[at + 3] === 1, ...(openingAt > 0 && { openingAt }) })
  }
  return reads
}

export function packResults(results: readonly ShardReadResult[]): number[] {
  return results.map((result) => shardReadResults.indexOf(result))
}

export function unpackResults(packed: readonly number[]): ShardReadResult[] {
  return packed.map((index) => {
    const result = shardReadResults[index]
    assert(result !== undefined, 'a packed result is one that there is')
    return result
  })
}
