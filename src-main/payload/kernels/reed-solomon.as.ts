// Reed–Solomon multiply-accumulate over GF(2^8) in SIMD: outputs = matrix × inputs, column by column, nibble tables in registers,
// strips that stay in the first-level cache, two outputs at a time. Everything lies where the caller says; no static data.

const stripBytes: u32 = 4096
/** Per matrix entry: products of the 16 low nibbles, then of the 16 high nibbles. */
const entryBytes: u32 = 32

/** Indexes are nibbles, so the relaxed form is as deterministic as the strict one, and one instruction on x64. */
// @ts-ignore: decorator
@inline
function lookUp(table: v128, index: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, index)
  return i8x16.swizzle(table, index)
}

// @ts-ignore: decorator
@inline
function product(low: v128, high: v128, value: v128, mask: v128): v128 {
  return v128.xor(lookUp(low, v128.and(value, mask)), lookUp(high, v128.and(i16x8.shr_u(value, 4), mask)))
}

function setTwo(length: u32, input: usize, outputA: usize, outputB: usize, tableA: usize, tableB: usize): void {
  const mask = i8x16.splat(15)
  const lowA = v128.load(tableA), highA = v128.load(tableA, 16), lowB = v128.load(tableB), highB = v128.load(tableB, 16)
  const end = input + length
  while (input < end) {
    const x = v128.load(input), y = v128.load(input, 16)
    v128.store(outputA, product(lowA, highA, x, mask))
    v128.store(outputB, product(lowB, highB, x, mask))
    v128.store(outputA, product(lowA, highA, y, mask), 16)
    v128.store(outputB, product(lowB, highB, y, mask), 16)
    input += 32
    outputA += 32
    outputB += 32
  }
}

function addTwo(length: u32, input: usize, outputA: usize, outputB: usize, tableA: usize, tableB: usize): void {
  const mask = i8x16.splat(15)
  const lowA = v128.load(tableA), highA = v128.load(tableA, 16), lowB = v128.load(tableB), highB = v128.load(tableB, 16)
  const end = input + length
  while (input < end) {
    const x = v128.load(input), y = v128.load(input, 16)
    v128.store(outputA, v128.xor(v128.load(outputA), product(lowA, highA, x, mask)))
    v128.store(outputB, v128.xor(v128.load(outputB), product(lowB, highB, x, mask)))
    v128.store(outputA, v128.xor(v128.load(outputA, 16), product(lowA, highA, y, mask)), 16)
    v128.store(outputB, v128.xor(v128.load(outputB, 16), product(lowB, highB, y, mask)), 16)
    input += 32
    outputA += 32
    outputB += 32
  }
}

function setOne(length: u32, input: usize, output: usize, table: usize): void {
  const mask = i8x16.splat(15)
  const low = v128.load(table), high = v128.load(table, 16)
  const end = input + length
  while (input < end) {
    const x = v128.load(input), y = v128.load(input, 16)
    v128.store(output, product(low, high, x, mask))
    v128.store(output, product(low, high, y, mask), 16)
    input += 32
    output += 32
  }
}

function addOne(length: u32, input: usize, output: usize, table: usize): void {
  const mask = i8x16.splat(15)
  const low = v128.load(table), high = v128.load(table, 16)
  const end = input + length
  while (input < end) {
    const x = v128.load(input), y = v128.load(input, 16)
    v128.store(output, v128.xor(v128.load(output), product(low, high, x, mask)))
    v128.store(output, v128.xor(v128.load(output, 16), product(low, high, y, mask)), 16)
    input += 32
    output += 32
  }
}

/**
 * `inputs` and `outputs`: arrays of u32 addresses. `tables`: entries in row order, one row per output. `length`: a multiple of 32.
 * Outputs may not overlap inputs.
 */
export function multiply(inputCount: u32, outputCount: u32, length: u32, tables: usize, inputs: usize, outputs: usize): void {
  const rowBytes = inputCount * entryBytes
  for (let at: u32 = 0; at < length; at += stripBytes) {
    const strip = min(stripBytes, length - at)
    for (let row: u32 = 0; row < outputCount; row += 2) {
      const outputA = <usize>load<u32>(outputs + (row << 2)) + at
      const two = row + 1 < outputCount
      const outputB = two ? <usize>load<u32>(outputs + (row << 2), 4) + at : 0
      for (let column: u32 = 0; column < inputCount; column++) {
        const input = <usize>load<u32>(inputs + (column << 2)) + at
        const table = tables + row * rowBytes + column * entryBytes
        if (two) {
          if (column == 0) setTwo(strip, input, outputA, outputB, table, table + rowBytes)
          else addTwo(strip, input, outputA, outputB, table, table + rowBytes)
        } else if (column == 0) setOne(strip, input, outputA, table)
        else addOne(strip, input, outputA, table)
      }
    }
  }
}
