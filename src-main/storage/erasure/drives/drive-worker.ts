// Entry of a drive's thread: one drive, one call at a time; between calls, while nothing waits, small steps of upkeep; a stock of segments
// when nothing has come for a while.
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../../base/assert.ts'
import { systemClock } from '../../../base/clock.ts'
import { serveWorker, type WorkerHandlers } from '../../../base/worker-rpc.ts'
import { noteAligned } from './direct-writer.ts'
import { openDriveOn } from './drive.ts'
import { packResults, unpackAppend, unpackReads, type PackedDriveCalls } from './drive-packing.ts'
import { SystemDriveFiles } from './system-drive-files.ts'

assert(parentPort !== null, 'a drive worker is a thread')
const { root, memory } = workerData as { readonly root: string; readonly memory: WebAssembly.Memory }
assert(typeof root === 'string' && memory instanceof WebAssembly.Memory, 'a drive worker is given its root and the shared memory')

noteAligned(memory.buffer)
const { calls, tend } = openDriveOn(new SystemDriveFiles(root), new Uint8Array(memory.buffer), systemClock)
/** No call for so long: time to lay in a stock, in steps with pauses between. */
const idleAfterMs = 500
const stockPauseMs = 20
let isTending = false
let calledMs = 0
let stockTimer: NodeJS.Timeout | undefined

function tendBetweenCalls(): void {
  isTending = tend(false)
  // Messages that arrived meanwhile come first.
  if (isTending) setImmediate(tendBetweenCalls)
}

function stockUp(): void {
  const idleMs = systemClock.monotonicMs() - calledMs
  if (idleMs < idleAfterMs) stockTimer = setTimeout(stockUp, idleAfterMs - idleMs)
  else stockTimer = tend(true) ? setTimeout(stockUp, stockPauseMs) : undefined
}

const packedCalls: WorkerHandlers<PackedDriveCalls> = {
  ...calls,
  append: (packed) => calls.append({ records: unpackAppend(packed) }),
  readShards: ({ packed }) => {
    const results = calls.readShards({ reads: unpackReads(packed) })
    return results instanceof Promise ? results.then(packResults) : packResults(results)
  },
}

serveWorker<PackedDriveCalls>(parentPort, packedCalls, () => {
  calledMs = systemClock.monotonicMs()
  stockTimer ??= setTimeout(stockUp, idleAfterMs)
  if (isTending) return
  isTending = true
  setImmediate(tendBetweenCalls)
})
