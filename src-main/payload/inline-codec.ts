// The codec without threads, for simulation: the same work at once, in order of the calls; promises are settled when they are returned.
import type { Codec } from './codec.ts'
import { StripeJobs } from './codec-jobs.ts'
import { loadKernelModules } from './kernel-files.ts'
import { openKernels } from './kernels.ts'
import { updateMd5 } from './md5-streams.ts'
import { runSelfTests } from './self-tests.ts'
import type { SharedSlab } from './shared-memory.ts'

let selfTested = false

/** Uses the scratch of thread 0: one inline codec per slab, and no pool beside it. Throws CodecError self-test-failed (tested once per process). */
export function openInlineCodec(slab: SharedSlab): Codec {
  const kernels = openKernels(loadKernelModules(), slab, 0)
  if (!selfTested) runSelfTests(kernels)
  selfTested = true
  const jobs = new StripeJobs(kernels)
  return {
    async encodeStripe(input) {
      const started = jobs.startEncode(input)
      if (started.md5 !== undefined) updateMd5(kernels, [started.md5])
      return jobs.finishEncode(started)
    },
    async decodeStripe(input) {
      return jobs.decode(input)
    },
    async rebuildShards(input) {
      jobs.rebuild(input)
    },
    forgetBody(bodyId) {
      jobs.forgetBody(bodyId)
    },
    async close() {},
  }
}
