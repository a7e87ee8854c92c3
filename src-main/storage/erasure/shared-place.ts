// A range of shared memory that drives read into or write from. It goes back when its owner is done with it and no thread can touch it any
// more, whichever comes last; exactly once. Otherwise a late read would fall into the bytes of another body, and a late write would carry
// another body's plain bytes onto a drive.
import { assert } from '../../base/assert.ts'
import type { SharedRange } from '../../payload/codec-protocol.ts'
import type { BodyMemory, MemoryUse } from './body-memory.ts'
import { DriveError, type DriveConnection } from './drives/drive-connection.ts'

export class SharedPlace {
  readonly range: SharedRange
  readonly #memory: BodyMemory
  readonly #use: MemoryUse
  #callsInFlight = 0
  #released = false

  constructor(memory: BodyMemory, use: MemoryUse, range: SharedRange) {
    this.#memory = memory
    this.#use = use
    this.range = range
  }

  beginCall(): void {
    this.#callsInFlight++
  }

  endCall(): void {
    this.#callsInFlight--
    if (this.#released && this.#callsInFlight === 0) this.#memory.give(this.#use, this.range)
  }

  /** The call was rejected. One that ended by its deadline may still be at work in the drive's thread, and counts until that is over. */
  endFailedCall(drive: DriveConnection, error: unknown): void {
    if (error instanceof DriveError && error.fault === 'timeout' && drive.ended !== undefined) void drive.ended.then(() => { this.endCall() })
    else this.endCall()
  }

  /** The owner looks at it no more. Once. */
  release(): void {
    assert(!this.#released, 'a place is released once')
    this.#released = true
    if (this.#callsInFlight === 0) this.#memory.give(this.#use, this.range)
  }
}
