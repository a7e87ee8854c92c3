// The drive dies at each of its writes, syncs and renames in turn; after it comes back, what was answered is there and whole, and what
// was not is there whole or not at all.
import { describe, expect, it } from 'vitest'
import { DriveError } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import { SimulatedCrash, VirtualDriveFiles } from '../../../../support/virtual-drive-files.ts'
import { TestDrive, formattedDrive, identity, testRecord, type TestRecord } from './drive-kit.ts'

const small = { segmentSizeBytes: 32 * 1024 }
const seed = Number(process.env['COFFER_SEED'] ?? 20260101)

/** What must, may and must not be on the drive. */
class Ledger {
  readonly attempted = new Map<number, TestRecord>()
  readonly answered = new Set<number>()
  /** Released: may come back until the drive said that its bytes are void. */
  readonly released = new Set<number>()
  readonly gone = new Set<number>()
  sealGenerations: number[] = []
  sealAnswered = 0

  noteFloor(deadFloor: number): void {
    for (const sequence of this.released) if (sequence < deadFloor) this.gone.add(sequence)
  }
}

class Scenario {
  readonly test: TestDrive
  readonly ledger: Ledger
  readonly #random: () => number
  #next = 1

  constructor(test: TestDrive, ledger: Ledger, random: () => number) {
    this.test = test
    this.ledger = ledger
    this.#random = random
  }

  async append(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const sequence = this.#next++
      return testRecord(sequence, this.#random() < 0.3 ? 0 : Math.floor(this.#random() * 6000) + 1, Math.floor(this.#random() * 900))
    })
    for (const record of records) this.ledger.attempted.set(record.head.sequence, record)
    await this.test.append(...records)
    for (const record of records) this.ledger.answered.add(record.head.sequence)
  }

  async releaseSome(share: number): Promise<void> {
    const sequences = [...this.ledger.answered].filter(() => this.#random() < share)
    for (const sequence of sequences) {
      this.ledger.answered.delete(sequence)
      this.ledger.released.add(sequence)
    }
    await this.test.drive.release({ sequences })
    await this.look()
  }

  async compact(): Promise<void> {
    await this.test.drive.compact({ deadShareMin: 0.2 })
    await this.look()
  }

  async look(): Promise<void> {
    this.ledger.noteFloor((await this.test.drive.space({})).deadFloor)
  }

  async seal(): Promise<void> {
    const generation = this.ledger.sealGenerations.length + 1
    this.ledger.sealGenerations.push(generation)
    await this.test.drive.writeSealRecord({ generation, bytes: Uint8Array.of(generation, 1, 2) })
    this.ledger.sealAnswered = generation
  }

  async run(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await this.append(1)
      await this.append(6)
      await this.seal()
      await this.append(3)
      await this.releaseSome(0.5)
      await this.compact()
      await this.append(2)
      await this.compact()
    }
    await this.releaseSome(1)
    await this.append(4)
  }
}

function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 0x1_0000_0000
  }
}

async function untilCrash(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (error instanceof SimulatedCrash) return true
    throw error
  }
}

/** Opens the drive and checks all of the ledger against it. */
async function checkAfter(test: TestDrive, ledger: Ledger, label: string): Promise<{ readonly held: ReadonlySet<number>; readonly sealGeneration: number }> {
  const drive = new TestDrive(test.files)
  const opened = await drive.drive.open({})
  const generation = opened.sealRecord?.generation ?? 0
  expect([ledger.sealAnswered, ledger.sealAnswered + 1], `${label}: seal record`).toContain(generation)
  if (opened.sealRecord !== undefined) expect(opened.sealRecord.bytes).toEqual(Uint8Array.of(generation, 1, 2))
  const summary = await drive.drive.startLog({})
  const held = new Set(summary.sequences)
  expect([...ledger.answered].filter((sequence) => !held.has(sequence)), `${label}: answered but lost`).toEqual([])
  expect([...held].filter((sequence) => ledger.gone.has(sequence)), `${label}: void but back`).toEqual([])
  expect(summary.damagedRecords, `${label}: taken for damage`).toBe(0)
  for (const sequence of held) {
    const record = ledger.attempted.get(sequence)
    expect(record, `${label}: record ${sequence} was never written`).toBeDefined()
    if (record !== undefined) expect(await drive.problemWith(record), `${label}: record ${sequence}`).toBeUndefined()
  }
  await drive.drive.abandon()
  return { held, sealGeneration: generation }
}

