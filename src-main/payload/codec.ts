// What the storage engine sees of the codec: one trip per stripe. The pool runs it on threads; the inline codec runs it here (simulation).
import { TaggedError } from '../base/tagged-error.ts'
import type { CodecFault, DecodeStripe, EncodeStripe, RebuildShards, StripeEncoded } from './codec-protocol.ts'

export class CodecError extends TaggedError<CodecFault | 'codec-gone' | 'busy'> {}

export interface Codec {
  encodeStripe(input: EncodeStripe): Promise<StripeEncoded>
  /** Faults: not-authentic. */
  decodeStripe(input: DecodeStripe): Promise<{ readonly plainLength: number }>
  rebuildShards(input: RebuildShards): Promise<void>
  forgetBody(bodyId: number): void
  close(): Promise<void>
}
