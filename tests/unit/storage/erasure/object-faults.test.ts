// Everything at once, from a seed: bodies written, read in ranges, repaired and given up while drives fail, hang, lose and damage shards, in
// little memory. Whatever comes out is right or a fault, and in the end nothing is held.
import { afterAll, expect, it } from 'vitest'
import { StorageError } from '../../../../src-main/seams/storage-backend.ts'
import { healPayload } from '../../../../src-main/storage/erasure/heal/heal-record.ts'
import type { PayloadPlacement } from '../../../../src-main/storage/erasure/layout/payload-placement.ts'
import { openBodyReader } from '../../../../src-main/storage/erasure/object-read.ts'
import { openBodyWriter } from '../../../../src-main/storage/erasure/object-write.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { appendInline, collect, contentOf, openBench, partEncryption, settle, sourceOf, type Bench } from './body-fixtures.ts'

interface Stored { readonly placement: PayloadPlacement; readonly sequence: number; readonly content: Uint8Array }

const seed = Number(process.env['COFFER_TEST_SEED'] ?? Date.now() % 1_000_000)
const counts: Record<string, number> = {}
afterAll(() => { console.log(`object-faults: COFFER_TEST_SEED=${seed}`, JSON.stringify(counts)) })

it.each([[2, 1], [2, 2], [1, 1]] as const)('on %i+%i drives nothing wrong comes out and nothing stays taken', async (k, m) => {
  const bytes = seededRandom(seed + k * 10 + m)
  const pick = (below: number): number => {
    const [a = 0, b = 0, c = 0] = bytes.bytes(3)
    return (a * 65_536 + b * 256 + c) % below
  }
  const on = openBench(k, m, { slabMiB: 24, seed })
  const held: (() => void)[] = []
  for (const drive of on.set.drives) {
    drive.fail = () => (pick(60) === 0 ? (['io-error', 'gone', 'timeout', 'full'] as const)[pick(4)] : undefined)
    drive.hold = () => (pick(25) === 0 ? new Promise<void>((resolve) => { held.push(resolve) }) : undefined)
  }
  const stored: Stored[] = []
  let sequence = 0
  for (let round = 0; round < 12; round++) {
    const ended: Promise<unknown>[] = Array.from({ length: 6 }, () => act(on, pick, stored, () => ++sequence))
    let open = true
    void Promise.allSettled(ended).then(() => { open = false })
    while (open) {
      await settle(1)
      on.clock.advance(40)
      if (pick(4) === 0) held.splice(pick(held.length + 1), 1)[0]?.()
    }
    for (const result of await Promise.allSettled(ended)) if (result.status === 'rejected') throw result.reason
  }
  for (const go of held) go()
  on.set.drives.forEach((drive) => { drive.hold = undefined })
  await settle(60)
  expect(on.pool.bytesInUse).toBe(0)
  expect(on.codec.openBodies.size).toBe(0)
})

async function act(on: Bench, pick: (below: number) => number, stored: Stored[], nextSequence: () => number): Promise<void> {
  const abort = new AbortController()
  if (pick(5) === 0) setTimeout(() => { abort.abort() }, pick(12))
  const known = stored[pick(stored.length + 1)]
  const kind = known === undefined || pick(3) === 0 ? 'write' : pick(4) === 0 ? 'heal' : 'read'
  const note = (outcome: string): void => { counts[`${kind} ${outcome}`] = (counts[`${kind} ${outcome}`] ?? 0) + 1 }
  try {
    if (known === undefined || kind === 'write') await write(on, pick, stored, nextSequence(), abort.signal)
    else if (kind === 'heal') await heal(on, pick, known, abort.signal)
    else await read(on, pick, known, abort.signal)
    note('ok')
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    note(error.fault)
    if (error.fault === 'cancelled') expect(abort.signal.aborted).toBe(true)
  }
}

async function write(on: Bench, pick: (below: number) => number, stored: Stored[], sequence: number, signal: AbortSignal): Promise<void> {
  const content = contentOf(1 + pick(pick(2) === 0 ? 60_000 : 2_600_000), sequence)
  const recipe = { digests: [], ...(pick(2) === 0 && { encryption: partEncryption }) }
  const { staged } = await openBodyWriter(on.deps).stage(content.length, sourceOf(content, 1 + pick(300_000), pick(2) === 0), recipe, on.set.parityShards, signal)
  if (staged.placement.form === 'inline') appendInline(on, staged, sequence)
  else staged.release('committed')
  stored.push({ placement: staged.placement, sequence, content })
}

async function read(on: Bench, pick: (below: number) => number, { placement, sequence, content }: Stored, signal: AbortSignal): Promise<void> {
  if (pick(5) === 0) {
    const drive = on.set.drives[pick(on.set.slotCount)]
    const shard = drive?.inline.get(sequence) ?? drive?.files.get(placement.payloadId)?.get(pick(2))
    if (shard !== undefined) shard.bytes[pick(shard.bytes.length)]! ^= 1 + pick(255)
  }
  const offset = pick(content.length)
  const length = 1 + pick(content.length - offset)
  const source = openBodyReader(on.deps, placement, sequence, offset, length, placement.encrypted ? { encryption: partEncryption } : {}, signal)
  try {
    expect(Buffer.compare(await collect(source), content.subarray(offset, offset + length))).toBe(0)
  } finally {
    source.cancel()
  }
}

async function heal(on: Bench, pick: (below: number) => number, { placement, sequence }: Stored, signal: AbortSignal): Promise<void> {
  const slots = [placement.slots[pick(placement.slots.length)] as number]
  const outcome = await healPayload(on.deps, { placement, sequence, slots, rewriteAll: pick(2) === 0 }, signal)
  for (const { slot, range, hashOffset } of outcome.shards) {
    const hash = Uint8Array.from(on.pool.bytes.subarray(hashOffset, hashOffset + 32))
    on.set.drives[slot]?.inline.set(sequence, { bytes: Uint8Array.from(on.pool.view(range)), hash })
  }
  outcome.release()
}
