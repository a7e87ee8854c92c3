// From drives found somewhere to the set they make: opened by identity, wherever they are mounted. Foreign, cloned and blank drives
// are named, never used.
import { DriveError, type DriveConnection } from '../drives/drive-connection.ts'
import type { DriveIdentity, DriveOpened } from '../drives/drive-protocol.ts'

export interface FoundDrive {
  readonly connection: DriveConnection
  readonly identity: DriveIdentity
  readonly sealRecord: DriveOpened['sealRecord']
}

/** The drives of one set by slot; undefined where the drive is away. */
export interface FoundSet {
  readonly identity: DriveIdentity
  readonly slots: readonly (FoundDrive | undefined)[]
}

export type RefusedReason =
  /** Of another deployment or set than the one chosen. */
  | 'foreign'
  /** Two drives carry the same identity: neither is used until somebody decides. */
  | 'duplicate'
  | 'in-use' | 'unreadable'

export interface RefusedDrive {
  readonly path: string
  readonly reason: RefusedReason
}

export interface DriveSearch {
  /** Undefined: no formatted drive, or drives of two deployments and nobody said which. */
  readonly set: FoundSet | undefined
  /** Fewer than k drives are there: nothing can be read. */
  readonly tooFew: boolean
  readonly deployments: readonly string[]
  readonly blank: readonly DriveConnection[]
  readonly refused: readonly RefusedDrive[]
}

/** Opens every candidate and says what they are. Those that are not used are let go. `deploymentId` chooses when there are several. */
export async function findSet(candidates: readonly DriveConnection[], deploymentId?: string): Promise<DriveSearch> {
  const found: FoundDrive[] = []
  const blank: DriveConnection[] = []
  const refused: RefusedDrive[] = []
  await Promise.all(candidates.map(async (connection) => {
    try {
      const { identity, sealRecord } = await connection.open({})
      found.push({ connection, identity, sealRecord })
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
      if (error.fault === 'not-formatted') blank.push(connection)
      else {
        refused.push({ path: connection.path, reason: error.fault === 'in-use' ? 'in-use' : error.fault === 'foreign' ? 'foreign' : 'unreadable' })
        await connection.abandon()
      }
    }
  }))
  const deployments = [...new Set(found.map((drive) => drive.identity.deploymentId))].sort()
  const chosen = deploymentId ?? (deployments.length === 1 ? deployments[0] : undefined)
  const { set, unused } = groupDrives(found, chosen)
  for (const { drive, reason } of unused) {
    refused.push({ path: drive.connection.path, reason })
    await letGo(drive.connection)
  }
  const present = set?.slots.filter((slot) => slot !== undefined).length ?? 0
  return { set, tooFew: set !== undefined && present < set.identity.dataShards, deployments, blank, refused }
}

interface Grouped {
  readonly set: FoundSet | undefined
  readonly unused: readonly { readonly drive: FoundDrive; readonly reason: RefusedReason }[]
}

/** Pure. The newest layout generation of the deployment says which drives belong where. */
export function groupDrives(found: readonly FoundDrive[], deploymentId: string | undefined): Grouped {
  const unused: { drive: FoundDrive; reason: RefusedReason }[] = []
  const ours = found.filter((drive) => drive.identity.deploymentId === deploymentId)
  for (const drive of found) if (!ours.includes(drive)) unused.push({ drive, reason: 'foreign' })
  const newest = ours.reduce<DriveIdentity | undefined>(
    (best, { identity }) => (best === undefined || identity.layoutGeneration > best.layoutGeneration ? identity : best), undefined)
  if (newest === undefined) return { set: undefined, unused }
  const slots: (FoundDrive | undefined)[] = newest.setDrives.map(() => undefined)
  const copies = new Map<string, number>()
  for (const { identity } of ours) copies.set(identity.driveId, (copies.get(identity.driveId) ?? 0) + 1)
  for (const drive of ours) {
    const slot = newest.setDrives.indexOf(drive.identity.driveId)
    if (slot < 0 || drive.identity.setId !== newest.setId) unused.push({ drive, reason: 'foreign' })
    else if ((copies.get(drive.identity.driveId) ?? 0) > 1) unused.push({ drive, reason: 'duplicate' })
    else slots[slot] = drive
  }
  return { set: { identity: newest, slots }, unused }
}

async function letGo(connection: DriveConnection): Promise<void> {
  try {
    await connection.close({})
  } catch (error) {
    if (!(error instanceof DriveError)) throw error
  }
  await connection.abandon()
}
