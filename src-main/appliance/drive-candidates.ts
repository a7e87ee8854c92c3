// What is worth offering as drives, and what a choice of them would give.
import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { chooseParityShards, parityMaxOf, planLayout, setDrivesMax, type LayoutPlan } from '../storage/erasure/index.ts'
import { checkDrives, type CheckedDrive } from './drive-check.ts'
import { isWorthOffering, listMounts, type Mount } from './mount-table.ts'

export interface DriveCandidate extends CheckedDrive {
  readonly fileSystem: string
  /** On the system's own drive. */
  readonly isRoot: boolean
  readonly configured: boolean
}

const candidatesMax = 64

/** Paths of the configuration first, then mounted file systems. Nothing is written. */
export function findDriveCandidates(configured: readonly string[], mounts: readonly Mount[] = listMounts()): DriveCandidate[] {
  const mounted = new Map(mounts.filter(isWorthOffering).map((mount) => [mount.path, mount]))
  const paths = [...new Set([...configured.map((path) => resolve(path)), ...mounted.keys()])].slice(0, candidatesMax)
  return paths.map((path) => {
    // Each for itself: what two of them share is told when they are chosen.
    const [drive] = checkDrives([path])
    return {
      path, usable: false, warnings: [], freeBytes: 0, totalBytes: 0, isFolder: true, device: '', ...drive,
      fileSystem: mounted.get(path)?.fileSystem ?? '', isRoot: drive?.warnings.includes('root-device') === true, configured: configured.some((own) => resolve(own) === path),
    }
  })
}

export interface DriveLayout {
  readonly drives: readonly CheckedDrive[]
  readonly parityDefault: number
  readonly parityMax: number
  readonly options: readonly LayoutPlan[]
}

/** One option per possible parity, or just the one asked for. Undefined: no set has so many drives, or not that parity. */
export function layOutDrives(paths: readonly string[], parity?: number): DriveLayout | undefined {
  const parityMax = parityMaxOf(paths.length)
  if (paths.length < 1 || paths.length > setDrivesMax || (parity ?? 0) > parityMax) return undefined
  const drives = checkDrives(paths)
  const room = roomOf(drives)
  const wanted = parity === undefined ? Array.from({ length: parityMax + 1 }, (_, index) => index) : [parity]
  return { drives, parityMax, parityDefault: chooseParityShards(paths.length), options: wanted.map((option) => planLayout(room, option)) }
}

/** What is free; folders in one file system share it. */
function roomOf(drives: readonly CheckedDrive[]): number[] {
  const fileSystems = drives.map(({ path }) => fileSystemOf(path))
  return drives.map(({ freeBytes }, index) => {
    const own = fileSystems[index]
    const sharing = own === undefined ? 1 : fileSystems.filter((other) => other === own).length
    return Math.floor(freeBytes / sharing)
  })
}

function fileSystemOf(path: string): number | undefined {
  const existing = existsSync(path) ? path : dirname(path)
  return statSync(existing, { throwIfNoEntry: false })?.dev
}
