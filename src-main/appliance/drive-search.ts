// Opens whatever drives can be found at the paths given, and reads the keystore's seal record from them.
import { existsSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import { openKeystore, type Keystore } from '../keystore/index.ts'
import type { SharedSlab } from '../payload/shared-memory.ts'
import { connectDrive, findSet, openDriveSealStore, type DriveSearch } from '../storage/erasure/index.ts'

export interface FoundStore {
  readonly search: DriveSearch
  /** Undefined: no set, or too few of its drives. */
  readonly keystore: Keystore | undefined
}

/** Paths that do not exist are simply not there. Never formats anything. */
export async function findStore(paths: readonly string[], slab: SharedSlab, clock: Clock, random: RandomSource): Promise<FoundStore> {
  const candidates = [...new Set(paths)].filter((path) => existsSync(path)).map((path) => connectDrive(path, slab))
  const search = await findSet(candidates)
  for (const drive of search.blank) await drive.abandon()
  if (search.set === undefined || search.tooFew) return { search, keystore: undefined }
  return { search, keystore: await openKeystore({ sealStore: openDriveSealStore(search.set), clock, random }) }
}

/** Lets go of every drive that was found. */
export async function releaseDrives(found: FoundStore | undefined): Promise<void> {
  found?.keystore?.close()
  for (const drive of found?.search.set?.slots ?? []) {
    if (drive === undefined) continue
    await drive.connection.close({}).catch(() => undefined)
    await drive.connection.abandon()
  }
}
