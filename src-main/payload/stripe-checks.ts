// What a codec job may touch. A wrong range would write into another request's bytes or into the kernels' tables.
import { assert } from '../base/assert.ts'
import type { ShardLayout, SharedRange } from './codec-protocol.ts'
import { shardCountMax } from './kernel-layout.ts'
import { kernelAreaBytes } from './shared-memory.ts'

export function checkRange(bytes: Uint8Array, { offset, length }: SharedRange): void {
  const inside = Number.isInteger(offset) && Number.isInteger(length) && offset >= kernelAreaBytes && length >= 0
  assert(inside && offset + length <= bytes.byteLength, 'range outside the slab')
}

export function checkShards(bytes: Uint8Array, { dataShards, parityShards, shardLength, offset }: ShardLayout): void {
  assert(dataShards >= 1 && parityShards >= 0 && dataShards + parityShards <= shardCountMax, 'shard counts out of range')
  assert(shardLength > 0 && shardLength % 64 === 0, 'a shard is a multiple of 64 bytes')
  checkRange(bytes, { offset, length: (dataShards + parityShards) * shardLength })
}
