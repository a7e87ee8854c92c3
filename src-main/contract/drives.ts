// Area drives: what each drive is doing and what the set still survives.
import { z } from 'zod'
import { procedure } from './procedure.ts'

export const storageHealthStates = ['ok', 'degraded', 'at-risk', 'read-only', 'offline'] as const
export const driveStates = ['ok', 'healing', 'out-of-service', 'missing', 'full', 'read-only', 'damaged'] as const

export const driveReport = z.object({
  driveId: z.string(),
  slot: z.number(),
  /** Absent: nowhere to be found. */
  path: z.string().optional(),
  state: z.enum(driveStates),
  /** Why, for people; empty when ok. */
  reason: z.string(),
  freeBytes: z.number(),
  totalBytes: z.number(),
  isFolder: z.boolean(),
  readErrors: z.number(),
  writeErrors: z.number(),
})

export const spaceReport = z.object({
  usableFreeBytes: z.number(),
  usableTotalBytes: z.number(),
  rawFreeBytes: z.number(),
  rawTotalBytes: z.number(),
})

export const setReport = z.object({
  health: z.enum(storageHealthStates),
  dataShards: z.number(),
  parityShards: z.number(),
  /** Further losses that reads, and writes, survive now. Negative: already lost. */
  readLossesLeft: z.number(),
  writeLossesLeft: z.number(),
  space: spaceReport,
  heal: z.object({ running: z.boolean(), recordsDone: z.number(), recordsTotal: z.number(), bytesDone: z.number(), failed: z.number() }),
  damageFound: z.number(),
  damageRepaired: z.number(),
})

export const refusedDrive = z.object({ path: z.string(), reason: z.string() })

export const drivesReport = z.object({
  /** Empty while the store is closed: only presence is known then. */
  drives: z.array(driveReport),
  set: setReport.optional(),
  found: z.number(),
  expected: z.number(),
  refused: z.array(refusedDrive),
})
export type DrivesReport = z.infer<typeof drivesReport>

export const driveProcedures = {
  'drives.list': procedure({
    caller: 'operator',
    passive: true,
    input: z.strictObject({}),
    output: drivesReport,
  }),
}
