// The seam SealStore over the drives of a set: readable and writable while sealed, before any log is read.
import { writeQuorumOf } from '../layout/write-quorum.ts'
import { SealStoreError, sealRecordSizeMax, type SealStore } from '../../../seams/seal-store.ts'
import { DriveError } from '../drives/drive-connection.ts'
import type { FoundDrive, FoundSet } from './open-set.ts'

interface SealCopy {
  readonly generation: number
  readonly bytes: Uint8Array
}

/**
 * Each copy is whole or absent (the drive checks it). A write reaches a write quorum, so any k drives hold the newest one written;
 * a newer one that did not reach its quorum is rolled forward when it is found.
 */
export function openDriveSealStore(set: FoundSet): SealStore {
  const { dataShards, parityShards } = set.identity
  const quorum = writeQuorumOf(dataShards, parityShards)
  const drives = set.slots.filter((drive): drive is FoundDrive => drive !== undefined)
  const copies = new Map<FoundDrive, SealCopy | undefined>(drives.map((drive) => [drive, drive.sealRecord]))
  let last: Promise<unknown> = Promise.resolve()

  async function writeTo(targets: readonly FoundDrive[], copy: SealCopy): Promise<void> {
    await Promise.all(targets.map(async (drive) => {
      try {
        await drive.connection.writeSealRecord(copy)
        copies.set(drive, copy)
      } catch (error) {
        if (!(error instanceof DriveError)) throw error
      }
    }))
  }
  const newest = (): SealCopy | undefined => [...copies.values()].reduce((best, copy) => (copy !== undefined && copy.generation > (best?.generation ?? -1) ? copy : best), undefined)
  const count = (generation: number): number => [...copies.values()].filter((copy) => copy?.generation === generation).length
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  return {
    read: () => inTurn(async () => {
      const copy = newest()
      if (drives.length < dataShards) throw new SealStoreError('no-valid-copy', 'too few drives to know the newest seal record')
      if (copy === undefined) return undefined
      if (count(copy.generation) < drives.length) await writeTo(drives.filter((drive) => copies.get(drive)?.generation !== copy.generation), copy)
      return { generation: copy.generation, bytes: Uint8Array.from(copy.bytes) }
    }),
    write: (generation, bytes) => inTurn(async () => {
      if (bytes.byteLength > sealRecordSizeMax || generation <= (newest()?.generation ?? -1)) {
        throw new SealStoreError('not-written', 'a seal record is at most 64 KiB and newer than the last')
      }
      await writeTo(drives, { generation, bytes: Uint8Array.from(bytes) })
      if (count(generation) < quorum) throw new SealStoreError('not-written', 'too few drives took the seal record', { written: count(generation), needed: quorum })
    }),
  }
}
