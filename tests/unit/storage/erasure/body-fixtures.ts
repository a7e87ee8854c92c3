// A small set of drives in memory and a slow, readable codec, to run the body paths without threads. Everything that can go wrong with a
// drive can be switched on; calls can be held back and let go one by one.
import { createCipheriv, createDecipheriv, createHash, createSecretKey } from 'node:crypto'
import { blake3 } from '../../../../src-main/base/blake3.ts'
import { expect } from 'vitest'
import { copyBytes } from '../../../../src-main/base/bytes.ts'
import type { ByteSource } from '../../../../src-main/base/byte-stream.ts'
import type { Clock } from '../../../../src-main/base/clock.ts'
import type { Digests, PartEncryption } from '../../../../src-main/crypto/body-recipe.ts'
import { CodecError, type Codec } from '../../../../src-main/payload/codec.ts'
import type { DecodeStripe, EncodeStripe, RebuildShards, ShardLayout } from '../../../../src-main/payload/codec-protocol.ts'
import { plainPieces } from '../../../../src-main/payload/plain-pieces.ts'
import { createSharedSlab, SlotPool } from '../../../../src-main/payload/shared-memory.ts'
import { DriveError, type DriveConnection } from '../../../../src-main/storage/erasure/drives/drive-connection.ts'
import type { DriveFault, ReadShard, ReadShardChunk, ShardReadResult, WriteShardChunk } from '../../../../src-main/storage/erasure/drives/drive-protocol.ts'
import type { StagedPayload } from '../../../../src-main/storage/erasure/layout/payload-placement.ts'
import type { DriveSet } from '../../../../src-main/storage/erasure/set/drive-set.ts'
import { seededRandom } from '../../../support/seeded-random.ts'

const packageBytes = 65_536

export function hashOf(bytes: Uint8Array): Buffer {
  return blake3(Buffer.from(copyBytes(bytes)))
}

// --- GF(2^8), polynomial 0x11d, one byte at a time ---

const exp = new Uint8Array(510)
const log = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  exp[power] = value
  exp[power + 255] = value
  log[value] = power
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0)
}
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (exp[(log[a] as number) + (log[b] as number)] as number))
const inverseOf = (a: number): number => exp[255 - (log[a] as number)] as number

/** Cauchy rows below the identity: any k rows can be inverted. Not the product's matrix, and need not be. */
function codeRow(row: number, k: number): number[] {
  if (row < k) return Array.from({ length: k }, (_, column) => (column === row ? 1 : 0))
  return Array.from({ length: k }, (_, column) => inverseOf(row ^ column))
}

