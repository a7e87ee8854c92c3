// What becomes of a record of which it is not known whether it was acknowledged. Pure. The reasons stand with the rules.
import type { PayloadForm } from '../drives/drive-protocol.ts'

export interface DoubtfulRecord {
  readonly form: PayloadForm
  readonly dataShards: number
  /** Drives on which it must have been durable to be acknowledged. */
  readonly quorum: number
  /** Slots that were in service when it was written. */
  readonly inService: readonly number[]
  /** Slots that hold the record. */
  readonly holders: readonly number[]
  /** Slots that hold its shard: the same for inline payloads, those with the shard file for files. */
  readonly shards: readonly number[]
}

export interface DrivesNow {
  readonly present: readonly number[]
  /** Present, but with records that cannot be told apart any more: what they seem to lack they may have had. */
  readonly unclean: readonly number[]
}

export type Decision =
  /** It counts as written; it is made whole on every drive before anybody sees it. */
  | 'accept'
  /** It cannot have been acknowledged: it counts as never written. */
  | 'void'
  /** It may have been acknowledged and cannot be read now: neither it nor what it replaces is given out, nothing is deleted. */
  | 'undecided'

export function decideRecord(record: DoubtfulRecord, drives: DrivesNow): Decision {
  const { form, dataShards, quorum, inService, holders, shards } = record
  if (form === 'none') return holders.length > 0 ? 'accept' : 'void'
  if (holders.length > 0 && shards.length >= dataShards) return 'accept'
  const may = inService.filter((slot) => holders.includes(slot) || !drives.present.includes(slot) || drives.unclean.includes(slot))
  // Every drive in service had to answer: one that is here and clean and does not have it never did, or it went out and a roster record,
  // which some present drive would hold, came between.
  if (may.length < inService.length) return 'void'
  return may.length < quorum ? 'void' : 'undecided'
}