async function runOnce(step: number, variant: number): Promise<{ crashed: boolean }> {
  const label = `seed ${seed}, variant ${variant}, step ${step}`
  const files = new VirtualDriveFiles({ seed: seed + step * 31 + variant })
  const test = await formattedDrive(files, small)
  await test.start()
  const ledger = new Ledger()
  const random = randomFrom(seed + variant)
  files.failAfter(step)
  const scenario = new Scenario(test, ledger, random)
  const crashed = await untilCrash(() => scenario.run())
  if (variant > 0) {
    // Only the process died: what the drive reports and takes from then on must survive the next loss of power.
    files.kill()
    const alive = await checkAfter(test, ledger, `${label}, killed`)
    for (const sequence of alive.held) if (!ledger.released.has(sequence)) ledger.answered.add(sequence)
    ledger.sealAnswered = alive.sealGeneration
    const again = new TestDrive(files)
    await again.start()
    await again.drive.release({ sequences: [...ledger.released] })
    ledger.noteFloor((await again.drive.space({})).deadFloor)
    const between = (variant === 1 ? [1, 2, 3, 4] : []).map((index) => testRecord(90_000 + index, 3000))
    for (const record of between) ledger.attempted.set(record.head.sequence, record)
    if (between.length > 0) await again.append(...between)
    for (const record of between) ledger.answered.add(record.head.sequence)
    files.crash()
  } else files.crash()
  await checkAfter(test, ledger, label)
  // It must take writes again, survive them, and die once more.
  const second = new TestDrive(files)
  await second.start()
  const later = Array.from({ length: 5 }, (_, index) => testRecord(100_000 + index, 4000))
  for (const record of later) ledger.attempted.set(record.head.sequence, record)
  await second.append(...later)
  for (const record of later) ledger.answered.add(record.head.sequence)
  files.crash()
  await checkAfter(test, ledger, `${label}, second life`)
  return { crashed }
}

