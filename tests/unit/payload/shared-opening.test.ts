// The opening of a stripe that stands in shared memory: done once, by whoever brings the last shard, and never when a shard is missing.
import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { sealedSize, sealPackages } from '../../../src-main/crypto/encrypted-stream.ts'
import { GcmKey } from '../../../src-main/crypto/gcm.ts'
import { createSharedSlab, kernelAreaBytes } from '../../../src-main/payload/shared-memory.ts'
import { sharedOpeningBytes, SharedOpenings } from '../../../src-main/payload/shared-opening.ts'

const slab = createSharedSlab(16 * 1024 * 1024)
const { bytes } = slab
const at = Math.ceil(kernelAreaBytes / 4096) * 4096
const openings = new SharedOpenings(bytes)

/** A sealed body of `size` bytes in two shards, its opening behind them. */
function prepare(size: number, from = 0): { readonly plain: Uint8Array; readonly blockAt: number; readonly partKey: Uint8Array; readonly plainOffset: number } {
  const plain = new Uint8Array(randomBytes(size))
  const [partKey, streamNonce] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(12))]
  const storedLength = sealedSize(size)
  const shardLength = Math.ceil(storedLength / 2 / 64) * 64
  bytes.fill(0, at, at + 2 * shardLength + sharedOpeningBytes)
  sealPackages({ key: GcmKey.copyOf(partKey), streamNonce, firstPackage: 7, last: true }, plain, bytes.subarray(at, at + storedLength))
  const blockAt = at + 2 * shardLength
  const plainOffset = at + from * 65_568
  const shards = { dataShards: 2, parityShards: 0, shardLength, offset: at }
  openings.write(blockAt, 2, { shards, storedLength, firstPackage: 7, last: true, packages: { from, to: Math.ceil(size / 65_536) }, plainOffset, encryption: { partKey, streamNonce } })
  return { plain, blockAt, partKey, plainOffset }
}

function holdsKey(partKey: Uint8Array): boolean {
  return Buffer.from(bytes.slice(at, at + 2 * 1024 * 1024)).includes(Buffer.from(partKey))
}

describe('an opening in shared memory', () => {
  it('is not done while a shard is missing, nor after it was withdrawn, and leaves no key behind', () => {
    const { blockAt, partKey } = prepare(100_000)
    const before = bytes.slice(at, blockAt)
    expect(openings.arrive(blockAt)).toBe('waiting')
    expect(holdsKey(partKey)).toBe(true)
    openings.withdraw(blockAt)
    expect(holdsKey(partKey)).toBe(false)
    for (let late = 0; late < 3; late++) expect(openings.arrive(blockAt)).toBe('waiting')
    expect(Buffer.compare(bytes.slice(at, blockAt), before)).toBe(0)
  })

  it('says that a tag is wrong, whichever byte it is', () => {
    for (const place of [0, 5, 16, 40_000, 65_567, 65_568 + 20, sealedSize(100_000) - 1]) {
      const { blockAt, partKey } = prepare(100_000)
      bytes[at + place] = (bytes[at + place] as number) ^ 4
      expect([openings.arrive(blockAt), openings.arrive(blockAt)]).toEqual(['waiting', 'not-authentic'])
      expect(holdsKey(partKey)).toBe(false)
    }
  })

  it('refuses a place outside the bodies and fields that point there', () => {
    expect(() => openings.arrive(64)).toThrow(AssertionError)
    expect(() => openings.arrive(bytes.byteLength - 64)).toThrow(AssertionError)
    const { blockAt } = prepare(1000)
    // The offset of the shards.
    new Uint32Array(bytes.buffer)[blockAt / 4 + 1] = 128
    openings.arrive(blockAt)
    expect(() => openings.arrive(blockAt)).toThrow(AssertionError)
  })

  it('is done with the last shard, over the sealed bytes, and wipes the key', () => {
    for (const size of [1, 1000, 65_536, 65_537, 102_400, 1_048_576]) {
      const { plain, blockAt, partKey, plainOffset } = prepare(size)
      expect([openings.arrive(blockAt), openings.arrive(blockAt), openings.arrive(blockAt)]).toEqual(['waiting', 'opened', 'waiting'])
      expect(Buffer.compare(bytes.slice(plainOffset, plainOffset + size), plain)).toBe(0)
      expect(holdsKey(partKey)).toBe(false)
    }
  })

  it('gives only the packages asked for', () => {
    const { plain, blockAt, plainOffset } = prepare(200_000, 2)
    openings.arrive(blockAt)
    expect(openings.arrive(blockAt)).toBe('opened')
    expect(Buffer.compare(bytes.slice(plainOffset, plainOffset + 200_000 - 131_072), plain.subarray(131_072))).toBe(0)
  })

  it('is done by exactly one of two threads that arrive at the same moment', async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(${JSON.stringify(new URL('../../../src-main/payload/shared-opening.ts', import.meta.url).href)}).then(({ SharedOpenings }) => {
        const openings = new SharedOpenings(new Uint8Array(workerData.memory.buffer))
        parentPort.on('message', (at) => { parentPort.postMessage(at === 0 ? 'ready' : openings.arrive(at)) })
      })`
    const workers = [0, 1].map(() => new Worker(source, { eval: true, workerData: { memory: slab.memory } }))
    const failed = new Promise<never>((_, reject) => { for (const worker of workers) worker.once('error', reject) })
    const ask = (at: number): Promise<string[]> => Promise.race([failed, Promise.all(workers.map((worker) => new Promise<string>((resolve) => {
      worker.once('message', resolve)
      worker.postMessage(at)
    })))])
    try {
      await ask(0)
      for (let round = 0; round < 200; round++) {
        const { plain, blockAt, plainOffset } = prepare(70_000)
        expect((await ask(blockAt)).sort()).toEqual(['opened', 'waiting'])
        expect(Buffer.compare(bytes.slice(plainOffset, plainOffset + 70_000), plain)).toBe(0)
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  })
})
