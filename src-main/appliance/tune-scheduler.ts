// The system's scheduler, told that these threads work in a row: a thread that is woken does not push aside the one that woke it, it takes an
// idle processor or its turn. Without it every message between threads costs its sender the processor. SCHED_BATCH, sched(7); needs no
// privilege, and keeps everybody's share of the processors as it was. Figures in docs/adr/0012.
import { createRequire } from 'node:module'

/** SCHED_BATCH of Linux' sched.h. */
const schedBatch = 3

/**
 * For this thread and those it starts from now on. False: not Linux, not allowed, or Electron, whose windows are processes that would
 * inherit it.
 */
export function tuneScheduler(): boolean {
  if (process.platform !== 'linux' || process.versions['electron'] !== undefined) return false
  try {
    const { load } = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    const setScheduler = load(null).func('int sched_setscheduler(int thread, int policy, const void *parameters)') as (thread: number, policy: number, parameters: Int32Array) => number
    // Its one parameter is a priority, which this policy has not.
    return setScheduler(0, schedBatch, new Int32Array(1)) === 0
  } catch {
    return false
  }
}