describe('a drive that dies', () => {
  for (const [variant, how] of ['power cut', 'process killed, power cut after more writes', 'process killed, power cut after the start'].entries()) {
    it(`at every step of appends, seals, releases and compactions keeps what it answered (${how})`, async () => {
      let step = 1
      for (; (await runOnce(step, variant)).crashed; step++) continue
      expect(step).toBeGreaterThan(120)
    })
  }

  it('while it is started is as good as before', async () => {
    for (let step = 1; ; step++) {
      const files = new VirtualDriveFiles({ seed: seed + step })
      const test = await formattedDrive(files, small)
      await test.start()
      const ledger = new Ledger()
      await untilCrash(() => new Scenario(test, ledger, randomFrom(seed)).run())
      // A write of several records that is torn: holes with whole records behind them are no damage.
      files.failAfter(2)
      await untilCrash(() => test.append(...[1, 2, 3].map((index) => testRecord(50_000 + index, 3000))))
      for (const index of [1, 2, 3]) ledger.attempted.set(50_000 + index, testRecord(50_000 + index, 3000))
      files.crash()
      files.failAfter(step)
      const crashed = await untilCrash(async () => { await new TestDrive(files).start() })
      files.crash()
      await checkAfter(test, ledger, `seed ${seed}, step ${step}`)
      if (!crashed) break
    }
  })

  it('while a segment is made ahead keeps what it takes afterwards', async () => {
    // Segments of several steps, so that no upkeep makes up for what the start must do; each step with several fates of the names.
    for (let run = 0, step = 1; ; run++, step = Math.floor(run / 5) + 1) {
      const files = new VirtualDriveFiles({ seed: seed + run })
      const test = await formattedDrive(files, { segmentSizeBytes: 2.5 * 1024 * 1024 })
      files.failAfter(step)
      const crashed = await untilCrash(async () => {
        await test.start()
        for (let call = 0; call < 4; call++) await test.drive.probe({})
      })
      files.kill()
      const again = new TestDrive(files)
      await again.start()
      await again.append(testRecord(1))
      files.crash()
      const last = new TestDrive(files)
      expect([...(await last.start()).sequences], `step ${step}`).toEqual([1])
      if (!crashed) break
    }
  })

  it('while it is made a drive is blank or a drive, and can be made one again', async () => {
    for (let step = 1; ; step++) {
      const files = new VirtualDriveFiles({ seed: seed + step })
      const test = new TestDrive(files)
      files.failAfter(step)
      const crashed = await untilCrash(() => test.drive.format({ identity }))
      files.crash()
      const again = new TestDrive(files)
      const found = await again.drive.open({}).catch((error: unknown) => error)
      if (found instanceof DriveError) {
        expect(found.fault).toBe('not-formatted')
        await again.drive.format({ identity })
        expect(await again.drive.open({})).toEqual({ identity })
      } else expect(found).toEqual({ identity })
      if (!crashed) {
        expect(step).toBeGreaterThan(6)
        break
      }
    }
  })

  it('while its identity is replaced has the old or the new one', async () => {
    const newer = { ...identity, layoutGeneration: 2 }
    for (let step = 1; ; step++) {
      const files = new VirtualDriveFiles({ seed: seed + step })
      const test = await formattedDrive(files)
      await test.drive.open({})
      files.failAfter(step)
      const crashed = await untilCrash(() => test.drive.format({ identity: newer }))
      files.crash()
      const found = (await new TestDrive(files).drive.open({})).identity.layoutGeneration
      expect(crashed ? [1, 2] : [2]).toContain(found)
      if (!crashed) break
    }
  })

  it('while shard files are written has whole ones of all that were synced', async () => {
    for (let step = 1; ; step++) {
      const files = new VirtualDriveFiles({ seed: seed + step })
      const test = await formattedDrive(files)
      await test.start()
      const { synced, crashed } = await writeShardFiles(test, step, files)
      files.crash()
      const again = new TestDrive(files)
      await again.start()
      const { payloadIds } = await again.drive.listShardFiles({})
      for (const payloadId of synced) {
        expect(payloadIds).toContain(payloadId)
        expect(await readShardFile(again, payloadId)).toEqual(['ok', 'ok', 'ok'])
      }
      for (const payloadId of payloadIds) for (const result of await readShardFile(again, payloadId)) expect(['ok', 'damaged']).toContain(result)
      if (!crashed) {
        expect(synced).toHaveLength(3)
        break
      }
    }
  })
})

const chunkLength = 3000
const shardIds = ['ab', 'ab', 'cd'].map((start, index) => `${start}${index}`.padEnd(32, '0'))

async function writeShardFiles(test: TestDrive, step: number, files: VirtualDriveFiles): Promise<{ synced: string[]; crashed: boolean }> {
  const { blake3 } = await import('../../../../../src-main/base/blake3.ts')
  const synced: string[] = []
  files.failAfter(step)
  const crashed = await untilCrash(async () => {
    for (const payloadId of shardIds) {
      for (const [chunkIndex, length] of [chunkLength, chunkLength, 70].entries()) {
        test.memory.fill(chunkIndex + payloadId.charCodeAt(2), 0, length)
        test.memory.set(blake3(test.memory.subarray(0, length)), chunkLength)
        await test.drive.writeChunks({ chunks: [{ payloadId, chunkIndex, chunkLength, from: { offset: 0, length }, hashOffset: chunkLength }] })
      }
      await test.drive.syncShardFiles({ payloadIds: [payloadId] })
      synced.push(payloadId)
    }
  })
  return { synced, crashed }
}

async function readShardFile(test: TestDrive, payloadId: string): Promise<string[]> {
  const reads = [chunkLength, chunkLength, 70].map((length, chunkIndex) => ({ payloadId, chunkIndex, chunkLength, into: { offset: chunkIndex * chunkLength, length } }))
  const results = await test.drive.readChunks({ reads })
  for (const [chunkIndex, result] of results.entries()) {
    if (result === 'ok') expect(test.memory[chunkIndex * chunkLength]).toBe(chunkIndex + payloadId.charCodeAt(2))
  }
  return [...results]
}