function invert(rows: number[][]): number[][] {
  const k = rows.length
  const work = rows.map((row, i) => [...row, ...Array.from({ length: k }, (_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < k; column++) {
    const pivot = work.findIndex((row, i) => i >= column && row[column] !== 0)
    ;[work[column], work[pivot]] = [work[pivot] as number[], work[column] as number[]]
    const scale = inverseOf((work[column] as number[])[column] as number)
    work[column] = (work[column] as number[]).map((value) => times(value, scale))
    for (let i = 0; i < k; i++) {
      const factor = (work[i] as number[])[column] as number
      if (i !== column && factor !== 0) work[i] = (work[i] as number[]).map((value, j) => value ^ times(factor, (work[column] as number[])[j] as number))
    }
  }
  return work.map((row) => row.slice(k))
}

function addTimes(into: Uint8Array, from: Uint8Array, factor: number): void {
  if (factor === 0) return
  const table = Uint8Array.from({ length: 256 }, (_, value) => times(value, factor))
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) ^ (table[from[i] as number] as number)
}

export interface FakeCodec extends Codec {
  /** Bodies begun and neither ended nor forgotten. */
  readonly openBodies: ReadonlySet<number>
  readonly decodes: number
  failNext: CodecError | undefined
  /** Awaited by each trip before it begins. */
  gate: (() => Promise<void>) | undefined
}

/** The codec as the contract says, a stripe at a time, in plain JavaScript. */
export function openFakeCodec(bytes: Uint8Array): FakeCodec {
  const openBodies = new Map<number, { hash: ReturnType<typeof createHash>; nextPackage: number }>()
  const shardOf = (shards: ShardLayout, index: number): Uint8Array => bytes.subarray(shards.offset + index * shards.shardLength, shards.offset + (index + 1) * shards.shardLength)
  const rebuild = (shards: ShardLayout, present: readonly number[], wanted: readonly number[]): void => {
    expect(present.length).toBeGreaterThanOrEqual(shards.dataShards)
    const from = present.slice(0, shards.dataShards)
    const inverse = invert(from.map((row) => codeRow(row, shards.dataShards)))
    for (const index of wanted) {
      const made = new Uint8Array(shards.shardLength)
      codeRow(index, shards.dataShards).forEach((factor, column) => {
        from.forEach((source, i) => { addTimes(made, shardOf(shards, source), times(factor, (inverse[column] as number[])[i] as number)) })
      })
      shardOf(shards, index).set(made)
    }
  }
  const trip = async <T>(work: () => T): Promise<T> => {
    await codec.gate?.()
    const error = codec.failNext
    codec.failNext = undefined
    if (error !== undefined) throw error
    return work()
  }
  let decodes = 0
  const codec: FakeCodec = {
    failNext: undefined,
    gate: undefined,
    get decodes() { return decodes },
    get openBodies() { return new Set(openBodies.keys()) },
    encodeStripe: (input: EncodeStripe) => trip(() => {
      const { shards, plain } = input
      const body = input.first ? { hash: createHash('sha256'), nextPackage: 0 } : openBodies.get(input.bodyId)
      if (body === undefined) throw new Error('stripe of an unknown body')
      openBodies.set(input.bodyId, body)
      expect(input.firstPackage).toBe(body.nextPackage)
      expect(shards.shardLength % 64).toBe(0)
      expect(shards.offset % 64).toBe(0)
      const plainBytes = Buffer.concat(plainPieces(plain, input.inPlace).map((piece) => copyBytes(bytes.subarray(piece.offset, piece.offset + piece.length))))
      body.hash.update(plainBytes)
      body.nextPackage += Math.ceil(plain.length / packageBytes)
      const stored = input.encryption ? seal(plainBytes, input.encryption, input.firstPackage, input.last) : plainBytes
      const data = bytes.subarray(shards.offset, shards.offset + shards.dataShards * shards.shardLength)
      expect(stored.length).toBeLessThanOrEqual(data.length)
      data.fill(0)
      data.set(stored)
      const parity = Array.from({ length: shards.parityShards }, (_, i) => shards.dataShards + i)
      rebuild(shards, Array.from({ length: shards.dataShards }, (_, i) => i), parity)
      for (let i = 0; i < shards.dataShards + shards.parityShards; i++) bytes.set(hashOf(shardOf(shards, i)), input.hashesOffset + 32 * i)
      if (input.last) openBodies.delete(input.bodyId)
      const digests: Digests = input.last && input.digests.includes('sha256') ? { sha256: body.hash.digest() } : {}
      return { digests }
    }),
    decodeStripe: (input: DecodeStripe) => trip(() => {
      decodes++
      const { shards, packages, encryption } = input
      const unit = packageBytes + (encryption ? 32 : 0)
      const from = packages.from * unit
      const to = Math.min(packages.to * unit, input.storedLength)
      const touched = Array.from({ length: shards.dataShards }, (_, i) => i).filter((i) => i * shards.shardLength < to && (i + 1) * shards.shardLength > from)
      const missing = touched.filter((i) => !input.present.includes(i))
      if (missing.length > 0) rebuild(shards, input.present, missing)
      let at = input.plainOffset
      for (let index = packages.from; index < packages.to; index++) {
        const stored = bytes.subarray(shards.offset + index * unit, shards.offset + Math.min((index + 1) * unit, input.storedLength))
        const final = input.last && shards.offset + (index + 1) * unit >= shards.offset + input.storedLength
        const plain = encryption ? open(copyBytes(stored), encryption, input.firstPackage + index, final) : copyBytes(stored)
        bytes.set(plain, at)
        at += plain.length
      }
      return { plainLength: at - input.plainOffset }
    }),
    rebuildShards: (input: RebuildShards) => trip(() => {
      rebuild(input.shards, input.present, input.wanted)
      input.wanted.forEach((index, i) => { bytes.set(hashOf(shardOf(input.shards, index)), input.hashesOffset + 32 * i) })
    }),
    forgetBody: (bodyId) => { openBodies.delete(bodyId) },
    close: () => Promise.resolve(),
  }
  return codec
}

function packageNonce(streamNonce: Uint8Array, sequence: number, final: boolean): Buffer {
  const nonce = Buffer.from(streamNonce)
  nonce[0] = ((nonce[0] as number) & 0x7f) | (final ? 0x80 : 0)
  return nonce.fill(Buffer.from(Uint32Array.of((nonce.readUInt32LE(8) ^ sequence) >>> 0).buffer), 8)
}

function seal(plain: Uint8Array, { partKey, streamNonce }: PartEncryption, firstPackage: number, last: boolean): Uint8Array {
  const parts: Buffer[] = []
  for (let at = 0; at < plain.length; at += packageBytes) {
    const final = last && at + packageBytes >= plain.length
    const cipher = createCipheriv('aes-256-gcm', createSecretKey(partKey), packageNonce(streamNonce, firstPackage + at / packageBytes, final))
    const body = cipher.update(plain.subarray(at, at + packageBytes))
    cipher.final()
    parts.push(Buffer.alloc(16, final ? 2 : 1), body, cipher.getAuthTag())
  }
  return Buffer.concat(parts)
}

function open(stored: Uint8Array, { partKey, streamNonce }: PartEncryption, sequence: number, final: boolean): Uint8Array {
  if (!Buffer.alloc(16, final ? 2 : 1).equals(stored.subarray(0, 16))) throw new CodecError('not-authentic', 'header')
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(partKey), packageNonce(streamNonce, sequence, final))
  decipher.setAuthTag(stored.subarray(stored.length - 16))
  const plain = decipher.update(stored.subarray(16, stored.length - 16))
  try {
    decipher.final()
  } catch {
    throw new CodecError('not-authentic', 'tag')
  }
  return plain
}

// --- drives ---

export type DriveCallName = 'readShards' | 'readChunks' | 'writeChunks' | 'syncShardFiles' | 'removeShardFiles'

interface StoredShard { bytes: Uint8Array; hash: Uint8Array }

/** One drive in memory. `fail` decides per call; `hold` makes calls wait until let go. */
export class FakeDrive {
  readonly inline = new Map<number, StoredShard>()
  readonly files = new Map<string, Map<number, StoredShard>>()
  readonly synced = new Set<string>()
  readonly calls: DriveCallName[] = []
  fail: ((call: DriveCallName, count: number) => DriveFault | 'timeout' | undefined) | undefined
  hold: ((call: DriveCallName) => Promise<void> | undefined) | undefined
  unreadable = false
  /** Shards given out without a look at their hash. */
  unchecked = 0
  readonly #pool: SlotPool
  readonly #counts = new Map<DriveCallName, number>()
  readonly connection: DriveConnection

  constructor(pool: SlotPool, ended?: Promise<void>) {
    this.#pool = pool
    const never = (): never => { throw new Error('not a call of the body paths') }
    this.connection = {
      path: '/fake', abandon: () => Promise.resolve(), ...(ended && { ended }),
      open: never, format: never, writeSealRecord: never, startLog: never, readHeads: never, append: never, release: never,
      listShardFiles: never, compact: never, space: never, probe: never, close: never,
      readShards: ({ reads }) => this.#call('readShards', () => reads.map((read: ReadShard) => this.#read(this.inline.get(read.sequence), read))),
      readChunks: ({ reads }) => this.#call('readChunks', () => reads.map((read: ReadShardChunk) => this.#read(this.files.get(read.payloadId)?.get(read.chunkIndex), read))),
      writeChunks: ({ chunks }) => this.#call('writeChunks', () => { for (const chunk of chunks) this.#write(chunk) }),
      syncShardFiles: ({ payloadIds }) => this.#call('syncShardFiles', () => { for (const id of payloadIds) this.synced.add(id) }),
      removeShardFiles: ({ payloadIds }) => this.#call('removeShardFiles', () => { for (const id of payloadIds) this.files.delete(id) }),
    }
  }

  async #call<T>(name: DriveCallName, work: () => T): Promise<T> {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    this.calls.push(name)
    await this.hold?.(name)
    const fault = this.fail?.(name, count)
    if (fault !== undefined) throw new DriveError(fault, `told to fail: ${fault}`)
    return work()
  }

  #read(stored: StoredShard | undefined, { into, skipHash }: { into: { offset: number; length: number }; skipHash?: boolean }): ShardReadResult {
    if (this.unreadable) return 'io-error'
    if (stored === undefined) return 'not-found'
    this.#pool.view(into).set(stored.bytes.subarray(0, into.length))
    if (skipHash === true) this.unchecked++
    return stored.bytes.length === into.length && (skipHash === true || hashOf(stored.bytes).equals(stored.hash)) ? 'ok' : 'damaged'
  }

  #write(chunk: WriteShardChunk): void {
    const file = this.files.get(chunk.payloadId) ?? new Map<number, StoredShard>()
    this.files.set(chunk.payloadId, file)
    file.set(chunk.chunkIndex, { bytes: copyBytes(this.#pool.view(chunk.from)), hash: copyBytes(this.#pool.bytes.subarray(chunk.hashOffset, chunk.hashOffset + 32)) })
    this.synced.delete(chunk.payloadId)
  }
}

export interface Report { readonly slot: number; readonly fault?: string; readonly damage?: string }

export class FakeSet implements DriveSet {
  readonly slotCount: number
  readonly dataShards: number
  readonly parityShards: number
  readonly drives: FakeDrive[]
  /** undefined: in service. */
  readonly state = new Map<number, 'away' | 'healing' | 'read-only'>()
  readonly reports: Report[] = []
  outOnFault = false

  constructor(pool: SlotPool, dataShards: number, parityShards: number) {
    this.dataShards = dataShards
    this.parityShards = parityShards
    this.slotCount = dataShards + parityShards
    this.drives = Array.from({ length: this.slotCount }, () => new FakeDrive(pool))
  }

  readable(slot: number): DriveConnection | undefined {
    return this.state.get(slot) === 'away' ? undefined : this.drives[slot]?.connection
  }

  writable(slot: number): DriveConnection | undefined {
    return this.state.has(slot) ? undefined : this.drives[slot]?.connection
  }

  reportFault(slot: number, error: DriveError): void {
    this.reports.push({ slot, fault: error.fault })
    if (this.outOnFault) this.state.set(slot, 'away')
  }

  reportDamage(slot: number, damage: { form: 'inline' | 'file' }): void {
    this.reports.push({ slot, damage: damage.form })
  }
}

/** Time that moves when told to. */
export class ManualClock implements Clock {
  #nowMs = 0
  #timers: { atMs: number; callback: () => void }[] = []
  nowMs(): number { return this.#nowMs }
  monotonicMs(): number { return this.#nowMs }
  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter((other) => other !== timer) }
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.callback()
    }
    this.#nowMs = untilMs
  }
}

