import { createHash, randomBytes } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Codec } from '../../../src-main/payload/codec.ts'
import type { EncodeStripe } from '../../../src-main/payload/codec-protocol.ts'
import { openCodecPool } from '../../../src-main/payload/codec-pool.ts'
import { loadKernelModules } from '../../../src-main/payload/kernel-files.ts'
import { createSharedSlab, kernelAreaBytes } from '../../../src-main/payload/shared-memory.ts'

const slab = createSharedSlab(16 * 1024 * 1024)
const plain = { offset: kernelAreaBytes, length: 1024 * 1024 }
slab.bytes.set(randomBytes(plain.length), plain.offset)
const md5 = createHash('md5').update(slab.bytes.subarray(plain.offset, plain.offset + plain.length)).digest('hex')
const stripe: Omit<EncodeStripe, 'bodyId'> = {
  first: true, last: true, digests: ['md5'], firstPackage: 0, plain, inPlace: false,
  shards: { dataShards: 2, parityShards: 2, shardLength: 512 * 1024, offset: kernelAreaBytes + 2 * 1024 * 1024 },
  hashesOffset: kernelAreaBytes + 8 * 1024 * 1024,
}
const gone = expect.objectContaining({ fault: 'codec-gone' }) as Error

async function expectRightDigest(codec: Codec, bodyId: number): Promise<void> {
  const { digests } = await codec.encodeStripe({ ...stripe, bodyId })
  expect(Buffer.from(digests.md5 ?? []).toString('hex')).toBe(md5)
}

describe('a codec pool does not open', () => {
  it('when a kernel computes wrongly', async () => {
    const modules = loadKernelModules()
    const opening = openCodecPool({ slab, threads: 2, modules: { ...modules, 'md5-four': modules['md5-eight'], 'md5-eight': modules['md5-four'] } })
    await expect(opening).rejects.toThrow(expect.objectContaining({ fault: 'self-test-failed' }))
  })

  it('when its threads cannot start', async () => {
    const modules = loadKernelModules()
    await expect(openCodecPool({ slab, threads: 1, modules: { ...modules, crc64nvme: modules['md5-one'] } })).rejects.toThrow(gone)
  })
})

describe('a codec pool', () => {
  it('rejects what a dying thread held, and goes on with another in its place', async () => {
    const threads: Worker[] = []
    await using pool = await disposable(openCodecPool({ slab, threads: 1, onThread: (thread) => threads.push(thread) }))
    await pool.codec.encodeStripe({ ...stripe, bodyId: 1, last: false })
    const waiting = [2, 3, 4].map((bodyId) => pool.codec.encodeStripe({ ...stripe, bodyId }))
    const settled = Promise.allSettled(waiting)
    await threads[0]?.terminate()
    for (const result of await settled) if (result.status === 'rejected') expect(result.reason).toEqual(gone)
    await expect(pool.codec.encodeStripe({ ...stripe, bodyId: 1, first: false })).rejects.toThrow(gone)
    await expectRightDigest(pool.codec, 5)
    expect(threads).toHaveLength(2)
    await threads[1]?.terminate()
    await expectRightDigest(pool.codec, 6)
    expect(threads).toHaveLength(3)
  })

  it('uses the threads that are left while one is replaced', async () => {
    const threads: Worker[] = []
    await using pool = await disposable(openCodecPool({ slab, threads: 2, onThread: (thread) => threads.push(thread) }))
    void threads[0]?.terminate()
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => pool.codec.encodeStripe({ ...stripe, bodyId: i })))
    expect(results.filter((result) => result.status === 'fulfilled').length).toBeGreaterThanOrEqual(5)
    await expectRightDigest(pool.codec, 50)
  })

  it('gives up a thread that does not answer in time, and rejects only when it has really stopped', async () => {
    const threads: Worker[] = []
    await using pool = await disposable(openCodecPool({ slab, threads: 1, timeoutMs: 50, onThread: (thread) => threads.push(thread) }))
    let exited = false
    threads[0]?.once('exit', () => { exited = true })
    const results = await Promise.allSettled(Array.from({ length: 600 }, (_, i) => pool.codec.encodeStripe({ ...stripe, digests: ['md5', 'sha1', 'sha256', 'crc64nvme'], bodyId: i })))
    expect(results.at(-1)).toMatchObject({ status: 'rejected', reason: { fault: 'codec-gone' } })
    expect(exited).toBe(true)
    await expectRightDigest(pool.codec, 700)
  })

  it('says that it is busy when too many stripes wait, and does those it took', async () => {
    await using pool = await disposable(openCodecPool({ slab, threads: 1 }))
    const small = { ...stripe, digests: [], plain: { ...plain, length: 64 }, shards: { ...stripe.shards, shardLength: 64 } }
    const results = await Promise.allSettled(Array.from({ length: 1500 }, (_, i) => pool.codec.encodeStripe({ ...small, bodyId: i })))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1024)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ fault: 'busy' })
  })

  it('rejects everything after it was closed', async () => {
    const codec = await openCodecPool({ slab, threads: 1 })
    const waiting = codec.encodeStripe({ ...stripe, bodyId: 1, last: false })
    await Promise.allSettled([waiting, codec.close()])
    await expect(codec.encodeStripe({ ...stripe, bodyId: 2 })).rejects.toThrow(gone)
    codec.forgetBody(1)
  })
})

async function disposable(opening: Promise<Codec>): Promise<{ readonly codec: Codec } & AsyncDisposable> {
  const codec = await opening
  return { codec, [Symbol.asyncDispose]: () => codec.close() }
}
