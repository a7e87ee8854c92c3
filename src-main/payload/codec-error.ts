// The faults of the codec, beside what it is asked for (codec-protocol.ts), so that its parts share them.
import { TaggedError } from '../base/tagged-error.ts'
import type { CodecFault } from './codec-protocol.ts'

export class CodecError extends TaggedError<CodecFault | 'codec-gone' | 'busy'> {}