export interface Bench {
  readonly pool: SlotPool
  readonly set: FakeSet
  readonly codec: FakeCodec
  readonly clock: ManualClock
  readonly deps: { set: DriveSet; slots: SlotPool; codec: Codec; random: ReturnType<typeof seededRandom>; clock: Clock }
}

export function openBench(dataShards: number, parityShards: number, options: { slabMiB?: number; seed?: number } = {}): Bench {
  const slab = createSharedSlab((options.slabMiB ?? 64) * 1024 * 1024)
  const pool = new SlotPool(slab, 64)
  const set = new FakeSet(pool, dataShards, parityShards)
  const codec = openFakeCodec(pool.bytes)
  const clock = new ManualClock()
  return { pool, set, codec, clock, deps: { set, slots: pool, codec, random: seededRandom(options.seed ?? 1), clock } }
}

/** What the commit side does with an inline payload: each drive appends its shard. */
export function appendInline(bench: Bench, staged: StagedPayload, sequence: number): void {
  staged.placement.slots.forEach((slot, index) => {
    const shard = staged.shards?.[index]
    if (shard === undefined) throw new Error('not inline')
    const hash = copyBytes(bench.pool.bytes.subarray(shard.hashOffset, shard.hashOffset + 32))
    ;(bench.set.drives[slot] as FakeDrive).inline.set(sequence, { bytes: copyBytes(bench.pool.view(shard.range)), hash })
  })
  staged.release('committed')
}

