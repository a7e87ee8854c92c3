// Request ids: sixteen hex digits, unique by a random start and a counter, without a draw of randomness for each request.
import { formatHex } from '../base/bytes.ts'
import type { RandomSource } from '../base/random.ts'

/** Always eight digits. */
const counterMin = 0x1000_0000
const counterMax = 0xffff_ffff

export function openRequestIds(random: RandomSource): () => string {
  const prefix = formatHex(random.bytes(4))
  let counter = counterMin + parseInt(formatHex(random.bytes(3)), 16)
  return () => {
    counter = counter < counterMax ? counter + 1 : counterMin
    return prefix + counter.toString(16)
  }
}
