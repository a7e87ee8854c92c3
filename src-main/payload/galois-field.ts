// GF(2^8) with polynomial 0x11d and generator 2, and small matrices over it (row-major). Only tables and matrices are made with it;
// the bytes of shards go through the SIMD kernel.
import { assert } from '../base/assert.ts'

const polynomial = 0x11d
const powers = new Uint8Array(510)
const logarithms = new Uint8Array(256)
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  powers[exponent] = value
  powers[exponent + 255] = value
  logarithms[value] = exponent
  value <<= 1
  if (value > 255) value ^= polynomial
}

function at(bytes: Uint8Array, index: number): number {
  const byte = bytes[index]
  assert(byte !== undefined, 'index outside a matrix or table')
  return byte
}

export function multiplyBytes(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : at(powers, at(logarithms, a) + at(logarithms, b))
}

export function invertByte(a: number): number {
  assert(a !== 0, 'zero has no inverse')
  return at(powers, 255 - at(logarithms, a))
}

/** a^n, with 0^0 = 1. */
export function powerOf(a: number, n: number): number {
  if (n === 0) return 1
  return a === 0 ? 0 : at(powers, (at(logarithms, a) * n) % 255)
}

/** (rows × inner) · (inner × columns). */
export function multiplyMatrices(a: Uint8Array, b: Uint8Array, inner: number): Uint8Array {
  const rows = a.length / inner
  const columns = b.length / inner
  const result = new Uint8Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (let i = 0; i < inner; i++) sum ^= multiplyBytes(at(a, row * inner + i), at(b, i * columns + column))
      result[row * columns + column] = sum
    }
  }
  return result
}

/** Inverse of a size × size matrix by Gauss and Jordan. The matrix must be regular. */
export function invertMatrix(matrix: Uint8Array, size: number): Uint8Array {
  const left = matrix.slice()
  const right = new Uint8Array(size * size)
  for (let i = 0; i < size; i++) right[i * size + i] = 1
  for (let column = 0; column < size; column++) {
    let pivot = column
    while (pivot < size && at(left, pivot * size + column) === 0) pivot++
    assert(pivot < size, 'singular matrix')
    for (const side of [left, right]) swapRows(side, size, pivot, column)
    const scale = invertByte(at(left, column * size + column))
    for (const side of [left, right]) scaleRow(side, size, column, scale)
    for (let row = 0; row < size; row++) {
      const factor = at(left, row * size + column)
      if (row === column || factor === 0) continue
      for (const side of [left, right]) addRow(side, size, row, column, factor)
    }
  }
  return right
}

function swapRows(matrix: Uint8Array, size: number, a: number, b: number): void {
  if (a === b) return
  const kept = matrix.slice(a * size, (a + 1) * size)
  matrix.copyWithin(a * size, b * size, (b + 1) * size)
  matrix.set(kept, b * size)
}

function scaleRow(matrix: Uint8Array, size: number, row: number, factor: number): void {
  for (let i = row * size; i < (row + 1) * size; i++) matrix[i] = multiplyBytes(at(matrix, i), factor)
}

/** row += factor · other */
function addRow(matrix: Uint8Array, size: number, row: number, other: number, factor: number): void {
  for (let i = 0; i < size; i++) matrix[row * size + i] = at(matrix, row * size + i) ^ multiplyBytes(factor, at(matrix, other * size + i))
}
