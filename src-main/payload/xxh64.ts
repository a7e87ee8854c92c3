// XXH64 with seed 0, for the self-test of the erasure code only: a few hundred bytes once at start, so plain BigInt will do.
const prime1 = 0x9e3779b185ebca87n
const prime2 = 0xc2b2ae3d27d4eb4fn
const prime3 = 0x165667b19e3779f9n
const prime4 = 0x85ebca77c2b2ae63n
const prime5 = 0x27d4eb2f165667c5n

const word = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotate = (value: bigint, by: bigint): bigint => word(value << by) | (value >> (64n - by))
const round = (lane: bigint, input: bigint): bigint => word(rotate(word(lane + input * prime2), 31n) * prime1)

export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.byteLength
  let at = 0
  let hash = prime5
  if (length >= 32) {
    const lanes: [bigint, bigint, bigint, bigint] = [word(prime1 + prime2), prime2, 0n, word(-prime1)]
    for (; at + 32 <= length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i] ?? 0n, view.getBigUint64(at + i * 8, true))
    }
    hash = word(rotate(lanes[0], 1n) + rotate(lanes[1], 7n) + rotate(lanes[2], 12n) + rotate(lanes[3], 18n))
    for (const lane of lanes) hash = word((hash ^ round(0n, lane)) * prime1 + prime4)
  }
  hash = word(hash + BigInt(length))
  for (; at + 8 <= length; at += 8) hash = word(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * prime1 + prime4)
  if (at + 4 <= length) {
    hash = word(rotate(hash ^ word(BigInt(view.getUint32(at, true)) * prime1), 23n) * prime2 + prime3)
    at += 4
  }
  for (; at < length; at++) hash = word(rotate(hash ^ word(BigInt(view.getUint8(at)) * prime5), 11n) * prime1)
  hash = word((hash ^ (hash >> 33n)) * prime2)
  hash = word((hash ^ (hash >> 29n)) * prime3)
  return hash ^ (hash >> 32n)
}
