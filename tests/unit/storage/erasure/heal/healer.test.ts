// The list of repairs and the ledger.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../../src-main/seams/storage-backend.ts'
import { openHealer, type RepairItem, type RepairResult } from '../../../../../src-main/storage/erasure/heal/healer.ts'
import { openLedger } from '../../../../../src-main/storage/erasure/heal/ledger.ts'
import { ManualClock, settle } from '../body-fixtures.ts'

const item = (sequence: number, goodShards = 3, slots: readonly number[] = [0]): RepairItem => ({ sequence, payloadId: sequence.toString(16).padStart(32, '0'), slots, goodShards, bytes: 10 })

function bench(repair: (item: RepairItem) => RepairResult | Promise<RepairResult>, options: { itemsMax?: number; atOnce?: number } = {}) {
  const clock = new ManualClock()
  const ledger = openLedger(clock)
  const started: RepairItem[] = []
  const bugs: unknown[] = []
  let overflows = 0
  const healer = openHealer({
    clock, ledger, ...options, onOverflow: () => { overflows++ }, onBug: (error) => { bugs.push(error) },
    repair: async (one) => {
      started.push(one)
      return repair(one)
    },
  })
  return { clock, ledger, started, bugs, healer, overflows: () => overflows }
}

const done = (): RepairResult => ({ done: true, bytes: 10 })

describe('a repair that fails', () => {
  it('is tried again after a growing delay, without end, and stands in the list of failures', async () => {
    const { clock, ledger, started, healer } = bench(() => { throw new StorageError('read-quorum-lost', 'away') })
    healer.add(item(1))
    const delaysMs: number[] = []
    for (let attempt = 1; attempt <= 14; attempt++) {
      await settle(3)
      expect(started).toHaveLength(attempt)
      const [failure] = healer.failures(10)
      expect(failure).toMatchObject({ sequence: 1, attempts: attempt, reason: 'read-quorum-lost' })
      delaysMs.push(failure!.retryAtMs - clock.nowMs())
      expect(healer.progress()).toMatchObject({ failed: 1, waiting: 0, nextRetryAtMs: failure!.retryAtMs })
      clock.advance(failure!.retryAtMs - clock.nowMs() - 1)
      await settle(3)
      expect(started).toHaveLength(attempt)
      clock.advance(1)
    }
    expect(delaysMs.slice(0, 4)).toEqual([1000, 2000, 4000, 8000])
    expect(delaysMs.at(-1)).toBe(600_000)
    expect(ledger.counters()).toEqual({ found: 0, repaired: 0, failed: 1, lost: 0 })
  })

  it('because nothing is left to repair from is entered as lost; a bug is told of and tried again', async () => {
    const errors = [new StorageError('damaged', 'x'), new TypeError('bug')]
    const { ledger, bugs, healer } = bench((one) => { throw errors[one.sequence] as Error })
    healer.add(item(0))
    healer.add(item(1))
    await settle()
    expect(ledger.counters()).toMatchObject({ lost: 1, failed: 1 })
    expect(bugs).toEqual([errors[1]])
    expect(healer.failures(10).map((failure) => failure.reason).sort()).toEqual(['damaged', 'internal'])
  })

  it('for some slots is tried again for just these, at once when a drive comes back', async () => {
    let first = true
    const { started, ledger, healer } = bench((one) => {
      if (!first) return done()
      first = false
      return { done: false, slots: one.slots.slice(1), bytes: 4, reason: 'away' }
    })
    healer.add(item(1, 2, [4, 5, 6]))
    await settle()
    healer.retryNow()
    await settle()
    expect(started.map((one) => one.slots)).toEqual([[4, 5, 6], [5, 6]])
    expect(ledger.counters().repaired).toBe(3)
    expect(healer.progress()).toMatchObject({ recordsDone: 1, recordsTotal: 1, failed: 0, nextRetryAtMs: undefined })
  })
})

describe('a full list', () => {
  it('refuses and says so, but takes more slots of what stands in it', async () => {
    const { healer, overflows, started } = bench(done, { itemsMax: 2 })
    healer.pause()
    expect([healer.add(item(1)), healer.add(item(2)), healer.add(item(3)), healer.add(item(1, 3, [7]))]).toEqual([true, true, false, true])
    expect(overflows()).toBe(1)
    healer.resume()
    await healer.idle()
    expect(started.map((one) => one.slots)).toEqual([[0, 7], [0]])
  })
})

