import { describe, expect, it } from 'vitest'
import { partsInFlightMax, triesMax } from '../../../../src-renderer/transfers/upload-file.ts'
import { createUploadQueue, filesInFlightMax, requestsInFlightMax, type UploadQueue } from '../../../../src-renderer/transfers/upload-queue.ts'
import { rowsMax } from '../../../../src-renderer/transfers/queue-view.ts'
import { manualClock, type ManualClock } from '../../../support/manual-clock.ts'
import { seededNumbers } from '../../../support/seeded-numbers.ts'
import { SizedBlob, expectedParts, simulatedUploadStore, type SimulatedUploadStore } from './simulated-upload-store.ts'

const mib = 1024 * 1024

interface Bench {
  readonly clock: ManualClock
  readonly store: SimulatedUploadStore
  readonly queue: UploadQueue
  readonly random: () => number
  readonly done: string[]
  add(...sizes: readonly number[]): void
  /** Lets time pass in small steps. */
  pass(durationMs: number): Promise<void>
  finish(): Promise<void>
}

function bench(seed = 1): Bench {
  const clock = manualClock()
  const random = seededNumbers(seed)
  const store = simulatedUploadStore(clock, random)
  const done: string[] = []
  const queue = createUploadQueue({ transport: store.transport, clock, chance: random, onDone: (job) => done.push(job.target.name) })
  let names = 0
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const pass = async (durationMs: number): Promise<void> => {
    const until = clock.nowMs() + durationMs
    while (clock.nowMs() < until) {
      await settle()
      clock.advance(10)
    }
    await settle()
  }
  return {
    clock, store, queue, random, done, pass,
    add: (...sizes) => queue.add(sizes.map((sizeBytes) => ({ target: { bucket: 'b', name: `file-${++names}` }, contentType: '', body: new SizedBlob(sizeBytes) }))),
    finish: async () => {
      for (let round = 0; !queue.isIdle(); round++) {
        if (round > 4000) throw new Error(`not finished: ${JSON.stringify(queue.view().counts)}`)
        await pass(100 + (round > 200 ? 1000 : 0))
      }
    },
  }
}

describe('an upload that meets faults', () => {
  it('fails after its tries, stays in the list, and succeeds when retried', async () => {
    const { store, queue, add, finish } = bench()
    store.always = { kind: 'again', code: 'slow-down' }
    add(1000)
    await finish()
    expect(queue.view().counts.failed).toBe(1)
    expect(store.requestsStarted()).toBe(triesMax)
    expect(queue.view().rows[0]?.fault?.code).toBe('slow-down')
    store.always = undefined
    queue.retry(queue.view().rows[0]?.id ?? 0)
    await finish()
    expect(queue.view().counts).toMatchObject({ failed: 0, done: 1 })
  })

  it('does not repeat what was refused for good', async () => {
    const { store, queue, add, finish } = bench()
    store.always = { kind: 'final', code: 'refused' }
    add(1000)
    await finish()
    expect(store.requestsStarted()).toBe(1)
    expect(queue.view().counts.failed).toBe(1)
  })

  it('holds the whole queue when no file can go on, and goes on from there', async () => {
    const { store, queue, add, pass, finish } = bench()
    add(100 * mib, 5, 5, 5, 5, 5, 5)
    await pass(150)
    store.always = { kind: 'hold', code: 'sealed' }
    await pass(5000)
    expect(queue.view()).toMatchObject({ held: { by: 'fault', fault: { code: 'sealed' } }, counts: { failed: 0, running: 0 } })
    const started = store.requestsStarted()
    await pass(60_000)
    expect(store.requestsStarted()).toBe(started)
    store.always = undefined
    queue.resumeAll()
    await finish()
    expect(queue.view().counts).toMatchObject({ done: 7, failed: 0, waiting: 0 })
  })

  it('begins anew when the store no longer knows the parts', async () => {
    const { store, queue, add, pass, finish } = bench()
    add(40 * mib)
    await pass(300)
    store.uploads.clear()
    await finish()
    expect(queue.view().counts.done).toBe(1)
    expect(store.objects.get('file-1')).toMatchObject({ sizeBytes: 40 * mib })
  })

  it('believes a completion whose answer was lost, when the object is a new one', async () => {
    const { store, queue, add, finish } = bench()
    store.objects.set('file-1', { etag: `old-${expectedParts(40 * mib)}`, sizeBytes: 40 * mib })
    store.completionsUnanswered = 1
    add(40 * mib)
    await finish()
    expect(queue.view().counts).toMatchObject({ done: 1, failed: 0 })
    expect(store.requestsStarted()).toBe(expectedParts(40 * mib))
    expect(store.objects.get('file-1')?.etag).toMatch(/^m/)
  })

  it('sends everything again when the upload is gone and the object is still the old one', async () => {
    const { store, queue, add, pass, finish } = bench()
    store.objects.set('file-1', { etag: `old-${expectedParts(40 * mib)}`, sizeBytes: 40 * mib })
    add(40 * mib)
    while (![...store.uploads.values()].some((upload) => upload.parts.size === 5)) await pass(10)
    store.uploads.clear()
    await finish()
    expect(queue.view().counts.done).toBe(1)
    expect(store.requestsStarted()).toBe(2 * expectedParts(40 * mib))
    expect(store.objects.get('file-1')?.etag).toMatch(/^m/)
  })
})

