// What a choice of drives and parity would give, before anything is formatted: the same rules as for a set that is there. Pure.
import type { StorageHealth } from '../../../seams/storage-backend.ts'
import { toLossesLeft, toStorageHealth, type SetCondition } from './quorum.ts'

export interface LayoutOutcome {
  readonly lost: number
  readonly health: StorageHealth
  readonly reads: boolean
  readonly writes: boolean
}

export interface LayoutPlan {
  readonly parity: number
  readonly dataShards: number
  readonly usableBytes: number
  readonly rawBytes: number
  /** Room that the smallest drive leaves unused on the others. */
  readonly lostToUnequalBytes: number
  readonly readLosses: number
  readonly writeLosses: number
  /** One for each number of lost drives, from none to all. */
  readonly outcomes: readonly LayoutOutcome[]
}

/** At most half of the drives: with more parity than data two halves of a set could both look whole. */
export function parityMaxOf(driveCount: number): number {
  return Math.floor(driveCount / 2)
}

/** `roomBytes`: what each drive has for the store, at least one. `parity` at most `parityMaxOf`. */
export function planLayout(roomBytes: readonly number[], parity: number): LayoutPlan {
  const smallestBytes = Math.min(...roomBytes)
  const rawBytes = roomBytes.reduce((sum, bytes) => sum + bytes, 0)
  const dataShards = roomBytes.length - parity
  const whole = toLossesLeft(conditionAfter(roomBytes.length, parity, 0))
  return {
    parity, dataShards, rawBytes,
    usableBytes: smallestBytes * dataShards,
    lostToUnequalBytes: rawBytes - smallestBytes * roomBytes.length,
    readLosses: whole.reads,
    writeLosses: whole.writes,
    outcomes: Array.from({ length: roomBytes.length + 1 }, (_, lost) => outcomeOf(conditionAfter(roomBytes.length, parity, lost), lost)),
  }
}

function conditionAfter(slotCount: number, parityShards: number, lost: number): SetCondition {
  const left = slotCount - lost
  return { slotCount, parityShards, dataShards: slotCount - parityShards, complete: left, readable: left, writable: left, writesStopped: false }
}

function outcomeOf(condition: SetCondition, lost: number): LayoutOutcome {
  const left = toLossesLeft(condition)
  return { lost, health: toStorageHealth(condition), reads: left.reads >= 0, writes: left.writes >= 0 }
}
