// Area setup, drives: what could become a drive, and what a choice of drives and parity would give. Every figure is the engine's.
import { z } from 'zod'
import { storageHealthStates } from './drives.ts'
import { drivePath } from './names.ts'
import { procedure } from './procedure.ts'

export const driveWarnings = ['folder', 'root-device', 'same-device', 'not-there', 'not-empty', 'not-a-folder', 'not-writable', 'has-coffer', 'too-small'] as const
export type DriveWarning = (typeof driveWarnings)[number]

/** What keeps a folder from being a drive, or should be known before. */
export const driveWarning = z.object({ code: z.enum(driveWarnings), text: z.string() })

export const checkedDrive = z.object({
  path: z.string(),
  usable: z.boolean(),
  warnings: z.array(driveWarning),
  freeBytes: z.number(),
  totalBytes: z.number(),
  isFolder: z.boolean(),
  /** Equal for two folders on one device. Empty: not known. */
  device: z.string(),
})

/** A mounted file system, or a path of the configuration. */
export const driveCandidate = z.object({
  path: z.string(),
  /** As in `checkedDrive`. */
  device: z.string(),
  /** For people: `ext4`, `xfs`. Empty: not known. */
  fileSystem: z.string(),
  totalBytes: z.number(),
  freeBytes: z.number(),
  isRoot: z.boolean(),
  /** Named by the configuration. */
  configured: z.boolean(),
  usable: z.boolean(),
  warnings: z.array(driveWarning),
})

export const layoutOutcome = z.object({ lost: z.number(), health: z.enum(storageHealthStates), reads: z.boolean(), writes: z.boolean() })

export const layoutOption = z.object({
  parity: z.number(),
  dataShards: z.number(),
  usableBytes: z.number(),
  rawBytes: z.number(),
  /** Room on larger drives that the smallest one leaves unused. */
  lostToUnequalBytes: z.number(),
  readLosses: z.number(),
  writeLosses: z.number(),
  /** One for each number of lost drives, from none to all. */
  outcomes: z.array(layoutOutcome),
})
export type LayoutOption = z.infer<typeof layoutOption>

const paths = z.array(drivePath).min(1).max(64)

export const setupDriveProcedures = {
  'setup.findDrives': procedure({ caller: 'setup-code', input: z.strictObject({}), output: z.object({ candidates: z.array(driveCandidate) }) }),
  'setup.checkDrives': procedure({ caller: 'setup-code', input: z.strictObject({ paths }), output: z.object({ drives: z.array(checkedDrive) }) }),
  /** `parity`: only that option; else all that these drives can have. */
  'setup.layout': procedure({
    caller: 'setup-code',
    input: z.strictObject({ drives: paths, parity: z.number().int().min(0).max(16).optional() }),
    output: z.object({ drives: z.array(checkedDrive), parityDefault: z.number(), parityMax: z.number(), options: z.array(layoutOption) }),
  }),
}