export function contentOf(size: number, seed = 7): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = seed | 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** Gives `content` in chunks, at once or each after a turn; the buffer is used again for the next, as a socket's is. */
export function sourceOf(content: Uint8Array, chunkSize = 60_000, later = false): ByteSource & { readonly cancelled: boolean } {
  const buffer = new Uint8Array(chunkSize)
  let at = 0
  let cancelled = false
  const take = (): Uint8Array | undefined => {
    buffer.fill(0xee)
    if (cancelled || at >= content.length) return undefined
    const part = content.subarray(at, at + chunkSize)
    at += part.length
    buffer.set(part)
    return buffer.subarray(0, part.length)
  }
  return {
    next: () => (later ? new Promise<void>((resolve) => { setImmediate(resolve) }).then(take) : take()),
    cancel: () => { cancelled = true },
    get cancelled() { return cancelled },
  }
}

export const partEncryption: PartEncryption = { partKey: new Uint8Array(32).fill(3), streamNonce: new Uint8Array(12).fill(9) }

/** A few turns of the loop: whatever does not wait for something is over then. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => { setImmediate(resolve) })
}

export async function collect(source: ByteSource): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (;;) {
    const chunk = await source.next()
    if (chunk === undefined) return Buffer.concat(parts)
    parts.push(copyBytes(chunk))
  }
}
