// The logs of all drives as one: which record is on which drives. Pure. Copies that disagree are told apart by their hash; the larger
// group is believed until decryption says otherwise.
import type { LogSummary } from '../drives/drive-protocol.ts'

/** Parallel columns, ascending by sequence number. */
export interface MergedLog {
  readonly length: number
  readonly sequences: Float64Array
  readonly epochs: Uint32Array
  readonly kinds: Uint8Array
  readonly batchFirsts: Float64Array
  readonly batchLengths: Uint32Array
  /** Bit per slot that holds the record. */
  readonly holders: Uint32Array
  /** Where copies disagree: the other groups of slots, larger ones first. */
  readonly otherCopies: ReadonlyMap<number, readonly number[]>
}

export interface SlotLog {
  readonly slot: number
  readonly summary: LogSummary
}

export function mergeLogs(logs: readonly SlotLog[]): MergedLog {
  const lengthMax = logs.reduce((sum, { summary }) => sum + summary.sequences.length, 0)
  const columns = {
    sequences: new Float64Array(lengthMax), epochs: new Uint32Array(lengthMax), kinds: new Uint8Array(lengthMax),
    batchFirsts: new Float64Array(lengthMax), batchLengths: new Uint32Array(lengthMax), holders: new Uint32Array(lengthMax),
  }
  const otherCopies = new Map<number, readonly number[]>()
  const at = logs.map(() => 0)
  let length = 0
  for (;;) {
    const sequence = lowestNext(logs, at)
    if (sequence === Infinity) break
    const groups = takeHolders(logs, at, sequence)
    const best = groups[0] as HashGroup
    columns.sequences[length] = sequence
    columns.holders[length] = best.holders
    copyFacts(columns, length, best)
    if (groups.length > 1) otherCopies.set(sequence, groups.slice(1).map((group) => group.holders))
    length++
  }
  return {
    length, otherCopies,
    sequences: columns.sequences.subarray(0, length), epochs: columns.epochs.subarray(0, length), kinds: columns.kinds.subarray(0, length),
    batchFirsts: columns.batchFirsts.subarray(0, length), batchLengths: columns.batchLengths.subarray(0, length), holders: columns.holders.subarray(0, length),
  }
}

interface HashGroup {
  readonly hash: bigint
  readonly summary: LogSummary
  readonly index: number
  holders: number
  count: number
}

function lowestNext(logs: readonly SlotLog[], at: readonly number[]): number {
  let lowest = Infinity
  for (let i = 0; i < logs.length; i++) {
    const sequence = (logs[i] as SlotLog).summary.sequences[at[i] as number]
    if (sequence !== undefined && sequence < lowest) lowest = sequence
  }
  return lowest
}

/** Moves past `sequence` in every log that has it. Largest group first. */
function takeHolders(logs: readonly SlotLog[], at: number[], sequence: number): HashGroup[] {
  const groups: HashGroup[] = []
  for (let i = 0; i < logs.length; i++) {
    const { slot, summary } = logs[i] as SlotLog
    const index = at[i] as number
    if (summary.sequences[index] !== sequence) continue
    at[i] = index + 1
    const hash = summary.headHashes[index] as bigint
    let group = groups.find((known) => known.hash === hash)
    if (group === undefined) groups.push((group = { hash, summary, index, holders: 0, count: 0 }))
    group.holders |= 1 << slot
    group.count++
  }
  return groups.length > 1 ? groups.sort((a, b) => b.count - a.count) : groups
}

function copyFacts(columns: { epochs: Uint32Array; kinds: Uint8Array; batchFirsts: Float64Array; batchLengths: Uint32Array }, row: number, { summary, index }: HashGroup): void {
  columns.epochs[row] = summary.epochs[index] as number
  columns.kinds[row] = summary.kinds[index] as number
  columns.batchFirsts[row] = summary.batchFirsts[index] as number
  columns.batchLengths[row] = summary.batchLengths[index] as number
}

/** Without the rows below `floor` that only these slots hold. */
export function withoutOldCopies(merged: MergedLog, oldSlots: number, floor: number): MergedLog {
  const rows = Array.from(merged.sequences.keys()).filter((row) => (merged.sequences[row] as number) >= floor || ((merged.holders[row] as number) & ~oldSlots) !== 0)
  return {
    length: rows.length, otherCopies: merged.otherCopies,
    sequences: Float64Array.from(rows, (row) => merged.sequences[row] as number), epochs: Uint32Array.from(rows, (row) => merged.epochs[row] as number),
    kinds: Uint8Array.from(rows, (row) => merged.kinds[row] as number), batchFirsts: Float64Array.from(rows, (row) => merged.batchFirsts[row] as number),
    batchLengths: Uint32Array.from(rows, (row) => merged.batchLengths[row] as number), holders: Uint32Array.from(rows, (row) => merged.holders[row] as number),
  }
}

/** Row of a sequence number; undefined when no drive has it. */
export function rowOf({ sequences, length }: MergedLog, sequence: number): number | undefined {
  let low = 0
  let high = length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = sequences[middle] as number
    if (found === sequence) return middle
    if (found < sequence) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/** First row above a sequence number. */
export function rowAfter({ sequences, length }: MergedLog, sequence: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sequences[middle] as number) <= sequence) low = middle + 1
    else high = middle
  }
  return low
}
