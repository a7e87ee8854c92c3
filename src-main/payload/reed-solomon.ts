// The erasure code: systematic Vandermonde, M = V · inverse(top k×k of V) with V[r][c] = r^c. Any k of the k+m shards give all others.
// Turns matrices into the kernel's tables and keeps them: inverse matrices by the mask of survivors.
import { assert } from '../base/assert.ts'
import { invertMatrix, multiplyBytes, multiplyMatrices, powerOf } from './galois-field.ts'
import { shardCountMax } from './kernel-layout.ts'
import type { Kernels } from './kernels.ts'

const entryBytes = 32
/** Tables kept per geometry, up to 2 KiB each. With a few drives away only a few choices of survivors occur; when full, they are made anew. */
const rebuildTablesMax = 512

export class ReedSolomon {
  readonly dataShards: number
  readonly parityShards: number
  /** (k+m) × k; its top is the identity. */
  readonly matrix: Uint8Array
  readonly #encodeTable: Uint8Array
  readonly #rebuildTables = new Map<number, Uint8Array>()

  constructor(dataShards: number, parityShards: number) {
    assert(dataShards >= 1 && parityShards >= 0 && dataShards + parityShards <= shardCountMax, 'shard counts out of range')
    this.dataShards = dataShards
    this.parityShards = parityShards
    this.matrix = encodingMatrix(dataShards, parityShards)
    this.#encodeTable = nibbleTable(this.matrix.subarray(dataShards * dataShards))
  }

  /** Computes all parity of `length` bytes (a multiple of 32) per shard. Shard i begins at `offset` + i·`stride`. */
  encode(kernels: Kernels, offset: number, stride: number, length: number): void {
    if (this.parityShards === 0) return
    const { words, bytes, scratch } = kernels
    for (let i = 0; i < this.dataShards; i++) words[scratch.codeInputs / 4 + i] = offset + i * stride
    for (let i = 0; i < this.parityShards; i++) words[scratch.codeOutputs / 4 + i] = offset + (this.dataShards + i) * stride
    bytes.set(this.#encodeTable, scratch.codeTables)
    kernels.multiply(this.dataShards, this.parityShards, length)
  }

  /** Computes the `wanted` shards (ascending, at most m) from k `survivors` (ascending). Geometry as for `encode`. */
  rebuild(kernels: Kernels, survivors: readonly number[], wanted: readonly number[], offset: number, stride: number, length: number): void {
    if (wanted.length === 0) return
    const { words, bytes, scratch } = kernels
    survivors.forEach((shard, i) => { words[scratch.codeInputs / 4 + i] = offset + shard * stride })
    wanted.forEach((shard, i) => { words[scratch.codeOutputs / 4 + i] = offset + shard * stride })
    bytes.set(this.#rebuildTable(survivors, wanted), scratch.codeTables)
    kernels.multiply(this.dataShards, wanted.length, length)
  }

  #rebuildTable(survivors: readonly number[], wanted: readonly number[]): Uint8Array {
    assert(survivors.length === this.dataShards && wanted.length <= this.parityShards, 'wrong number of survivors or wanted shards')
    const key = maskOf(survivors) * 2 ** shardCountMax + maskOf(wanted)
    const known = this.#rebuildTables.get(key)
    if (known !== undefined) return known
    const inverse = invertMatrix(this.#rows(survivors), this.dataShards)
    const table = nibbleTable(multiplyMatrices(this.#rows(wanted), inverse, this.dataShards))
    if (this.#rebuildTables.size >= rebuildTablesMax) this.#rebuildTables.clear()
    this.#rebuildTables.set(key, table)
    return table
  }

  #rows(indexes: readonly number[]): Uint8Array {
    const k = this.dataShards
    const rows = new Uint8Array(indexes.length * k)
    indexes.forEach((index, i) => { rows.set(this.matrix.subarray(index * k, (index + 1) * k), i * k) })
    return rows
  }
}

const known = new Map<number, ReedSolomon>()

/** The code for this geometry, made once. */
export function reedSolomon(dataShards: number, parityShards: number): ReedSolomon {
  const key = dataShards * 256 + parityShards
  let code = known.get(key)
  if (code === undefined) known.set(key, (code = new ReedSolomon(dataShards, parityShards)))
  return code
}

function encodingMatrix(k: number, m: number): Uint8Array {
  const vandermonde = new Uint8Array((k + m) * k)
  for (let row = 0; row < k + m; row++) {
    for (let column = 0; column < k; column++) vandermonde[row * k + column] = powerOf(row, column)
  }
  return multiplyMatrices(vandermonde, invertMatrix(vandermonde.slice(0, k * k), k), k)
}

/** Per coefficient its products with the sixteen low nibbles, then with the sixteen high ones. */
function nibbleTable(coefficients: Uint8Array): Uint8Array {
  const table = new Uint8Array(coefficients.length * entryBytes)
  coefficients.forEach((coefficient, i) => {
    for (let nibble = 0; nibble < 16; nibble++) {
      table[i * entryBytes + nibble] = multiplyBytes(coefficient, nibble)
      table[i * entryBytes + 16 + nibble] = multiplyBytes(coefficient, nibble << 4)
    }
  })
  return table
}

function maskOf(indexes: readonly number[]): number {
  let mask = 0
  for (const index of indexes) {
    assert(index >= 0 && index < shardCountMax && (mask & (1 << index)) === 0, 'shard index out of range or named twice')
    mask |= 1 << index
  }
  return mask
}
