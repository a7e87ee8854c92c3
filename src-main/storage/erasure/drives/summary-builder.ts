// The summary of a segment while it is being filled: one entry of 48 bytes per record (format/segment.ts).
import { entryField, summaryEntryBytes } from '../format/segment.ts'
import { recordKindCode, type RecordHead } from '../format/record.ts'
import { viewOf, writeU64 } from '../format/fields.ts'

const formCodes = { none: 0, inline: 1, file: 2 } as const

export class SummaryBuilder {
  #bytes: Uint8Array
  #view: DataView
  #length: number

  constructor(entries: Uint8Array = new Uint8Array(0)) {
    this.#bytes = new Uint8Array(Math.max(64 * summaryEntryBytes, entries.byteLength))
    this.#bytes.set(entries)
    this.#view = viewOf(this.#bytes)
    this.#length = entries.byteLength
  }

  /** For the next segment, in the same memory: a new one for each would lie about until a thread with so small a heap is next collected. */
  clear(): void {
    this.#length = 0
  }

  get count(): number {
    return this.#length / summaryEntryBytes
  }

  /** A view, valid until the next `add` or `clear`. */
  get entries(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** `commonHash`: BLAKE3 of the header's common part, of which 8 bytes are kept. */
  add(head: Pick<RecordHead, 'sequence' | 'batchFirst' | 'epoch' | 'batchLength' | 'kind' | 'form' | 'shardIndex'>, commonHash: Uint8Array, offset: number, length: number): void {
    const at = this.#grow()
    const view = this.#view
    writeU64(view, at + entryField.sequence, head.sequence)
    writeU64(view, at + entryField.batchFirst, head.batchFirst)
    for (let index = 0; index < 8; index++) view.setUint8(at + entryField.headHash + index, commonHash[index] as number)
    view.setUint32(at + entryField.epoch, head.epoch, true)
    view.setUint32(at + entryField.batchLength, head.batchLength, true)
    view.setUint32(at + entryField.offset, offset, true)
    view.setUint32(at + entryField.length, length, true)
    view.setUint8(at + entryField.kind, recordKindCode(head.kind))
    view.setUint8(at + entryField.form, formCodes[head.form])
    view.setUint8(at + entryField.shardIndex, head.shardIndex)
  }

  #grow(): number {
    const at = this.#length
    this.#length += summaryEntryBytes
    if (this.#length > this.#bytes.byteLength) {
      const larger = new Uint8Array(this.#bytes.byteLength * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = viewOf(larger)
    }
    return at
  }
}
