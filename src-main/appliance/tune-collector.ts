// The garbage collector, told about bodies. Node copies every piece of a request's body into a buffer of its own outside the heap; those die
// with the next small collection, but V8 starts a whole one for every 64 MB of them: five a second at full load, a fifth of all processor
// time. The settings are process-wide and hold for threads started later. Figures in docs/adr/0010.
import { setFlagsFromString } from 'node:v8'

/** The V8 these were measured with (Node 24). Another one keeps its own settings. */
const measuredV8 = '13.'

const settings = [
  // Bytes outside the heap count toward the same limit as the heap, instead of having a small one of their own.
  '--external-memory-accounted-in-global-limit',
  // What lives is small (tens of MB): a whole collection may wait until five times of it are there.
  '--heap-growing-percent=400',
  // What survives a small collection is little; waking other threads for it costs more than doing it.
  '--no-parallel-scavenge',
]

/** Before any thread is started. */
export function tuneCollector(): void {
  if (!process.versions.v8.startsWith(measuredV8)) return
  for (const setting of settings) setFlagsFromString(setting)
}
