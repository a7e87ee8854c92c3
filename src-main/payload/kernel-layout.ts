// How the first 4 MiB of the shared memory (kernelAreaBytes) are divided. The first 64 KiB hold constant tables, which every thread fills with
// the same values; after them each codec thread has 64 KiB of its own. Addresses of a thread are relative to its scratch.
import { assert } from '../base/assert.ts'
import { kernelAreaBytes } from './shared-memory.ts'

const threadScratchBytes = 65_536
export const codecThreadsMax = kernelAreaBytes / threadScratchBytes - 1

export const md5LanesMax = 8
/** Of each lane: a block put together from two pieces, then up to two blocks of padding. */
export const md5StagingBytes = 192
/** Shards of one stripe, data and parity: the largest set (spec of the erasure engine, §1). */
export const shardCountMax = 16

export interface ThreadScratch {
  readonly md5States: number
  readonly md5Pointers: number
  readonly md5Staging: number
  readonly codeInputs: number
  readonly codeOutputs: number
  /** 8 KiB, of which at most 64 table entries of 32 bytes are used: k inputs times m outputs with k + m ≤ shardCountMax. */
  readonly codeTables: number
  readonly selfTest: number
  readonly selfTestBytes: number
}

/** The scratch of codec thread `threadIndex`, 0 … codecThreadsMax − 1. */
export function threadScratch(threadIndex: number): ThreadScratch {
  assert(Number.isInteger(threadIndex) && threadIndex >= 0 && threadIndex < codecThreadsMax, 'codec thread index out of range')
  const base = threadScratchBytes * (1 + threadIndex)
  return {
    md5States: base,
    md5Pointers: base + 256,
    md5Staging: base + 1024,
    codeInputs: base + 4096,
    codeOutputs: base + 4096 + 4 * shardCountMax,
    codeTables: base + 8192,
    selfTest: base + 16_384,
    selfTestBytes: threadScratchBytes - 16_384,
  }
}
