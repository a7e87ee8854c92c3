// Continuation tokens: opaque to clients, base64url of a version digit and the name to go on after.
import { decodeUtf8 } from '../../base/bytes.ts'
import { refusal } from '../errors.ts'

const version = 0x31

export function formatContinuationToken(after: string): string {
  return Buffer.from(`1${after}`, 'utf8').toString('base64url')
}

/** The name to go on after. Faults: invalid-argument. */
export function parseContinuationToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url')
  const after = bytes.length > 1 && bytes[0] === version && bytes.toString('base64url') === token ? decodeUtf8(bytes.subarray(1)) : undefined
  if (after === undefined) throw refusal('invalid-argument', 'The continuation token provided is incorrect', { argumentName: 'continuation-token' })
  return after
}
