// Looks after drives that nobody uses just now: one that was unmounted or removed is noticed within seconds, not at the next request.
// Each look is one call in the drive's own thread, behind whatever that thread is doing.
import type { Clock } from '../../../base/clock.ts'
import { DriveError } from '../drives/drive-connection.ts'
import type { ErasureSet } from './erasure-set.ts'

const lookMs = 2000

/** Until the result is called. */
export function watchDrives(set: ErasureSet, clock: Clock): () => void {
  const looking = new Set<number>()
  let cancel: (() => void) | undefined
  const look = async (slot: number): Promise<void> => {
    looking.add(slot)
    try {
      await set.readable(slot)?.probe({})
    } catch (error) {
      // Only what is certain: a drive that is slow may have long work before this, and whoever waits for that work notices.
      if (error instanceof DriveError && error.fault === 'gone' && cancel !== undefined) set.reportFault(slot, error, 'read')
    } finally {
      looking.delete(slot)
    }
  }
  const arm = (): void => {
    cancel = clock.after(lookMs, () => {
      for (const slot of set.readableSlots()) if (!looking.has(slot)) void look(slot)
      arm()
    })
  }
  arm()
  return () => {
    cancel?.()
    cancel = undefined
  }
}
