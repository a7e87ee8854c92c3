// Makes a new set out of blank drives. Only ever called because somebody asked for it.
import { assert } from '../../../base/assert.ts'
import { randomUuid, type RandomSource } from '../../../base/random.ts'
import type { DriveConnection } from '../drives/drive-connection.ts'
import type { DriveIdentity } from '../drives/drive-protocol.ts'
import { chooseParityShards, setDrivesMax } from './quorum.ts'

export const defaultSegmentSizeBytes = 64 * 1024 * 1024

export interface BlankDrive {
  readonly connection: DriveConnection
  /** A folder on a disk that holds other things too. */
  readonly isFolder: boolean
}

export interface FormatOptions {
  /** 0 to half of the drives; by the number of drives unless named. */
  readonly parityShards?: number
  readonly segmentSizeBytes?: number
}

/** One identity per drive, slots in the order given. Pure but for randomness. */
export function planSet(drives: readonly BlankDrive[], random: RandomSource, options: FormatOptions = {}): DriveIdentity[] {
  const parityShards = options.parityShards ?? chooseParityShards(drives.length)
  assert(drives.length >= 1 && drives.length <= setDrivesMax, 'a set has 1 to 16 drives')
  assert(Number.isInteger(parityShards) && parityShards >= 0 && parityShards <= Math.floor(drives.length / 2), 'parity is at most half of the set')
  const deploymentId = randomUuid(random)
  const setId = randomUuid(random)
  const setDrives = drives.map(() => randomUuid(random))
  return drives.map(({ isFolder }, slot) => ({
    deploymentId, setId, slot, setDrives, isFolder, parityShards,
    driveId: setDrives[slot] ?? '',
    layoutGeneration: 1,
    dataShards: drives.length - parityShards,
    segmentSizeBytes: options.segmentSizeBytes ?? defaultSegmentSizeBytes,
  }))
}

/**
 * Formats all of them; they can then be opened. Faults (DriveError): refused (one is not blank; no drive is then touched after it),
 * io-error, full, read-only. What was formatted before the fault stays so and must be blanked by hand.
 */
export async function formatSet(drives: readonly BlankDrive[], random: RandomSource, options: FormatOptions = {}): Promise<DriveIdentity[]> {
  const identities = planSet(drives, random, options)
  for (const [slot, identity] of identities.entries()) await drives[slot]?.connection.format({ identity })
  return identities
}
