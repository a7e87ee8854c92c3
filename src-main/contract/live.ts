// The live line: one WebSocket at `livePath` (or the desktop's bridge) that tells the state and the drives, at once and at every change.
// The server only sends; what a viewer sends ends the line.
import { z } from 'zod'
import { drivesReport } from './drives.ts'
import { stateReport } from './state.ts'

/** `GET` with an upgrade to WebSocket; same origin, same cookie as calls. */
export const livePath = '/api/live'

/** The session ended: connect again, unsigned. */
export const liveClosedSessionEnded = 4401
/** The viewer read too slowly, or sent something. */
export const liveClosedByRule = 4408
/** Coffer stops. */
export const liveClosedStopping = 1001

/** `drives` only for signed-in and local viewers. */
export const liveMessage = z.discriminatedUnion('topic', [
  z.object({ topic: z.literal('state'), value: stateReport }),
  z.object({ topic: z.literal('drives'), value: drivesReport }),
])
export type LiveMessage = z.infer<typeof liveMessage>
