// Bytes as groups of five characters that people can type: four carry 20 bits in Crockford's base 32 (no I, L, O, U), the fifth checks
// its group. Any one wrong character, any two swapped within a group, and groups that changed places are found, and where.

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const groupCharacters = 5
const dataCharacters = 4

/** `bytes` in groups joined by hyphens. Their length in bits is a multiple of 20. */
export function formatGroups(bytes: Uint8Array): string {
  const groups: string[] = []
  for (let index = 0; index * 20 < bytes.byteLength * 8; index++) {
    const digits = Array.from({ length: dataCharacters }, (_, place) => readBits(bytes, (index * dataCharacters + place) * 5))
    groups.push([...digits, checkDigit(digits, index)].map((digit) => alphabet[digit] ?? '').join(''))
  }
  return groups.join('-')
}

function readBits(bytes: Uint8Array, bitOffset: number): number {
  const at = bitOffset >>> 3
  const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  return (pair >>> (11 - (bitOffset & 7))) & 31
}

/** Weights 2, 4, 8, 16 in GF(2^5) modulo x^5 + x^2 + 1; the check itself weighs 1, and the place of the group is mixed in. */
function checkDigit(digits: readonly number[], groupIndex: number): number {
  let check = groupIndex & 31
  for (const [place, digit] of digits.entries()) {
    let product = digit
    for (let doubling = 0; doubling <= place; doubling++) product = ((product << 1) ^ (0x25 & -(product >>> 4))) & 0x1f
    check ^= product
  }
  return check
}

export type ParsedGroups = { readonly bytes: Uint8Array } | { readonly wrongGroup: number }

/** The bytes of exactly `groupCount` groups (given split or not), or the first group that is wrong, from 1. Lower case, O for 0, I and L for 1 are understood. */
export function parseGroups(tokens: readonly string[], groupCount: number): ParsedGroups {
  const joined = tokens.join('')
  const groups = tokens.length === groupCount ? tokens : (joined.match(/.{1,5}/gsu) ?? [])
  const bytes = new Uint8Array((groupCount * 20) >>> 3)
  for (let index = 0; index < groupCount; index++) {
    const digits = toDigits(groups[index] ?? '')
    if (digits === undefined || digits[dataCharacters] !== checkDigit(digits.slice(0, dataCharacters), index)) return { wrongGroup: index + 1 }
    for (let place = 0; place < dataCharacters; place++) writeBits(bytes, (index * dataCharacters + place) * 5, digits[place] ?? 0)
  }
  return groups.length === groupCount ? { bytes } : { wrongGroup: groupCount }
}

function writeBits(bytes: Uint8Array, bitOffset: number, digit: number): void {
  const at = bitOffset >>> 3
  const shifted = digit << (11 - (bitOffset & 7))
  bytes[at] = (bytes[at] ?? 0) | (shifted >>> 8)
  if (at + 1 < bytes.byteLength) bytes[at + 1] = (bytes[at + 1] ?? 0) | (shifted & 0xff)
}

function toDigits(group: string): number[] | undefined {
  if (group.length !== groupCharacters) return undefined
  const digits = Array.from(group.toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1'), (character) => alphabet.indexOf(character))
  return digits.length !== groupCharacters || digits.includes(-1) ? undefined : digits
}
