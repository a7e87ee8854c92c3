// A codec thread: kernels in the slab's memory, self-tests, then jobs in groups. Part keys that came with a message are wiped after use.
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import { serveWorker } from '../base/worker-rpc.ts'
import type { PartEncryption } from '../crypto/body-recipe.ts'
import { StripeJobs } from './codec-jobs.ts'
import { packDigests, unpackDecode, unpackEncode, wipePacked, type PackedCodecCalls } from './codec-packing.ts'
import { JobQueue } from './job-queue.ts'
import type { KernelModules } from './kernel-files.ts'
import { openKernels } from './kernels.ts'
import { runSelfTests } from './self-tests.ts'

/** What the pool hands to a thread. */
export interface CodecWorkerData {
  readonly memory: WebAssembly.Memory
  readonly modules: KernelModules
  readonly threadIndex: number
}

function isCodecWorkerData(value: unknown): value is CodecWorkerData {
  return typeof value === 'object' && value !== null && 'memory' in value && 'modules' in value && 'threadIndex' in value
}

function wipe(encryption: PartEncryption | undefined): void {
  encryption?.partKey.fill(0)
}

function serve(): void {
  assert(parentPort !== null && isCodecWorkerData(workerData), 'not started as a codec thread')
  const { memory, modules, threadIndex } = workerData
  const kernels = openKernels(modules, { memory, bytes: new Uint8Array(memory.buffer) }, threadIndex)
  const jobs = new StripeJobs(kernels)
  const queue = new JobQueue(jobs)
  let scheduled = false

  /** The next turn is asked for behind the answers of this one, which are sent from microtasks: so they leave first. */
  const work = (): void => {
    queue.turn()
    if (queue.idle || scheduled) return
    scheduled = true
    queueMicrotask(() => {
      setImmediate(() => {
        scheduled = false
        work()
      })
    })
  }

  serveWorker<PackedCodecCalls>(
    parentPort,
    {
      prepare: () => {
        runSelfTests(kernels)
      },
      encodeStripe: (packed) => {
        const input = unpackEncode(packed)
        wipePacked(packed)
        return queue.encode(input).then(({ digests }) => packDigests(digests)).finally(() => {
          wipe(input.encryption)
        })
      },
      decodeStripe: (packed) => {
        const input = unpackDecode(packed)
        wipePacked(packed)
        return queue.other(input.storedLength, () => {
          try {
            return jobs.decode(input).plainLength
          } finally {
            wipe(input.encryption)
          }
        })
      },
      rebuildShards: (input) =>
        queue.other(input.shards.shardLength * input.shards.dataShards, () => {
          jobs.rebuild(input)
        }),
      forgetBody: ({ bodyId }) => queue.other(0, () => { jobs.forgetBody(bodyId) }),
    },
    work,
  )
}

serve()
