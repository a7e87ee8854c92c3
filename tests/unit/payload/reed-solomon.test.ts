import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { invertByte, invertMatrix, multiplyBytes, multiplyMatrices } from '../../../src-main/payload/galois-field.ts'
import { loadKernelModules, loadStrictReedSolomon } from '../../../src-main/payload/kernel-files.ts'
import { openKernels } from '../../../src-main/payload/kernels.ts'
import { ReedSolomon, reedSolomon } from '../../../src-main/payload/reed-solomon.ts'
import { createSharedSlab, kernelAreaBytes } from '../../../src-main/payload/shared-memory.ts'
import { slowParity, slowProduct } from './slow-twins.ts'

const slab = createSharedSlab(1024 * 1024)
const modules = loadKernelModules()
const builds = {
  'as loaded': openKernels(modules, slab, 0),
  'without relaxed SIMD': openKernels({ ...modules, 'reed-solomon': loadStrictReedSolomon() }, slab, 1),
}

describe('the erasure code refuses', () => {
  it('more shards than a set has, too few survivors, and a shard named twice', () => {
    expect(() => reedSolomon(13, 4)).toThrow(AssertionError)
    expect(() => reedSolomon(0, 2)).toThrow(AssertionError)
    const kernels = builds['as loaded']
    expect(() => { reedSolomon(4, 2).rebuild(kernels, [0, 1, 2], [3], kernelAreaBytes, 64, 64) }).toThrow(AssertionError)
    expect(() => { reedSolomon(4, 2).rebuild(kernels, [0, 1, 2, 2], [3], kernelAreaBytes, 64, 64) }).toThrow(AssertionError)
  })

  it('to invert a singular matrix', () => {
    expect(() => invertMatrix(Uint8Array.of(1, 2, 1, 2), 2)).toThrow(AssertionError)
  })
})

describe('the field', () => {
  it('multiplies like its slow twin, for all pairs', () => {
    for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) if (multiplyBytes(a, b) !== slowProduct(a, b)) expect.fail(`${a}·${b}`)
    for (let a = 1; a < 256; a++) expect(slowProduct(a, invertByte(a))).toBe(1)
  })

  it('has the parity rows that others publish for 4+2', () => {
    expect(Buffer.from(new ReedSolomon(4, 2).matrix.subarray(16)).toString('hex')).toBe('1b1c12141c1b1412')
  })

  it('inverts every choice of survivors of 4+4', () => {
    const { matrix } = new ReedSolomon(4, 4)
    for (const survivors of subsets(8, 4)) {
      const rows = Uint8Array.from(survivors.flatMap((row) => [...matrix.subarray(row * 4, row * 4 + 4)]))
      const product = multiplyMatrices(rows, invertMatrix(rows, 4), 4)
      expect([...product]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    }
  })
})

describe.each(Object.entries(builds))('the kernel %s', (_build, kernels) => {
  const geometries: [number, number][] = [[1, 1], [2, 1], [2, 2], [3, 1], [3, 2], [3, 3], [4, 2], [5, 3], [8, 4], [12, 4], [1, 3], [8, 8]]

  it.each(geometries)('encodes %d+%d like the slow twin, across strips', (k, m) => {
    const length = 4096 + 192
    const stride = 4096 + 256
    const offset = kernelAreaBytes + 64
    slab.bytes.set(randomBytes((k + m) * stride), offset)
    const data = Array.from({ length: k }, (_, i) => slab.bytes.slice(offset + i * stride, offset + i * stride + length))
    reedSolomon(k, m).encode(kernels, offset, stride, length)
    const parity = slowParity(data, new ReedSolomon(k, m).matrix.subarray(k * k), m)
    for (let i = 0; i < m; i++) expect(Buffer.from(parity[i] ?? []).equals(slab.bytes.subarray(offset + (k + i) * stride, offset + (k + i) * stride + length))).toBe(true)
  })

  it('rebuilds whatever m shards are lost, from any k others', () => {
    for (const [k, m] of [[2, 2], [3, 2], [4, 2], [3, 3]] as const) {
      const length = 64
      const offset = kernelAreaBytes
      const code = reedSolomon(k, m)
      slab.bytes.set(randomBytes(k * length), offset)
      code.encode(kernels, offset, length, length)
      const right = slab.bytes.slice(offset, offset + (k + m) * length)
      for (const survivors of subsets(k + m, k)) {
        const lost = Array.from({ length: k + m }, (_, i) => i).filter((shard) => !survivors.includes(shard))
        for (const shard of lost) slab.bytes.fill(0xee, offset + shard * length, offset + (shard + 1) * length)
        code.rebuild(kernels, survivors, lost, offset, length, length)
        expect(Buffer.from(right).equals(slab.bytes.subarray(offset, offset + right.length))).toBe(true)
      }
    }
  })

  it('rebuilds single shards of wide sets', () => {
    fc.assert(
      fc.property(fc.constantFrom([12, 4], [8, 8], [10, 6]), fc.shuffledSubarray([...Array(16).keys()], { minLength: 16 }), fc.integer({ min: 1, max: 4 }), ([k = 12, m = 4], order, lostCount) => {
        const length = 128
        const code = reedSolomon(k, m)
        slab.bytes.set(randomBytes(k * length), kernelAreaBytes)
        code.encode(kernels, kernelAreaBytes, length, length)
        const right = slab.bytes.slice(kernelAreaBytes, kernelAreaBytes + 16 * length)
        const lost = order.slice(0, lostCount).sort((a, b) => a - b)
        const survivors = order.slice(lostCount).sort((a, b) => a - b).slice(-k)
        for (const shard of lost) slab.bytes.fill(0, kernelAreaBytes + shard * length, kernelAreaBytes + (shard + 1) * length)
        code.rebuild(kernels, survivors, lost, kernelAreaBytes, length, length)
        return Buffer.from(right).equals(slab.bytes.subarray(kernelAreaBytes, kernelAreaBytes + right.length))
      }),
      { numRuns: 80 },
    )
  })
})

/** All ascending choices of `size` out of 0…count−1. */
function subsets(count: number, size: number): number[][] {
  if (size === 0) return [[]]
  return subsets(count, size - 1).flatMap((chosen) => Array.from({ length: count }, (_, i) => i).filter((i) => i > (chosen.at(-1) ?? -1)).map((i) => [...chosen, i]))
}