describe('a paused upload', () => {
  it('sends nothing until it is resumed, and then only what is missing', async () => {
    const { store, queue, add, pass, finish } = bench()
    add(200 * mib)
    await pass(400)
    const id = queue.view().rows[0]?.id ?? 0
    queue.pause(id)
    await pass(10)
    const started = store.requestsStarted()
    const arrived = [...store.uploads.values()][0]?.parts.size ?? 0
    expect(arrived).toBeGreaterThan(2)
    expect(store.requestsUnderWay()).toBe(0)
    await pass(120_000)
    expect(store.requestsStarted()).toBe(started)
    expect(queue.view().counts.paused).toBe(1)
    expect(queue.view().isUnfinished).toBe(true)
    queue.resume(id)
    await finish()
    expect(queue.view().counts.done).toBe(1)
    expect(store.requestsStarted() - started).toBe(expectedParts(200 * mib) - arrived)
  })

  it('gives its place to the next file', async () => {
    const { queue, add, pass } = bench()
    add(...Array.from({ length: 5 }, () => 100 * mib))
    await pass(50)
    expect(queue.view().counts).toMatchObject({ running: filesInFlightMax, waiting: 1 })
    queue.pause(queue.view().rows[0]?.id ?? 0)
    expect(queue.view().counts).toMatchObject({ running: filesInFlightMax, waiting: 0, paused: 1 })
  })

  it('never runs twice when it is paused and resumed at once, again and again', async () => {
    const { store, queue, add, pass, finish } = bench()
    add(60 * mib)
    for (let round = 0; round < 30; round++) {
      await pass(20)
      const id = queue.view().rows[0]?.id ?? 0
      queue.pause(id)
      queue.resume(id)
    }
    await finish()
    expect(store.most.forOneFile).toBeLessThanOrEqual(partsInFlightMax)
    expect(store.objects.get('file-1')).toMatchObject({ sizeBytes: 60 * mib })
    expect(queue.view().counts.done).toBe(1)
  })

  it('waits with all others when everything is paused', async () => {
    const { store, queue, add, pass, finish } = bench()
    add(...Array.from({ length: 20 }, (_, index) => (index % 4 === 0 ? 30 * mib : 1000)))
    await pass(60)
    queue.pauseAll()
    await pass(10)
    const started = store.requestsStarted()
    await pass(60_000)
    expect(store.requestsStarted()).toBe(started)
    expect(store.requestsUnderWay()).toBe(0)
    queue.resumeAll()
    await finish()
    expect(queue.view().counts.done).toBe(20)
  })
})

describe('a cancelled upload', () => {
  it('takes back what the store has of it, even when the first tries fail', async () => {
    const { store, queue, add, pass, finish } = bench()
    add(100 * mib)
    await pass(500)
    expect(store.uploads.size).toBe(1)
    store.always = { kind: 'again', code: 'no-answer' }
    queue.cancelAll()
    await pass(1500)
    store.always = undefined
    await finish()
    expect(store.uploads.size).toBe(0)
    expect(queue.view()).toMatchObject({ files: 0, sizeBytes: 0, sentBytes: 0, isUnfinished: false })
  })

  it('takes back an upload that was only just being created', async () => {
    const { store, queue, add, finish } = bench()
    add(100 * mib)
    queue.cancelAll()
    await finish()
    expect(store.uploads.size).toBe(0)
    expect(store.objects.size).toBe(0)
  })
})

