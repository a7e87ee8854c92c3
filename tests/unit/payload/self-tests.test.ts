import { describe, expect, it } from 'vitest'
import { CodecError } from '../../../src-main/payload/codec.ts'
import { loadKernelModules, loadStrictReedSolomon } from '../../../src-main/payload/kernel-files.ts'
import { openKernels } from '../../../src-main/payload/kernels.ts'
import { runSelfTests } from '../../../src-main/payload/self-tests.ts'
import { createSharedSlab } from '../../../src-main/payload/shared-memory.ts'
import { xxh64 } from '../../../src-main/payload/xxh64.ts'

const slab = createSharedSlab(65_536)
const kernels = openKernels(loadKernelModules(), slab, 3)

describe('the self-tests refuse', () => {
  it.each([
    ['a wrong erasure code', { multiply: () => undefined }],
    ['a wrong CRC', { crc64nvme: () => 0n }],
    ['a wrong single MD5', { md5One: () => undefined }],
    ['wrong MD5 in four lanes', { md5Four: () => undefined }],
    ['wrong MD5 in eight lanes', { md5Eight: () => undefined }],
  ])('%s', (_what, broken) => {
    expect(() => { runSelfTests({ ...kernels, ...broken }) }).toThrow(CodecError)
  })
})

describe('the self-tests pass', () => {
  it('with the kernels as built', () => {
    runSelfTests(kernels)
  })

  it('with the erasure code built without relaxed SIMD', () => {
    runSelfTests(openKernels({ ...loadKernelModules(), 'reed-solomon': loadStrictReedSolomon() }, slab, 4))
  })

  it('and touch nothing outside their own scratch and the constant tables', () => {
    const before = slab.bytes.slice()
    runSelfTests(kernels)
    const scratch = { from: 65_536 * 4, to: 65_536 * 5 }
    expect(Buffer.from(before.subarray(0, scratch.from)).equals(slab.bytes.subarray(0, scratch.from))).toBe(true)
    expect(Buffer.from(before.subarray(scratch.to)).equals(slab.bytes.subarray(scratch.to))).toBe(true)
  })
})

describe('XXH64', () => {
  it('agrees with the published answers', () => {
    const of = (text: string): string => xxh64(new Uint8Array(Buffer.from(text))).toString(16)
    expect(of('')).toBe('ef46db3751d8e999')
    expect(of('a')).toBe('d24ec4f1a98c6e5b')
    expect(of('abc')).toBe('44bc2cf5ad770999')
    expect(of('Nobody inspects the spammish repetition')).toBe('fbcea83c8a378bf1')
  })
})
