// How many drives a write and a read need, and what that says about the health of a set. Pure.
import type { StorageHealth } from '../../../seams/storage-backend.ts'
import { writeQuorumOf } from '../layout/write-quorum.ts'

export const setDrivesMax = 16

/** Parity of a new set by its number of drives: 1 → 0, 2–3 → 1, 4–5 → 2, 6–7 → 3, 8–16 → 4. */
export function chooseParityShards(driveCount: number): number {
  if (driveCount <= 1) return 0
  if (driveCount <= 3) return 1
  if (driveCount <= 5) return 2
  if (driveCount <= 7) return 3
  return 4
}

/** Parity of REDUCED_REDUNDANCY: one drive, never more than the set's own parity. */
export function chooseReducedParity(parityShards: number): number {
  return Math.min(1, parityShards)
}

export interface SetCondition {
  readonly slotCount: number
  readonly dataShards: number
  readonly parityShards: number
  /** Drives that hold everything they should. */
  readonly complete: number
  /** Drives that can be read, complete or not. */
  readonly readable: number
  /** Drives that take writes. */
  readonly writable: number
  /** A batch was lost for want of a quorum: no writes until the next start. */
  readonly writesStopped: boolean
}

export interface LossesLeft {
  readonly reads: number
  readonly writes: number
}

/** Further drives that may be lost before reads, and writes, stop. Negative: too many are lost already. */
export function toLossesLeft({ dataShards, parityShards, complete, writable, writesStopped }: SetCondition): LossesLeft {
  const writes = writable - writeQuorumOf(dataShards, parityShards)
  return { reads: complete - dataShards, writes: writesStopped ? Math.min(writes, -1) : writes }
}

/** The worst thing that is true. A whole set is never at risk, however little it would survive. */
export function toStorageHealth(condition: SetCondition): StorageHealth {
  const left = toLossesLeft(condition)
  if (condition.readable < condition.dataShards) return 'offline'
  if (left.writes < 0) return 'read-only'
  if (condition.complete === condition.slotCount) return 'ok'
  return left.reads <= 0 || left.writes <= 0 ? 'at-risk' : 'degraded'
}
