// The two calls that every object makes, packed into numbers: cloning one array of numbers costs a tenth of cloning the objects.
import { assert } from '../../../base/assert.ts'
import { noPayloadId, recordKindCode, recordKindOf } from '../format/record.ts'
import type { AppendRecord, DriveCalls, PayloadForm, ReadShard, ShardReadResult } from './drive-protocol.ts'

/** DriveCalls as they cross the thread. */
export type PackedDriveCalls = Omit<DriveCalls, 'append' | 'readShards'> & {
  append(input: { readonly packed: Float64Array }): void
  /** sequence, offset, length, whether to skip the hash, where the opening is or 0, per shard; an index into `shardReadResults` per shard comes back. */
  readShards(input: { readonly packed: readonly number[] }): readonly number[]
}

const forms: readonly PayloadForm[] = ['none', 'inline', 'file']
const shardReadResults: readonly ShardReadResult[] = ['ok', 'damaged', 'not-found', 'io-error', 'opened', 'not-authentic']
const fieldsPerRecord = 22
const absent = -1

export function packAppend(records: readonly AppendRecord[]): Float64Array {
  const packed = new Float64Array(records.length * fieldsPerRecord)
  let at = 0
  for (const { head, metadata, shard, shardHashOffset } of records) {
    packed[at] = head.sequence
    packed[at + 1] = head.epoch
    packed[at + 2] = head.batchFirst
    packed[at + 3] = head.batchLength
    packed[at + 4] = recordKindCode(head.kind)
    packed[at + 5] = forms.indexOf(head.form)
    for (let word = 0; word < 4; word++) packed[at + 6 + word] = head.payloadId === noPayloadId ? 0 : parseInt(head.payloadId.slice(word * 8, word * 8 + 8), 16)
    packed[at + 10] = head.dataShards
    packed[at + 11] = head.parityShards
    packed[at + 12] = head.shardIndex
    packed[at + 13] = head.shardLength
    packed[at + 14] = head.storedLength
    packed[at + 15] = head.metadataLength
    packed[at + 16] = metadata.offset
    packed[at + 17] = metadata.length
    packed[at + 18] = shard?.offset ?? absent
    packed[at + 19] = shard?.length ?? absent
    packed[at + 20] = shardHashOffset ?? absent
    at += fieldsPerRecord
  }
  return packed
}

export function unpackAppend(packed: Float64Array): AppendRecord[] {
  const records: AppendRecord[] = []
  for (let at = 0; at < packed.length; at += fieldsPerRecord) {
    const field = (index: number): number => packed[at + index] as number
    const kind = recordKindOf(field(4))
    const form = forms[field(5)]
    assert(kind !== undefined && form !== undefined, 'a packed record has a kind and a form')
    records.push({
      head: {
        sequence: field(0), epoch: field(1), batchFirst: field(2), batchLength: field(3), kind, form,
        payloadId: form === 'none' ? noPayloadId : hexWord(field(6)) + hexWord(field(7)) + hexWord(field(8)) + hexWord(field(9)),
        dataShards: field(10), parityShards: field(11), shardIndex: field(12), shardLength: field(13), storedLength: field(14), metadataLength: field(15),
      },
      metadata: { offset: field(16), length: field(17) },
      ...(field(18) === absent ? {} : { shard: { offset: field(18), length: field(19) } }),
      ...(field(20) === absent ? {} : { shardHashOffset: field(20) }),
    })
  }
  return records
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

function hexWord(word: number): string {
  return word.toString(16).padStart(8, '0')
}
