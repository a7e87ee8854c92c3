// Reads records back from whichever drives hold them, decrypts and checks them. A copy that is damaged makes way for another one.
import type { GcmKey } from '../../../crypto/gcm.ts'
import { DriveError } from '../drives/drive-connection.ts'
import type { RecordHead } from '../drives/drive-protocol.ts'
import type { ErasureSet } from '../set/erasure-set.ts'
import { parseLogRecord, type LogRecord } from './record-body.ts'
import { openMetadata } from './record-metadata.ts'

export interface ReadRecord {
  readonly head: RecordHead
  /** As it stands on the drives. */
  readonly metadata: Uint8Array
  readonly record: LogRecord
}

/** Records asked for in one call of a drive. */
const readsMax = 256

export class RecordReader {
  readonly #set: ErasureSet
  readonly #key: GcmKey

  constructor(set: ErasureSet, key: GcmKey) {
    this.#set = set
    this.#key = key
  }

  /** From any drive that has it, the slots named first. Undefined: no readable drive has an authentic copy. */
  async readOne(sequence: number, slotsFirst: readonly number[] = []): Promise<ReadRecord | undefined> {
    for (const slot of new Set([...slotsFirst, ...this.#set.readableSlots()])) {
      const [found] = (await this.#readFrom(slot, [sequence])) ?? []
      const read = found === undefined ? undefined : this.#open(found)
      if (read !== undefined) return read
    }
    return undefined
  }

  /** Whether the drive in the slot has the record whole. */
  async holds(slot: number, sequence: number): Promise<boolean> {
    const [found] = (await this.#readFrom(slot, [sequence])) ?? []
    return found !== undefined && this.#open(found) !== undefined
  }

  /** In the order of `sequences`; undefined where no authentic copy is to be had. `slotOf` says where to look first. */
  async readMany(sequences: readonly number[], slotOf: (index: number) => number): Promise<(ReadRecord | undefined)[]> {
    const results = new Map<number, ReadRecord>()
    const bySlot = new Map<number, number[]>()
    sequences.forEach((sequence, index) => {
      const slot = slotOf(index)
      const list = bySlot.get(slot)
      if (list === undefined) bySlot.set(slot, [sequence])
      else list.push(sequence)
    })
    await Promise.all([...bySlot].map(async ([slot, wanted]) => {
      for (let at = 0; at < wanted.length; at += readsMax) {
        for (const found of (await this.#readFrom(slot, wanted.slice(at, at + readsMax))) ?? []) {
          const read = this.#open(found)
          if (read !== undefined) results.set(found.head.sequence, read)
        }
      }
    }))
    const ordered: (ReadRecord | undefined)[] = []
    for (const sequence of sequences) ordered.push(results.get(sequence) ?? (await this.readOne(sequence)))
    return ordered
  }

  async #readFrom(slot: number, sequences: readonly number[]): Promise<readonly { readonly head: RecordHead; readonly metadata: Uint8Array }[] | undefined> {
    try {
      return (await this.#set.readable(slot)?.readHeads({ sequences }))?.records
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
      if (error.fault !== 'not-found' && error.fault !== 'damaged') this.#set.reportFault(slot, error, 'read')
      return undefined
    }
  }

  #open({ head, metadata }: { readonly head: RecordHead; readonly metadata: Uint8Array }): ReadRecord | undefined {
    const text = openMetadata(this.#key, head, metadata)
    const record = text === undefined ? undefined : parseLogRecord(head.kind, head.sequence, text)
    return record === undefined ? undefined : { head, metadata, record }
  }
}
