// Each operation by itself, killed at every step it makes on any drive (every call, every change of a file), then started again.
import { describe, expect, it } from 'vitest'
import type { ErasureBackend } from '../../src-main/storage/erasure/backend.ts'
import { SimulatedStore } from '../support/simulated-store.ts'

type Operation = (store: SimulatedStore, backend: ErasureBackend) => Promise<unknown>

const large = 1024 * 1024 + 1000
const stepsMax = 3000

const operations: readonly (readonly [string, Operation])[] = [
  ['a new object', (store, backend) => store.put(backend, 'new', 200)],
  ['an overwrite', (store, backend) => store.put(backend, 'a', 200)],
  ['an empty object', (store, backend) => store.put(backend, 'a', 0)],
  ['an object in shard files over another one', (store, backend) => store.put(backend, 'large', large)],
  ['a deletion', (store, backend) => store.remove(backend, 'a')],
  ['a deletion of shard files', async (store, backend) => { await store.remove(backend, 'large'); await backend.tidyUp() }],
  ['a change of attributes', (store, backend) => store.retag(backend, 'a')],
  ['an upload that is completed', (store, backend) => store.multipart(backend, 'a', 'complete')],
  ['an upload that is aborted', (store, backend) => store.multipart(backend, 'a', 'abort')],
  ['a bucket document', (store, backend) => store.putDocument(backend)],
  ['an entry of the barrier', (store, backend) => store.secret(backend, 'core/one', false)],
  ['the deletion of an entry of the barrier', (store, backend) => store.secret(backend, 'core/one', true)],
  ['compaction and the end of tombstones', async (store, backend) => { await store.remove(backend, 'b'); await store.put(backend, 'c', 50); await backend.tidyUp() }],
  ['several writes at once', (store, backend) => Promise.all([store.put(backend, 'a', 100), store.put(backend, 'b', 100), store.remove(backend, 'c'), store.put(backend, 'c', 10)])],
]

async function prepared(seed: number, files: boolean): Promise<SimulatedStore> {
  const store = new SimulatedStore(seed, { drives: 4, parity: 2, files, driveFaults: false })
  await store.format()
  await store.calmly(async (_store, backend) => {
    for (const name of ['a', 'b', 'c']) await store.put(backend, name, 120)
    await store.put(backend, 'large', large)
    await store.secret(backend, 'core/one', false)
  })
  return store
}

/** The number of steps at which it was killed. */
async function killEverywhere(operation: Operation, files: boolean): Promise<number> {
  for (let step = 0; step < stepsMax; step++) {
    // One seed, so that the steps are the same ones each time.
    const store = await prepared(1, files)
    const wasKilled = await store.killDuring(operation, step)
    await store.finish()
    if (!wasKilled) return step
  }
  throw new Error('the operation never ends')
}

describe('an operation killed at any step and started again', () => {
  for (const [title, operation] of operations) {
    it(`is wholly there or not at all: ${title}`, async () => {
      const kills = await killEverywhere(operation, false)
      expect(kills).toBeGreaterThan(5)
    })
    it(`is wholly there or not at all, on virtual files: ${title}`, async () => {
      const kills = await killEverywhere(operation, true)
      expect(kills).toBeGreaterThan(5)
    })
  }
})
