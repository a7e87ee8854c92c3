// The kernels of one thread, in the memory of one slab. Addresses and lengths are trusted: callers check them.
import { assert } from '../base/assert.ts'
import type { KernelModules } from './kernel-files.ts'
import { threadScratch, type ThreadScratch } from './kernel-layout.ts'
import type { SharedSlab } from './shared-memory.ts'

export interface Kernels {
  readonly bytes: Uint8Array
  /** The same memory as 32-bit words; index = address / 4. */
  readonly words: Uint32Array
  readonly scratch: ThreadScratch
  /** Outputs = table × inputs over `length` bytes, a multiple of 32. Addresses of inputs and outputs stand as u32 in the scratch. */
  multiply(inputCount: number, outputCount: number, length: number): void
  /** Four words at `state`; `blocks` of 64 bytes at `from`. */
  md5One(state: number, from: number, blocks: number): void
  /** Four or eight lanes; layout of states in md5-source.mjs. */
  md5Four(states: number, pointers: number, blocks: number): void
  md5Eight(states: number, pointers: number, blocks: number): void
  /** Goes on from `crc` (0 at the start). Results are signed: BigInt.asUintN(64, …). */
  crc64nvme(crc: bigint, from: number, length: number): bigint
}

type KernelFunction<Result> = (...parameters: readonly (number | bigint)[]) => Result

function exported<Result>(instance: WebAssembly.Instance, name: string): KernelFunction<Result> {
  const value = instance.exports[name]
  assert(typeof value === 'function', `kernel without ${name}`)
  return value as KernelFunction<Result>
}

/** `threadIndex` chooses the scratch: no two threads of one slab may have the same. */
export function openKernels(modules: KernelModules, slab: SharedSlab, threadIndex: number): Kernels {
  const scratch = threadScratch(threadIndex)
  const start = (module: WebAssembly.Module): WebAssembly.Instance => new WebAssembly.Instance(module, { env: { memory: slab.memory } })
  const multiply = exported<void>(start(modules['reed-solomon']), 'multiply')
  const crc = start(modules.crc64nvme)
  const four = start(modules['md5-four'])
  exported<void>(crc, 'fillTables')()
  exported<void>(four, 'fillAdditions')()
  return {
    bytes: slab.bytes,
    words: new Uint32Array(slab.memory.buffer),
    scratch,
    multiply: (inputCount, outputCount, length) => {
      multiply(inputCount, outputCount, length, scratch.codeTables, scratch.codeInputs, scratch.codeOutputs)
    },
    md5One: exported<void>(start(modules['md5-one']), 'update'),
    md5Four: exported<void>(four, 'update'),
    md5Eight: exported<void>(start(modules['md5-eight']), 'update'),
    crc64nvme: exported<bigint>(crc, 'update'),
  }
}
