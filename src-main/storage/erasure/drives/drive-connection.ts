// A drive as the engine sees it: the calls of drive-protocol, each answering with a DriveError or in time. Over a thread in
// production (drive-client.ts), in the same thread on virtual files in simulation.
import { TaggedError } from '../../../base/tagged-error.ts'
import type { DriveCalls, DriveFault } from './drive-protocol.ts'

export class DriveError extends TaggedError<DriveFault | 'timeout'> {}

export type DriveConnection = {
  readonly [Name in keyof DriveCalls]: (input: Parameters<DriveCalls[Name]>[0]) => Promise<ReturnType<DriveCalls[Name]>>
} & {
  /** Where it is mounted, for people. */
  readonly path: string
  /** Ends the thread without tidying (after `close`, or when the drive is given up). */
  abandon(): Promise<void>
  /**
   * Resolves when its thread is over and touches shared memory no more. What a call that ended in `timeout` was reading into is kept until
   * then. Absent where calls run in the caller's thread.
   */
  readonly ended?: Promise<void>
}
