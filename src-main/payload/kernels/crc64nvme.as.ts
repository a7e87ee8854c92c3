// CRC-64/NVME (reflected polynomial 0x9a6c9329ac4bc9b5), sixteen bytes a step by sixteen tables of 256 entries. The tables stand at
// address 0 of the memory, where every thread writes the same values: an address known to the compiler saves a third of the instructions.

const polynomial: u64 = 0x9a6c9329ac4bc9b5

/** Fills 32 KiB at address 0. Table n holds the effect of a byte that n further zero bytes follow. Only final values are stored. */
export function fillTables(): void {
  for (let value: usize = 0; value < 256; value++) {
    let crc = <u64>value
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ polynomial : crc >> 1
    store<u64>(value << 3, crc)
  }
  for (let entry: usize = 256; entry < 4096; entry++) {
    const before = load<u64>((entry - 256) << 3)
    store<u64>(entry << 3, (before >> 8) ^ load<u64>((<usize>before & 0xff) << 3))
  }
}

/** Byte `index` of `word`, as the offset of its entry in a table. */
// @ts-ignore: decorator
@inline
function entryOf(word: u64, index: u64): usize {
  return index == 0 ? <usize>(word << 3) & 0x7f8 : <usize>(word >> ((index << 3) - 3)) & 0x7f8
}

/** Goes on from `crc` (0 at the start) over `length` bytes at `from`; the result is the checksum so far. */
export function update(crc: u64, from: usize, length: usize): u64 {
  let state = ~crc
  const end = from + length
  const endOfSteps = from + (length & ~15)
  while (from < endOfSteps) {
    const low = load<u64>(from) ^ state
    const high = load<u64>(from, 8)
    state =
      load<u64>(entryOf(high, 0), 7 * 2048) ^ load<u64>(entryOf(high, 1), 6 * 2048) ^
      load<u64>(entryOf(high, 2), 5 * 2048) ^ load<u64>(entryOf(high, 3), 4 * 2048) ^
      load<u64>(entryOf(high, 4), 3 * 2048) ^ load<u64>(entryOf(high, 5), 2 * 2048) ^
      load<u64>(entryOf(high, 6), 2048) ^ load<u64>(entryOf(high, 7)) ^
      (load<u64>(entryOf(low, 0), 15 * 2048) ^ load<u64>(entryOf(low, 1), 14 * 2048) ^
        (load<u64>(entryOf(low, 2), 13 * 2048) ^ load<u64>(entryOf(low, 3), 12 * 2048)) ^
        (load<u64>(entryOf(low, 4), 11 * 2048) ^ load<u64>(entryOf(low, 5), 10 * 2048) ^
          (load<u64>(entryOf(low, 6), 9 * 2048) ^ load<u64>(entryOf(low, 7), 8 * 2048))))
    from += 16
  }
  while (from < end) {
    state = (state >> 8) ^ load<u64>(((<usize>state ^ <usize>load<u8>(from)) & 0xff) << 3)
    from++
  }
  return ~state
}