describe('the upload queue', () => {
  it('keeps its limits with many files', async () => {
    const { store, queue, add, finish, done } = bench()
    add(...Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 50 * mib : 1000)))
    await finish()
    expect(store.most.files).toBeLessThanOrEqual(filesInFlightMax)
    expect(store.most.requests).toBe(requestsInFlightMax)
    expect(store.most.forOneFile).toBe(partsInFlightMax)
    expect(queue.view().counts.done).toBe(60)
    expect(new Set(done).size).toBe(60)
  })

  it('shows a hundred rows of any number, and counts the rest', async () => {
    const { queue, add, finish } = bench()
    add(...Array.from({ length: 1000 }, () => 10))
    expect(queue.view().rows.length).toBe(rowsMax)
    expect(queue.view().hiddenCount).toBe(900)
    expect(queue.view().rows.slice(0, filesInFlightMax).every((row) => row.status === 'running')).toBe(true)
    await finish()
    expect(queue.view()).toMatchObject({ hiddenCount: 900, counts: { done: 1000 }, sentBytes: 10_000, sizeBytes: 10_000 })
    queue.clearDone()
    expect(queue.view()).toMatchObject({ rows: [], hiddenCount: 0, files: 0, sizeBytes: 0, sentBytes: 0 })
  })

  it('shows progress that never passes the size', async () => {
    const { queue, add, pass } = bench()
    add(100 * mib, 500)
    let before = 0
    for (let round = 0; round < 100; round++) {
      await pass(20)
      const { sentBytes, sizeBytes } = queue.view()
      expect(sentBytes).toBeLessThanOrEqual(sizeBytes)
      expect(sentBytes).toBeGreaterThanOrEqual(before)
      before = sentBytes
    }
    expect(before).toBe(100 * mib + 500)
  })
})

describe('any mix of faults, pauses and cancellations', () => {
  const seeds = Array.from({ length: 40 }, (_, index) => index + 100)
  it.each(seeds)('ends every file exactly once (seed %i)', async (seed) => {
    const { store, queue, random, add, pass, finish, done } = bench(seed)
    store.faults = { lostAnswer: 0.12, busy: 0.15, refused: 0.01, gone: 0.02 }
    const sizes = Array.from({ length: 24 }, () => Math.floor(random() < 0.5 ? random() * 4 * mib : random() * 80 * mib))
    add(...sizes)
    let cancelled = 0
    for (let round = 0; round < 60; round++) {
      await pass(Math.floor(random() * 1500))
      const rows = queue.view().rows
      const row = rows[Math.floor(random() * rows.length)]
      const choice = random()
      if (choice < 0.2) queue.pause(row?.id ?? 0)
      else if (choice < 0.4) queue.resume(row?.id ?? 0)
      else if (choice < 0.5) queue.pauseAll()
      else if (choice < 0.8) queue.resumeAll()
      else if (choice < 0.83 && row !== undefined && row.status !== 'done') {
        queue.cancel(row.id)
        cancelled++
      } else if (choice < 0.9) queue.retryFailed()
    }
    queue.resumeAll()
    await finish()
    const { counts, sentBytes, sizeBytes } = queue.view()
    expect(counts.done + counts.failed + cancelled).toBe(24)
    expect(counts.waiting + counts.running + counts.paused).toBe(0)
    expect(new Set(done).size).toBe(done.length)
    expect(done.length).toBe(counts.done)
    expect(store.most.files).toBeLessThanOrEqual(filesInFlightMax)
    expect(store.most.requests).toBeLessThanOrEqual(requestsInFlightMax)
    expect(store.most.forOneFile).toBeLessThanOrEqual(partsInFlightMax)
    expect(sentBytes).toBeLessThanOrEqual(sizeBytes)
    for (const name of done) expect(store.objects.get(name)?.sizeBytes).toBe(sizes[Number(name.slice(5)) - 1])
  })
})
