// Whether the drive under our feet is the one that was opened: the held identity file and the one at the path are the same file on the
// same device. Without it a write could go into a bare mount point. Cheap: asked at most every 200 ms, and after any error.
import type { Clock } from '../../../base/clock.ts'
import { DriveError } from './drive-connection.ts'
import type { DriveFiles, FileHandle } from './drive-files.ts'
import { identityPath } from './drive-paths.ts'

const checkIntervalMs = 200

export class Standing {
  readonly #files: DriveFiles
  readonly #clock: Clock
  #identity: FileHandle | undefined
  #checkedMs = -Infinity

  constructor(files: DriveFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  /** Holds the identity file open from now on (again after it was replaced). */
  hold(): void {
    const handle = this.#files.open(identityPath, 'read')
    this.letGo()
    this.#identity = handle
    this.#checkedMs = -Infinity
  }

  letGo(): void {
    if (this.#identity !== undefined) this.#files.close(this.#identity)
    this.#identity = undefined
  }

  /** The next `require` looks again. */
  doubt(): void {
    this.#checkedMs = -Infinity
  }

  /** Faults: gone. */
  require(): void {
    const now = this.#clock.monotonicMs()
    if (now - this.#checkedMs < checkIntervalMs) return
    if (!this.stands()) throw new DriveError('gone', 'the drive is no longer at its path')
    this.#checkedMs = now
  }

  stands(): boolean {
    if (this.#identity === undefined) return false
    try {
      const held = this.#files.stat(this.#identity)
      const found = this.#files.statPath(identityPath)
      return found !== undefined && found.deviceId === held.deviceId && found.inode === held.inode
    } catch {
      return false
    }
  }
}
