import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { StripeJobs } from '../../../src-main/payload/codec-jobs.ts'
import type { EncodeStripe } from '../../../src-main/payload/codec-protocol.ts'
import { JobQueue, waitingJobsMax } from '../../../src-main/payload/job-queue.ts'
import { loadKernelModules } from '../../../src-main/payload/kernel-files.ts'
import { openKernels } from '../../../src-main/payload/kernels.ts'
import { createSharedSlab, kernelAreaBytes } from '../../../src-main/payload/shared-memory.ts'

const slab = createSharedSlab(8 * 1024 * 1024)
slab.bytes.set(randomBytes(1024 * 1024), kernelAreaBytes)
const kernels = openKernels(loadKernelModules(), slab, 0)
const stripe = (bodyId: number, length: number, change: Partial<EncodeStripe> = {}): EncodeStripe => ({
  bodyId, first: true, last: true, digests: ['md5'], firstPackage: 0, inPlace: false, plain: { offset: kernelAreaBytes + bodyId, length },
  shards: { dataShards: 1, parityShards: 1, shardLength: 1024 * 1024, offset: kernelAreaBytes + 2 * 1024 * 1024 }, hashesOffset: kernelAreaBytes + 5 * 1024 * 1024, ...change,
})
const md5Of = (from: number, length: number): string => createHash('md5').update(slab.bytes.subarray(kernelAreaBytes + from, kernelAreaBytes + from + length)).digest('hex')

describe('the queue of a codec thread', () => {
  it('rejects a wrong job alone, not the others of its group', async () => {
    const queue = new JobQueue(new StripeJobs(kernels))
    const results = Promise.allSettled([queue.encode(stripe(1, 500)), queue.encode(stripe(2, 500, { hashesOffset: 0 })), queue.encode(stripe(3, 2_000_000)), queue.other(0, () => { throw new Error('other') }), queue.encode(stripe(4, 500))])
    while (!queue.idle) queue.turn()
    expect((await results).map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'])
  })

  it('takes no more than its limit', async () => {
    const queue = new JobQueue(new StripeJobs(kernels))
    const taken = Array.from({ length: waitingJobsMax }, (_, i) => queue.other(0, () => i))
    await expect(queue.other(0, () => 'one more')).rejects.toThrow(RangeError)
    while (!queue.idle) queue.turn()
    expect(await Promise.all(taken)).toHaveLength(waitingJobsMax)
  })

  it('does everything in order of arrival, a turn at a time', async () => {
    const queue = new JobQueue(new StripeJobs(kernels))
    const done: string[] = []
    const all: Promise<unknown>[] = []
    for (let i = 0; i < 40; i++) {
      const name = `job ${i}`
      all.push(i % 3 === 0 ? queue.other(1000, () => done.push(name)) : queue.encode(stripe(i, 100_000 - i * 999)).then(() => done.push(name)))
    }
    queue.turn()
    await Promise.resolve()
    expect(queue.idle).toBe(false)
    expect(done.length).toBeLessThan(40)
    while (!queue.idle) {
      queue.turn()
      await Promise.resolve()
    }
    await Promise.all(all)
    const encodes = done.filter((name) => Number(name.slice(4)) % 3 !== 0)
    expect(encodes).toEqual([...encodes].sort((a, b) => Number(a.slice(4)) - Number(b.slice(4))))
    expect(done).toHaveLength(40)
  })

  it('never puts two stripes of one body into one group', async () => {
    const queue = new JobQueue(new StripeJobs(kernels))
    const first = queue.encode(stripe(7, 65_536, { last: false }))
    const second = queue.encode(stripe(7, 1000, { first: false, plain: { offset: kernelAreaBytes + 7 + 65_536, length: 1000 } }))
    const other = queue.encode(stripe(8, 3000))
    while (!queue.idle) queue.turn()
    expect((await first).digests).toEqual({})
    expect(Buffer.from((await second).digests.md5 ?? []).toString('hex')).toBe(md5Of(7, 66_536))
    expect(Buffer.from((await other).digests.md5 ?? []).toString('hex')).toBe(md5Of(8, 3000))
  })
})
