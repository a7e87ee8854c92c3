// What a folder or mount point is good for as a drive, before anything is written to it.
import { accessSync, constants, existsSync, lstatSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, parse, resolve } from 'node:path'
import { deviceOf } from './drive-device.ts'

export type DriveWarning =
  /** A folder on a disk that holds other things too: for trial and tests. */
  | 'folder'
  /** On the system's own disk. */
  | 'root-device'
  /** Shares its device with another of the drives chosen: one failure takes both. */
  | 'same-device'
  /** Does not exist: it is made, where the folder that it would be in exists. */
  | 'not-there'
  | 'not-empty' | 'not-a-folder' | 'not-writable' | 'has-coffer' | 'too-small'

export interface CheckedDrive {
  readonly path: string
  readonly usable: boolean
  readonly warnings: readonly DriveWarning[]
  readonly freeBytes: number
  readonly totalBytes: number
  readonly isFolder: boolean
  /** Equal for two folders on one device; empty when not known. */
  readonly device: string
}

const smallestDriveBytes = 64 * 1024 * 1024
/** What a fresh file system has of its own. */
const ownNames = new Set(['lost+found', '.Trash-0', 'System Volume Information'])

interface Facts {
  readonly path: string
  /** Of the folder that it would be made in, when there is none. Undefined: no folder, and none can be made there. */
  readonly device: string | undefined
  readonly isMountPoint: boolean
  readonly exists: boolean
}

function factsOf(path: string): Facts {
  try {
    const stat = statSync(path)
    const parent = statSync(dirname(path))
    return { path, device: stat.isDirectory() ? deviceOf(stat.dev) : undefined, isMountPoint: stat.dev !== parent.dev || dirname(path) === path, exists: true }
  } catch {
    const exists = isPresent(path)
    return { path, device: exists ? undefined : deviceOfParent(path), isMountPoint: false, exists }
  }
}

function deviceOfParent(path: string): string | undefined {
  try {
    const parent = statSync(dirname(path))
    return parent.isDirectory() ? deviceOf(parent.dev) : undefined
  } catch {
    return undefined
  }
}

/** True also for what may not be looked at, and for a link that leads nowhere: nothing can be made in their place. */
function isPresent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}

/** One answer per path, in order. Nothing is written. */
export function checkDrives(paths: readonly string[]): CheckedDrive[] {
  const facts = paths.map((path) => factsOf(resolve(path)))
  const rootDevice = deviceOf(statSync(parse(process.cwd()).root).dev)
  return facts.map((fact) => checkOne(fact, facts, rootDevice))
}

function checkOne(fact: Facts, all: readonly Facts[], rootDevice: string): CheckedDrive {
  const none = { path: fact.path, usable: false, freeBytes: 0, totalBytes: 0, isFolder: !fact.isMountPoint, device: fact.device ?? '' }
  if (!fact.exists && fact.device === undefined) return { ...none, warnings: ['not-there'] }
  if (fact.device === undefined) return { ...none, warnings: ['not-a-folder'] }
  const warnings: DriveWarning[] = []
  let usable = true
  const refuse = (warning: DriveWarning): void => {
    usable = false
    warnings.push(warning)
  }
  if (!fact.exists) warnings.push('not-there')
  if (!fact.isMountPoint) warnings.push('folder')
  if (fact.device === rootDevice) warnings.push('root-device')
  if (all.some((other) => other !== fact && other.device === fact.device)) warnings.push('same-device')
  if (all.filter((other) => other.path === fact.path).length > 1) refuse('same-device')
  if (existsSync(join(fact.path, '.coffer', 'drive-identity'))) refuse('has-coffer')
  else if (!isBlank(fact.path)) refuse('not-empty')
  const existing = existsSync(fact.path) ? fact.path : dirname(fact.path)
  if (!isWritable(existing)) refuse('not-writable')
  const space = statfsSync(existing)
  const freeBytes = space.bavail * space.bsize
  if (freeBytes < smallestDriveBytes) refuse('too-small')
  return { path: fact.path, usable, warnings, freeBytes, totalBytes: space.blocks * space.bsize, isFolder: !fact.isMountPoint, device: fact.device }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A folder that may not be read counts as not blank. */
function isBlank(path: string): boolean {
  try {
    return !existsSync(path) || readdirSync(path).every((name) => ownNames.has(name))
  } catch {
    return false
  }
}

/** Removes what Coffer made on a drive, and nothing else. Only for a store that never held anything. */
export function eraseDrive(path: string): void {
  rmSync(join(path, '.coffer'), { recursive: true, force: true })
}
