// One program per state folder: an exclusive lock that the kernel frees when the holder dies, however it dies.
import Database from 'better-sqlite3'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { TaggedError } from '../base/tagged-error.ts'

export type LocalAccessFault = 'in-use' | 'folder-not-usable' | 'path-too-long' | 'socket-not-usable'

/** The state folder or its socket can't be had. */
export class LocalAccessError extends TaggedError<LocalAccessFault> {}

export interface StateLock {
  release(): void
}

/** Makes the folder with mode 0700 when absent. Faults: in-use, folder-not-usable. */
export function lockStateFolder(folder: string): StateLock {
  let lock: Database.Database
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
    lock = new Database(join(folder, 'lock'), { timeout: 0 })
  } catch (error) {
    throw new LocalAccessError('folder-not-usable', `The state folder ${folder} can't be used. Check that it exists and belongs to this user.`, { folder }, error)
  }
  try {
    // Nothing is ever written; without this an empty journal file would lie beside it.
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    const code = error instanceof Database.SqliteError ? error.code : ''
    if (code.startsWith('SQLITE_BUSY')) throw inUse(folder, error)
    throw new LocalAccessError('folder-not-usable', `The lock file in ${folder} can't be used (${code}).`, { folder }, error)
  }
  return { release: () => { lock.close() } }
}

export function inUse(folder: string, cause?: unknown): LocalAccessError {
  return new LocalAccessError('in-use', `Another Coffer is running with the state folder ${folder}. Stop it first, or use another folder with --state.`, { folder }, cause)
}
