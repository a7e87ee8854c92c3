// What the log says about itself: the body of a `roster` record. The newest one is the whole truth, so older ones may go.
import type { JsonObject, JsonValue } from '../../../base/json.ts'
import { addSequenceRange, rangeWithout, type SequenceRange } from './sequence-ranges.ts'

/** A record of which it cannot be told yet whether it was acknowledged: enough drives that might hold it are away. */
export interface UndecidedRecord {
  readonly sequence: number
  /** Slots that were in service when it was written. */
  readonly inService: readonly number[]
  /** What it is about (see pendingKeys): nobody is told anything about that. Empty when it could not be read. */
  readonly key: string
}

export interface LogState {
  /** Slots that take part in every batch after this record. */
  readonly inService: readonly number[]
  /** Sequence numbers that count as never written, whatever a drive holds. */
  readonly voids: readonly SequenceRange[]
  readonly undecided: readonly UndecidedRecord[]
  /** A catalogue whose position is below is not trusted: tombstones it would need may be gone. */
  readonly catalogueFloor: number
}

export const emptyLogState: LogState = { inService: [], voids: [], undecided: [], catalogueFloor: 0 }

export function logStateToJson(state: LogState): JsonObject {
  return {
    s: [...state.inService],
    v: state.voids.map(([from, to]) => [from, to]),
    u: state.undecided.map(({ sequence, key, inService }) => [sequence, key, ...inService]),
    f: state.catalogueFloor,
  }
}

/** Undefined for anything that `logStateToJson` could not have made. */
export function parseLogState(value: JsonObject): LogState | undefined {
  const { s, v, u, f } = value
  if (!isNumbers(s) || !Array.isArray(v) || !Array.isArray(u) || !isSequence(f)) return undefined
  let voids: readonly SequenceRange[] = []
  for (const range of v as readonly JsonValue[]) {
    if (!isNumbers(range)) return undefined
    const [from, to] = range
    if (from === undefined || to === undefined || range.length !== 2 || from > to) return undefined
    voids = addSequenceRange(voids, from, to)
  }
  const undecided: UndecidedRecord[] = []
  for (const entry of u as readonly JsonValue[]) {
    if (!Array.isArray(entry)) return undefined
    const [sequence, key, ...inService] = entry as readonly JsonValue[]
    if (!isSequence(sequence) || typeof key !== 'string' || !isNumbers(inService)) return undefined
    undecided.push({ sequence, key, inService })
  }
  return { inService: s, voids, undecided, catalogueFloor: f }
}

/** The same state with everything from `from` to `to` void but what is accepted or undecided. */
export function withVoids(state: LogState, from: number, to: number, kept: Iterable<number>): LogState {
  let voids = state.voids
  for (const [first, last] of rangeWithout(from, to, kept)) voids = addSequenceRange(voids, first, last)
  return { ...state, voids }
}

function isSequence(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isNumbers(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((entry: JsonValue) => isSequence(entry))
}
