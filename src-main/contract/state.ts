// Area state: the four questions (open? safe? room? clients?). Over the network and unsigned, only name and state are told.
import { z } from 'zod'
import { lifecycleStates, seenStates } from './appliance-state.ts'
import { setReport, refusedDrive } from './drives.ts'
import { procedure } from './procedure.ts'
import { certificateFacts } from './setup-network.ts'

export const startStages = ['keys', 'drives', 'configuration', 'identities', 'listeners'] as const

export const clientActivity = z.object({
  /** Of the last whole minutes. */
  windowSeconds: z.number(),
  requests: z.number(),
  /** Answers 5xx. */
  failures: z.number(),
  /** Answers 403 and 401. */
  denied: z.number(),
  /** Different addresses. */
  clients: z.number(),
  bytesIn: z.number(),
  bytesOut: z.number(),
  secondsSinceLast: z.number().optional(),
})
export type ClientActivitySummary = z.infer<typeof clientActivity>

/** For signed-in and local callers. */
export const stateDetails = z.object({
  version: z.string(),
  drivesFound: z.number(),
  drivesExpected: z.number(),
  refusedDrives: z.array(refusedDrive),
  /** Absent while the store is closed. */
  set: setReport.optional(),
  clients: clientActivity,
  endpoints: z.object({ s3: z.string(), console: z.string() }),
  certificate: certificateFacts.optional(),
  shares: z.object({
    threshold: z.number(),
    count: z.number(),
    generation: z.number(),
    provenShares: z.number(),
    provenAtMs: z.number().optional(),
  }).optional(),
  sessions: z.number(),
}) // prettier-ignore

export const stateReport = z.object({
  /** Absent while fresh. */
  storeName: z.string().optional(),
  lifecycle: z.enum(lifecycleStates),
  seen: z.enum(seenStates),
  start: z.object({ stage: z.enum(startStages), fraction: z.number() }).optional(),
  failure: z.object({ stage: z.enum(startStages), reason: z.string() }).optional(),
  /** Whether set-up waits for the code printed on the machine, and whether an administrator exists (absent: not known while sealed). */
  setUp: z.object({ open: z.boolean(), administrator: z.boolean().optional() }),
  signedIn: z.boolean(),
  details: stateDetails.optional(),
})
export type StateReport = z.infer<typeof stateReport>

export const stateProcedures = {
  'state.get': procedure({ caller: 'anyone', passive: true, input: z.strictObject({}), output: stateReport }),
}