describe('the order', () => {
  it('is fewest good shards first, then first come first served, at most so many at once', async () => {
    const order: number[] = []
    let running = 0
    const { healer } = bench(async (one) => {
      expect(++running).toBeLessThanOrEqual(2)
      order.push(one.sequence)
      await settle(2)
      running--
      return done()
    }, { atOnce: 2 })
    healer.pause()
    for (const [sequence, good] of [[1, 3], [2, 1], [3, 2], [4, 1], [5, 3]] as const) healer.add(item(sequence, good))
    healer.add(item(5, 0))
    healer.resume()
    await healer.idle()
    expect(order).toEqual([5, 2, 4, 3, 1])
    expect(healer.progress()).toMatchObject({ recordsDone: 5, recordsTotal: 5, bytesDone: 50, bytesTotal: 50, running: false })
  })
})

describe('damage found while its payload is being repaired', () => {
  it('on another slot is repaired after it, on the same slot is not repaired twice', async () => {
    const { healer, started } = bench(async () => {
      await settle(4)
      return done()
    })
    healer.add(item(1, 3, [0]))
    healer.add(item(1, 2, [0, 2]))
    await healer.idle()
    expect(started.map((one) => one.slots)).toEqual([[0], [2]])
  })
})

describe('closing', () => {
  it('waits for what is under way, begins nothing more and takes nothing more', async () => {
    const held = Promise.withResolvers<RepairResult>()
    const { healer, started } = bench(() => held.promise)
    healer.add(item(1))
    healer.add(item(2))
    const closed = healer.close()
    held.resolve(done())
    await closed
    expect(started).toHaveLength(1)
    expect(healer.add(item(3))).toBe(false)
  })
})

it('whatever happens, each item is in exactly one state and every one is done in the end', async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.record({ sequence: fc.nat(6), slot: fc.nat(3), good: fc.nat(4), advance: fc.nat(3000), turns: fc.nat(3) }), { maxLength: 30 }),
    fc.infiniteStream(fc.constantFrom('done', 'part', 'throw', 'not-needed')),
    async (steps, outcomes) => {
      let ending = false
      const { healer, clock } = bench((one) => {
        const outcome = ending ? 'done' : (outcomes.next().value as string)
        if (outcome === 'throw') throw new StorageError('busy', 'busy')
        if (outcome === 'part') return { done: false, slots: one.slots.slice(-1), bytes: 1, reason: 'away' }
        return outcome === 'done' ? done() : { done: 'not-needed' }
      })
      for (const { sequence, slot, good, advance, turns } of steps) {
        healer.add(item(sequence, good, [slot]))
        await settle(turns)
        clock.advance(advance)
        const { waiting, failed, recordsDone, recordsTotal, running } = healer.progress()
        expect(waiting).toBeGreaterThanOrEqual(0)
        expect(waiting + failed + (running ? 1 : 0) + recordsDone).toBe(recordsTotal)
      }
      ending = true
      for (let i = 0; i < 5; i++) {
        await healer.idle()
        healer.retryNow()
      }
      await healer.idle()
      expect(healer.progress()).toMatchObject({ waiting: 0, failed: 0, running: false })
    },
  ), { numRuns: 50 })
})

describe('the ledger', () => {
  it('keeps the newest entries, numbers them without gaps and counts all', () => {
    const clock = new ManualClock()
    const ledger = openLedger(clock, 3)
    const seen: number[] = []
    const stop = ledger.watch((entry) => { seen.push(entry.number) })
    for (let i = 1; i <= 5; i++) {
      clock.advance(10)
      ledger.add(i % 2 === 0 ? 'repaired' : 'damage-found', { sequence: i, payloadId: 'a', slot: 1 })
    }
    stop()
    ledger.add('lost', { sequence: 9, payloadId: 'b', reason: 'damaged' })
    expect(ledger.entries().map((entry) => [entry.number, entry.event, entry.atMs])).toEqual([[6, 'lost', 50], [5, 'damage-found', 50], [4, 'repaired', 40]])
    expect(ledger.counters()).toEqual({ found: 3, repaired: 2, failed: 0, lost: 1 })
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })
})
