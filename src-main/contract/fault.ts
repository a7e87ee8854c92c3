// What the console refuses, as everybody sees it: screen, command line and programs get the same code, message and hint.
// Message: what happened and what it means. Hint: what to do. Never a secret.
import { z } from 'zod'

export const consoleFaultCodes = [
  'bad-input', 'unknown-procedure', 'too-large', 'not-json',
  'not-signed-in', 'wrong-password', 'set-up-code-needed', 'wrong-set-up-code', 'only-on-this-machine',
  'foreign-origin', 'foreign-host', 'missing-csrf-header',
  'slow-down', 'busy', 'took-too-long',
  'sealed', 'not-serving', 'wrong-state', 'no-administrator', 'administrator-exists',
  'drive-not-usable', 'drives-missing', 'format-failed', 'start-failed',
  'bad-shape', 'bad-name', 'weak-secret',
  'no-such-bucket', 'bucket-exists', 'bucket-not-empty', 'bad-bucket-name',
  'no-such-object', 'no-such-upload', 'bad-object-name', 'bad-part', 'bad-range', 'object-too-large', 'object-changed', 'cut-off',
  'storage-full', 'write-quorum-lost', 'read-quorum-lost', 'damaged', 'not-written',
  'internal',
] as const // prettier-ignore
export type ConsoleFaultCode = (typeof consoleFaultCodes)[number]

export const consoleFault = z.object({
  code: z.enum(consoleFaultCodes),
  message: z.string(),
  hint: z.string(),
  retryAfterSeconds: z.number().optional(),
  requestId: z.string().optional(),
})
export type ConsoleFault = z.infer<typeof consoleFault>
