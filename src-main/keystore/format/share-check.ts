// A check per share in the seal record, so that a wrong, old or damaged card is told at once and not only at the threshold.
//
// Why this gives nothing away: a check is a hash over the whole share, and a share unknown to the attacker has 256 bits of its own
// (with t − 1 shares in hand every value of the unseal key is still possible, and the hash covers its 32 bytes together, never byte by
// byte). Testing a guess against a check is therefore as hard as testing it against the wrapped root key that stands in the same
// record. What is lost is only perfect secrecy against unlimited computing, which the wrapped root key had already given up.
import { createHash } from 'node:crypto'
import { encodeUtf8, equalBytes } from '../../base/bytes.ts'

export const shareCheckBytes = 16
export const shareCheckSaltBytes = 16
const domain = encodeUtf8('coffer/1/share-check')

/** First 16 bytes of SHA-256(domain ‖ salt 16 ‖ share 33). The salt is drawn with each issue of shares. */
export function computeShareCheck(salt: Uint8Array, share: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(domain).update(salt).update(share).digest().subarray(0, shareCheckBytes))
}

/** The place of the share in `checks`, from 0; every one is compared, in constant time. Undefined: none. */
export function findShareCheck(salt: Uint8Array, checks: readonly Uint8Array[], share: Uint8Array): number | undefined {
  const own = computeShareCheck(salt, share)
  let found: number | undefined
  for (const [index, check] of checks.entries()) if (equalBytes(own, check)) found = index
  return found
}
