// Entry of a drive's thread: one drive, one call at a time; between calls, while nothing waits, small steps of upkeep.
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
let isTending = false

function tendWhileIdle(): void {
  isTending = tend()
  // Messages that arrived meanwhile come first.
  if (isTending) setImmediate(tendWhileIdle)
}

const packedCalls: WorkerHandlers<PackedDriveCalls> = {
  ...calls,
  append: ({ packed }) => calls.append({ records: unpackAppend(packed) }),
  readShards: ({ packed }) => {
    const results = calls.readShards({ reads: unpackReads(packed) })
    return results instanceof Promise ? results.then(packResults) : packResults(results)
  },
}

serveWorker<PackedDriveCalls>(parentPort, packedCalls, () => {
  if (isTending) return
  isTending = true
  setImmediate(tendWhileIdle)
})
