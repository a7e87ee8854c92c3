// Slow, readable twins of the fast kernels, written from the definitions: they must agree with them.

function slowCrc(bytes: Uint8Array, width: bigint, polynomial: bigint): bigint {
  const ones = (1n << width) - 1n
  let crc = ones
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n
  }
  return crc ^ ones
}

export function slowCrc32c(bytes: Uint8Array): number {
  return Number(slowCrc(bytes, 32n, 0x82f63b78n))
}

export function slowCrc64Nvme(bytes: Uint8Array): bigint {
  return slowCrc(bytes, 64n, 0x9a6c9329ac4bc9b5n)
}

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1, bit by bit. */
export function slowProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1
    if (product & 0x100) product ^= 0x11d
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

/** Rows of parity out of data shards: each byte a sum of products. `parityRows` is m × k. */
export function slowParity(data: readonly Uint8Array[], parityRows: Uint8Array, parityShards: number): Uint8Array[] {
  return Array.from({ length: parityShards }, (_, row) =>
    Uint8Array.from(data[0] ?? [], (_byte, column) =>
      data.reduce((sum, shard, i) => sum ^ slowProduct(parityRows[row * data.length + i] ?? 0, shard[column] ?? 0), 0),
    ),
  )
}
