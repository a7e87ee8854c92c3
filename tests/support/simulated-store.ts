// A whole store in simulation, from a seed: lives of the process that end cleanly or by a kill, drives that fail, are away and come back,
// a catalogue that is kept, old or lost; everything checked against the model.
import { readAll, byteSourceOf } from '../../src-main/base/byte-stream.ts'
import { silentLogger } from '../../src-main/base/logger.ts'
import { openInlineCodec } from '../../src-main/payload/inline-codec.ts'
import { createSharedSlab, SlotPool } from '../../src-main/payload/shared-memory.ts'
import { RecordStoreError } from '../../src-main/seams/record-store.ts'
import { StorageError, type ObjectVersion, type StoredPart, type UploadInfo } from '../../src-main/seams/storage-backend.ts'
import { openErasureBackend, type ErasureBackend } from '../../src-main/storage/erasure/backend.ts'
import type { DriveConnection } from '../../src-main/storage/erasure/drives/drive-connection.ts'
import { formatSet } from '../../src-main/storage/erasure/set/format-set.ts'
import { findSet } from '../../src-main/storage/erasure/set/open-set.ts'
import { PlainMedium, type DriveLies, type SimulatedMedium } from './simulated-drive.ts'
import { FileMedium } from './simulated-file-drive.ts'
import { bytesOf, Cell, keyOf, StoreModel, type UploadModel, type Value, type Version } from './simulated-model.ts'
import { Life, openDice, runUntil, VirtualClock, type Dice } from './simulated-world.ts'
import { GcmKey } from '../../src-main/crypto/gcm.ts'

export interface SimulationOptions {
  readonly drives?: number
  readonly parity?: number
  readonly lives?: number
  readonly operationsPerLife?: number
  /** Share of bodies that go into shard files. */
  readonly largeBodies?: number
  readonly lies?: DriveLies
  /** The product's own drives on virtual files, rather than plain ones. */
  readonly files?: boolean
  /** Stands between the engine and each drive: for planted faults. */
  readonly wrap?: (connection: DriveConnection, slot: number) => DriveConnection
  /** How often more drives are away or fail than parity allows. */
  readonly beyondParity?: number
  /** False: drives are always all there and never fail. */
  readonly driveFaults?: boolean
}

const bucketName = 'simulated'
const layouts: readonly (readonly [drives: number, parity: number])[] = [[1, 0], [2, 1], [3, 1], [4, 2], [4, 2], [5, 2], [6, 2]]
const names = ['a', 'a/b', 'a/b/c', 'a/z', 'b', 'ü', 'z/1', 'z/2', 'z/']
const secretPaths = ['core/one', 'core/two', 'sys/three']

const slab = createSharedSlab(24 * 1024 * 1024)
const codec = openInlineCodec(slab)
const storageKey = GcmKey.copyOf(Buffer.alloc(32, 7))
const catalogueKey = new Uint8Array(32).fill(9)
const noSignal = new AbortController().signal

export class SimulationFailure extends Error {}

/** Runs one seed to its end. Throws SimulationFailure when the store broke a promise. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<void> {
  const store = new SimulatedStore(seed, options)
  try {
    await store.run()
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}\n${store.story.slice(-40).join('\n')}`
    throw error
  }
}

export class SimulatedStore {
  readonly model = new StoreModel()
  readonly media: SimulatedMedium[]
  readonly clock = new VirtualClock()
  readonly dice: Dice
  readonly parity: number
  readonly story: string[] = []
  readonly #options: SimulationOptions
  /** Slots that may lack something acknowledged: were away or failed, and are not known to be whole again. */
  readonly #stale = new Set<number>()
  /** Slots with flipped bits that nobody may have noticed yet. */
  readonly #rotten = new Set<number>()
  #images: Uint8Array[] = []
  #lastImage: Uint8Array | undefined
  #life = new Life()
  #slots = new SlotPool(slab, 64)
  backend: ErasureBackend | undefined

  constructor(seed: number, options: SimulationOptions) {
    this.#options = options
    this.dice = openDice(seed)
    const [drives, parity] = this.dice.pick(layouts)
    this.parity = options.parity ?? parity
    this.media = Array.from({ length: options.drives ?? drives }, (_, slot): SimulatedMedium => (options.files === true ? new FileMedium(seed * 100 + slot) : new PlainMedium(options.lies)))
  }

  tell(line: string): void {
    this.story.push(line)
  }

  async run(): Promise<void> {
    await this.format()
    const lives = this.#options.lives ?? 2 + this.dice.below(3)
    for (let life = 0; life < lives; life++) await this.live(this.dice.chance(0.7) ? this.dice.below(500) : Infinity)
    await this.finish()
  }

  async format(): Promise<void> {
    this.#life = new Life()
    const drives = this.media.map((_, slot) => ({ connection: this.#connect(slot), isFolder: true }))
    await this.#settle(formatSet(drives, { bytes: (length) => this.dice.bytes(length) }, { parityShards: this.parity, segmentSizeBytes: 64 * 1024 }))
  }

  /** One life: a start, some operations with whatever befalls the drives, and an end. */
  async live(killAt: number): Promise<void> {
    this.#life = new Life(killAt)
    this.#spoil()
    const away = this.#chooseAway()
    if (!(await this.start(away))) return this.#die()
    if (!(await this.#attempt(this.check('start')))) return this.#die()
    if (this.#options.driveFaults !== false) this.#planFailure(away)
    if (!(await this.#attempt(this.#operate()))) return this.#die()
    if (!(await this.#attempt(this.check('end')))) return this.#die()
    if (!(await this.#attempt(this.#noteStale()))) return this.#die()
    if (this.dice.chance(0.5)) return this.#die()
    this.tell('closed')
    if ((await runUntil(this.#close(), this.clock, this.#life)) === 'dead') this.#die()
  }

  /** One life with one operation in it, killed at a step counted from the operation's beginning. False when it came to its end before. */
  async killDuring(operation: (store: this, backend: ErasureBackend) => Promise<unknown>, stepsFromStart: number): Promise<boolean> {
    this.#life = new Life()
    await this.start(new Set())
    this.#life.killAt = this.#life.steps + stepsFromStart
    const finished = await this.#attempt(operation(this, this.#requireBackend()).then(() => undefined))
    this.#die()
    return !finished
  }

  /** One life without faults, closed at its end. */
  async calmly(operation: (store: this, backend: ErasureBackend) => Promise<unknown>): Promise<void> {
    this.#life = new Life()
    await this.start(new Set())
    if (!this.model.bucketExists) await this.#settle(this.#makeBucket(this.#requireBackend()))
    await this.#settle(operation(this, this.#requireBackend()))
    await this.#settle(this.check('calmly'))
    await this.#settle(this.#close())
  }

  /** Every drive is back: everything must be there, whole, and nothing else. */
  async finish(): Promise<void> {
    this.#life = new Life()
    await this.start(new Set())
    await this.#settle(this.check('end of all'))
    await this.#settle(this.#requireBackend().tidyUp())
    const facts = await this.#settle(this.#requireBackend().drives.facts())
    for (const { slot, state } of facts.drives) if (state !== 'ok' && !this.#rotten.has(slot)) throw new SimulationFailure(`drive ${slot} is ${state} after everything was healed`)
    await this.#settle(this.check('after tidying'))
    await this.#settle(this.#close())
    this.#searchLeaks()
    // Any m drives away, and no catalogue: still everything.
    this.#images = []
    this.#lastImage = undefined
    const away = new Set<number>(this.#rotten)
    while (away.size < this.parity) away.add(this.dice.below(this.media.length))
    this.#life = new Life()
    await this.start(away)
    await this.#settle(this.check('with parity drives away'))
    await this.#settle(this.#close())
  }

  #connect(slot: number): DriveConnection {
    const connection = this.#medium(slot).connect({ memory: slab.bytes, clock: this.clock, life: this.#life, dice: this.dice, path: `/drive/${slot}` })
    return this.#options.wrap?.(connection, slot) ?? connection
  }

  #medium(slot: number): SimulatedMedium {
    return this.media[slot] as SimulatedMedium
  }

  async #settle<T>(work: Promise<T>): Promise<T> {
    const outcome = await runUntil(work, this.clock, this.#life)
    if (outcome === 'dead') throw new Error('nobody killed this life')
    return outcome.value
  }

  /** False when the process died on the way. */
  async #attempt(work: Promise<void>): Promise<boolean> {
    return (await runUntil(work, this.clock, this.#life)) !== 'dead'
  }

  /** Mostly no more than parity allows, counting those that are stale; now and then more, to see that nothing is lost by it. */
  #chooseAway(): Set<number> {
    const away = new Set<number>()
    if (this.#options.driveFaults === false) return away
    const most = this.dice.chance(this.#options.beyondParity ?? 0.1) ? this.media.length : this.parity
    while (this.dice.chance(0.45)) {
      const slot = this.dice.below(this.media.length)
      if (new Set([...away, ...this.#stale, ...this.#rotten, slot]).size > most) break
      away.add(slot)
    }
    return away
  }

  /** Between two lives: a drive is put back from an old copy of itself, or its bits rot; within what parity allows. */
  #spoil(): void {
    if (this.#options.driveFaults === false) return
    const slot = this.dice.below(this.media.length)
    const medium = this.#medium(slot)
    const mayLose = new Set([...this.#stale, ...this.#rotten, slot]).size <= this.parity
    if (mayLose && this.dice.chance(0.15) && medium.restoreCopy?.() === true) {
      this.#stale.add(slot)
      this.tell(`drive ${slot} is an old copy of itself`)
    } else if (mayLose && this.dice.chance(0.1) && medium.rot !== undefined) {
      medium.rot(1 + this.dice.below(8))
      this.#rotten.add(slot)
      this.tell(`bits of drive ${slot} rot`)
    } else if (this.dice.chance(0.3)) medium.saveCopy?.()
  }

  #planFailure(away: ReadonlySet<number>): void {
    const most = this.dice.chance(this.#options.beyondParity ?? 0.1) ? this.media.length : this.parity
    const lost = new Set([...away, ...this.#stale, ...this.#rotten])
    while (this.dice.chance(0.3)) {
      const slot = this.dice.below(this.media.length)
      if (new Set([...lost, slot]).size > most) return
      lost.add(slot)
      const after = this.dice.below(60)
      const fault = this.dice.pick(['io-error', 'gone', 'full', 'read-only'] as const)
      this.#medium(slot).planFailure(after, fault)
      this.#stale.add(slot)
      this.tell(`drive ${slot} will fail with ${fault} in ${after} steps`)
    }
  }

  /** False when the process died, or there are too few drives. */
  async start(away: ReadonlySet<number>): Promise<boolean> {
    for (const medium of this.media) medium.repair()
    for (const slot of away) this.#stale.add(slot)
    const connections = this.media.flatMap((_, slot) => (away.has(slot) ? [] : [this.#connect(slot)]))
    const image = this.#chooseImage()
    this.tell(`start: away [${[...away].join()}], stale [${[...this.#stale].join()}], catalogue ${image === undefined ? 'lost' : 'kept'}, killed at step ${this.#life.killAt}`)
    this.#slots = new SlotPool(slab, 64)
    const opening = (async () => {
      const search = await findSet(connections)
      if (search.set === undefined) throw new StorageError('read-quorum-lost', 'no drives')
      return openErasureBackend({
        set: search.set, slots: this.#slots, codec, storageKey, catalogueKey, catalogueFile: ':memory:', clock: this.clock,
        random: { bytes: (length) => this.dice.bytes(length) }, logger: silentLogger, batchMetadataBytes: 128 * 1024,
        catalogue: { ...(image && { image }), onCommit: (db) => { this.#saveImage(db.serialize()) } },
      })
    })()
    try {
      const outcome = await runUntil(opening, this.clock, this.#life)
      if (outcome === 'dead') return false
      this.backend = outcome.value
      return true
    } catch (error) {
      if (!(error instanceof StorageError) || error.fault !== 'read-quorum-lost' || this.media.length - away.size >= this.media.length - this.parity) throw error
      this.tell('too few drives to open')
      return false
    }
  }

  #saveImage(image: Uint8Array): void {
    if (this.#lastImage !== undefined && this.dice.chance(0.2)) this.#images.push(this.#lastImage)
    this.#lastImage = image
  }

  #chooseImage(): Uint8Array | undefined {
    if (this.dice.chance(0.3)) return undefined
    if (this.#images.length > 0 && this.dice.chance(0.2)) return this.dice.pick(this.#images)
    return this.#lastImage
  }

  /** The process is killed here, whatever it was doing. */
  #die(): void {
    this.#life.dead = true
    this.tell(`killed after ${this.#life.steps} steps`)
    this.backend?.abandon()
    this.backend = undefined
    this.clock.clear()
    this.model.cutOff()
    for (const medium of this.media) medium.crash(this.dice)
  }

  async #close(): Promise<void> {
    await this.#requireBackend().close()
    this.backend = undefined
    this.clock.clear()
    this.model.cutOff()
  }

  #requireBackend(): ErasureBackend {
    if (this.backend === undefined) throw new Error('the store is not open')
    return this.backend
  }

  /** Drives that the store itself calls whole are whole. */
  async #noteStale(): Promise<void> {
    const { drives } = await this.#requireBackend().drives.facts()
    for (const { slot, state } of drives) {
      if (state === 'ok' && !this.#medium(slot).willFail) this.#stale.delete(slot)
      else this.#stale.add(slot)
    }
  }

  // --- what clients do ---

  async #operate(): Promise<void> {
    const backend = this.#requireBackend()
    if (!this.model.bucketExists) await this.#makeBucket(backend)
    const running = new Set<Promise<void>>()
    const count = this.#options.operationsPerLife ?? 5 + this.dice.below(25)
    for (let done = 0; done < count; done++) {
      const operation = this.#operation(backend).finally(() => running.delete(operation))
      running.add(operation)
      if (running.size > this.dice.below(6)) await Promise.race(running)
    }
    await Promise.all(running)
  }

  async #makeBucket(backend: ErasureBackend): Promise<void> {
    try {
      await backend.createBucket(bucketName, {})
      this.model.bucketExists = true
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (error.fault === 'bucket-exists') this.model.bucketExists = true
      else this.#expectLostQuorum(error)
    }
  }

  async #operation(backend: ErasureBackend): Promise<void> {
    if (!this.model.bucketExists) return
    const kind = this.dice.below(100)
    try {
      if (kind < 40) await this.put(backend, this.dice.pick(names))
      else if (kind < 55) await this.remove(backend, this.dice.pick(names))
      else if (kind < 65) await this.retag(backend, this.dice.pick(names))
      else if (kind < 80) await this.multipart(backend, this.dice.pick(names))
      else if (kind < 88) await this.secret(backend, this.dice.pick(secretPaths))
      else if (kind < 91) await this.putDocument(backend)
      else if (kind < 94) await backend.tidyUp()
      else await this.#readOne(backend, this.dice.pick(names))
    } catch (error) {
      if (error instanceof StorageError) this.#expectLostQuorum(error)
      else if (error instanceof RecordStoreError) this.#expectFault(error.fault === 'not-written', error)
      else throw error
    }
  }

  #expectLostQuorum(error: StorageError): void {
    this.#expectFault(['write-quorum-lost', 'storage-full', 'read-quorum-lost', 'damaged'].includes(error.fault), error)
  }

  #expectFault(isExpected: boolean, error: Error): void {
    if (!isExpected || this.#options.driveFaults === false) throw new SimulationFailure(`unexpected: ${error.message}`, { cause: error })
  }

  #size(): number {
    if (this.dice.chance(this.#options.largeBodies ?? 0.03)) return 1024 * 1024 + 1 + this.dice.below(5000)
    return this.dice.chance(0.1) ? 0 : 1 + this.dice.below(300)
  }

  async #stage(backend: ErasureBackend, id: number, size: number, reduced: boolean) {
    if (size === 0) return undefined
    return backend.stageBody(size, byteSourceOf(bytesOf(id, size)), { digests: [] }, reduced ? 'REDUCED_REDUNDANCY' : 'STANDARD', noSignal)
  }

  async put(backend: ErasureBackend, name: string, size = this.#size()): Promise<void> {
    // Where drives lose what they had, one parity drive is not enough for a history that allows more.
    const reduced = this.#options.files !== true && this.dice.chance(0.1)
    const version: Version = { id: this.model.nextId(), sizes: [size], tag: 0, multipart: false, reduced }
    const body = await this.#stage(backend, version.id, version.sizes[0] ?? 0, reduced)
    const onlyNew = this.#options.driveFaults !== false && this.dice.chance(0.2)
    const cell = this.model.object(name)
    const write = cell.begin(version)
    this.tell(`put ${name} = ${version.id} (${String(version.sizes[0])})${onlyNew ? ' if absent' : ''}`)
    try {
      await backend.putVersion({
        bucket: bucketName, name, etag: `e${version.id}`, storageClass: reduced ? 'REDUCED_REDUNDANCY' : 'STANDARD', attributes: { id: version.id, tag: 0 },
        partAttributes: { id: version.id }, body,
        ...(onlyNew && { precondition: (current: ObjectVersion | undefined) => { if (current !== undefined) throw new Refused() } }),
      })
      write.acknowledge()
      this.tell(`  put ${version.id} acknowledged`)
    } catch (error) {
      write.refuse(error instanceof Refused)
      if (error instanceof Refused) return
      this.tell(`  put ${version.id} refused`)
      throw error
    }
  }

  async remove(backend: ErasureBackend, name: string): Promise<void> {
    const write = this.model.object(name).begin(undefined)
    this.tell(`delete ${name}`)
    try {
      await backend.deleteVersions(bucketName, [{ name }])
      write.acknowledge()
      this.tell(`  delete ${name} acknowledged`)
    } catch (error) {
      write.refuse(false)
      throw error
    }
  }

  async retag(backend: ErasureBackend, name: string): Promise<void> {
    const cell = this.model.object(name)
    let write: ReturnType<Cell<Value>['begin']> | undefined
    let tagged: Version | undefined
    try {
      const current = await backend.findVersion(bucketName, name)
      if (current === undefined) return
      const tag = this.model.nextId()
      const id = Number(current.attributes['id'])
      await backend.replaceAttributes(bucketName, name, { id, tag }, (found) => {
        if (Number(found?.attributes['id']) !== id) throw new Refused()
        tagged = { ...versionOf(found as ObjectVersion), tag }
        write = cell.begin(tagged)
        this.tell(`tag ${name} = ${keyOf(tagged)}`)
      })
      write?.acknowledge()
      this.tell(`  tag ${name} acknowledged`)
    } catch (error) {
      if (error instanceof Refused) return
      write?.refuse(false)
      if (error instanceof StorageError && error.fault === 'no-such-version') return
      throw error
    }
  }

  async multipart(backend: ErasureBackend, name: string, fate: 'open' | 'abort' | 'complete' = this.dice.pick(['open', 'abort', 'complete', 'complete'])): Promise<void> {
    const info = await backend.createUpload({ bucket: bucketName, name, storageClass: 'STANDARD', attributes: {} })
    const upload: UploadModel = { uploadId: info.uploadId, name, parts: new Map(), end: 'open' }
    this.model.uploads.set(info.uploadId, upload)
    this.tell(`upload ${info.uploadId.slice(0, 6)} of ${name}`)
    const count = 1 + this.dice.below(3)
    for (let done = 0; done < count; done++) await this.#putPart(backend, info, upload, 1 + this.dice.below(3))
    if (fate === 'open') return
    if (fate === 'abort') {
      upload.end = 'perhaps'
      await backend.abortUpload(info)
      upload.end = 'ended'
      this.tell(`  upload ${info.uploadId.slice(0, 6)} aborted`)
      return
    }
    await this.#complete(backend, info, upload)
  }

  async #putPart(backend: ErasureBackend, info: UploadInfo, upload: UploadModel, partNumber: number): Promise<void> {
    const part = { id: this.model.nextId(), size: this.#size() }
    const body = await this.#stage(backend, part.id, part.size, false)
    let cell = upload.parts.get(partNumber)
    if (cell === undefined) upload.parts.set(partNumber, (cell = newPartCell()))
    const write = cell.begin(part)
    this.tell(`part ${info.uploadId.slice(0, 6)} ${partNumber} = ${part.id} (${part.size})`)
    try {
      await backend.putPart(info, { partNumber, etag: `e${part.id}`, attributes: { id: part.id }, body })
      write.acknowledge()
      this.tell(`  part ${part.id} acknowledged`)
    } catch (error) {
      write.refuse(false)
      throw error
    }
  }

  async #complete(backend: ErasureBackend, info: UploadInfo, upload: UploadModel): Promise<void> {
    const parts = [...upload.parts].sort(([a], [b]) => a - b)
    const chosen = parts.filter((_, index) => index === 0 || this.dice.chance(0.7))
    const version: Version = { id: this.model.nextId(), sizes: chosen.map(([, cell]) => cell.acknowledged?.size ?? 0), tag: 0, multipart: true, reduced: false }
    const write = this.model.object(upload.name).begin(version)
    upload.end = 'perhaps'
    this.tell(`complete ${info.uploadId.slice(0, 6)} ${upload.name} = ${version.id} of parts ${chosen.map(([number]) => number).join()}`)
    try {
      const ids = chosen.map(([, cell]) => cell.acknowledged?.id ?? 0)
      await backend.completeUpload(info, { partNumbers: chosen.map(([number]) => number), etag: `e${version.id}-${ids.length}`, attributes: { id: version.id, tag: 0, ids } })
      write.acknowledge()
      upload.end = 'ended'
      this.tell(`  complete ${version.id} acknowledged`)
    } catch (error) {
      write.refuse(false)
      throw error
    }
  }

  async secret(backend: ErasureBackend, path: string, isDeleted = this.dice.chance(0.3)): Promise<void> {
    const value = isDeleted ? undefined : this.model.nextId()
    const write = this.model.secret(path).begin(value)
    this.tell(`secret ${path} = ${String(value)}`)
    try {
      if (value === undefined) await backend.recordStore.delete(path)
      else await backend.recordStore.put(path, Buffer.from(String(value)))
      write.acknowledge()
    } catch (error) {
      write.refuse(false)
      throw error
    }
  }

  async putDocument(backend: ErasureBackend): Promise<void> {
    const value = this.model.nextId()
    const write = this.model.document.begin(value)
    try {
      await backend.putBucketDocument(bucketName, 'note', String(value))
      write.acknowledge()
    } catch (error) {
      write.refuse(false)
      throw error
    }
  }

  async #readOne(backend: ErasureBackend, name: string): Promise<void> {
    const before = this.model.object(name).allowed()
    const found = await backend.findVersion(bucketName, name)
    const after = this.model.object(name).allowed()
    const key = keyOf(found === undefined ? undefined : versionOf(found))
    if (![...before, ...after].some((value) => keyOf(value) === key)) throw new SimulationFailure(`${name} is ${key} during writes`)
    if (found !== undefined) await this.#checkBytes(backend, found)
  }

  // --- what must be true ---

  /** Everything acknowledged is there, whole and newest; what was not is there whole or not at all. */
  async check(when: string): Promise<void> {
    const backend = this.#requireBackend()
    const buckets = await backend.listBuckets()
    if (this.model.bucketExists && buckets.length !== 1) throw new SimulationFailure(`${when}: the bucket is gone`)
    if (buckets.length === 0) return
    this.model.bucketExists = true
    // A store that may not write decides nothing for good.
    const decides = backend.health() !== 'read-only' && backend.health() !== 'offline'
    const seen = new Map<string, Value>()
    let unknown = false
    for (const [name, cell] of this.model.objects) {
      const value = await this.#checkObject(backend, when, name, cell, decides)
      if (value === 'unknown') unknown = true
      else seen.set(name, value)
    }
    await this.#checkUploads(backend, when, decides)
    for (const [path, cell] of this.model.secrets) {
      const bytes = await backend.recordStore.get(path)
      this.#expectAllowed(when, path, bytes === undefined ? undefined : Number(Buffer.from(bytes).toString()), cell, decides)
    }
    const note = (await backend.findBucket(bucketName))?.documents['note']
    this.#expectAllowed(when, 'document', note === undefined ? undefined : Number(note), this.model.document, decides)
    if (!unknown) await this.#checkLists(backend, when, seen)
  }

  #expectAllowed<T>(when: string, what: string, found: T, cell: Cell<T>, decides: boolean): void {
    if (!cell.allowed().includes(found)) throw new SimulationFailure(`${when}: ${what} is ${String(found)}, not one of ${cell.allowed().map(String).join()}`)
    if (decides) cell.collapse(found)
  }

  async #checkObject(backend: ErasureBackend, when: string, name: string, cell: Cell<Value>, decides: boolean): Promise<Value | 'unknown'> {
    let found: ObjectVersion | undefined
    try {
      found = await backend.findVersion(bucketName, name)
    } catch (error) {
      const lost = await this.#lostDrives(backend)
      const tooManyLost = cell.allowed().some((value) => lost > (value?.reduced === true ? Math.min(1, this.parity) : this.parity))
      const mayBeUnknown = error instanceof StorageError && error.fault === 'read-quorum-lost' && lost > 0 && (cell.allowed().length > 1 || tooManyLost)
      if (!mayBeUnknown) throw new SimulationFailure(`${when}: nobody can tell what ${name} is, of ${cell.allowed().map(keyOf).join()}`, { cause: error })
      return 'unknown'
    }
    const value = found === undefined ? undefined : versionOf(found)
    const match = cell.allowed().find((allowed) => keyOf(allowed) === keyOf(value))
    if (match === undefined && value !== undefined) {
      throw new SimulationFailure(`${when}: ${name} is ${keyOf(value)}, not one of ${cell.allowed().map(keyOf).join()}`)
    }
    if (value === undefined && !cell.allowed().includes(undefined)) throw new SimulationFailure(`${when}: ${name} is gone, expected ${cell.allowed().map(keyOf).join()}`)
    if (found !== undefined) await this.#checkBytes(backend, found)
    if (decides) cell.collapse(value)
    return value
  }

  async #checkBytes(backend: ErasureBackend, version: ObjectVersion): Promise<void> {
    const ids = partIds(version)
    const sizes = version.parts.map((part) => part.body.size)
    if (version.size !== sizes.reduce((sum, size) => sum + size, 0)) throw new SimulationFailure(`${version.name} has ${version.size} bytes, its parts do not`)
    for (const [index, part] of version.parts.entries()) await this.#checkPart(backend, part, ids[index] ?? 0)
  }

  async #checkPart(backend: ErasureBackend, part: StoredPart, id: number): Promise<void> {
    const { size } = part.body
    if (size === 0) return
    const offset = this.dice.chance(0.3) ? this.dice.below(size) : 0
    const length = offset === 0 ? size : 1 + this.dice.below(size - offset)
    try {
      const bytes = await readAll(backend.readBody(part.body, offset, length, {}, noSignal), length)
      const expected = bytesOf(id, size).subarray(offset, offset + length)
      if (bytes === undefined || Buffer.compare(bytes, expected) !== 0) throw new SimulationFailure(`body ${id} has wrong bytes`)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      const lost = await this.#lostDrives(backend)
      const needed = this.media.length - Number((part.body.reference['p'] as { m?: number } | undefined)?.m ?? this.parity)
      if (error.fault !== 'read-quorum-lost' && error.fault !== 'damaged') throw error
      if (this.media.length - lost >= needed) throw new SimulationFailure(`body ${id} cannot be read (${error.fault}) with ${lost} drives lost`, { cause: error })
    }
  }

  /** Drives that may lack something: away, failed or not healed yet. */
  async #lostDrives(backend: ErasureBackend): Promise<number> {
    const { drives } = await backend.drives.facts()
    return drives.filter(({ slot, state }) => state !== 'ok' || this.#stale.has(slot) || this.#rotten.has(slot)).length
  }

  async #checkUploads(backend: ErasureBackend, when: string, decides: boolean): Promise<void> {
    const page = await backend.listUploads({ bucket: bucketName, prefix: '', delimiter: '', afterName: '', afterUploadId: '', limit: 1000 })
    const open = new Map(page.uploads.map((upload) => [upload.uploadId, upload]))
    for (const [uploadId, model] of this.model.uploads) {
      const info = open.get(uploadId)
      open.delete(uploadId)
      if (info === undefined && model.end === 'open') throw new SimulationFailure(`${when}: upload ${uploadId} of ${model.name} is gone`)
      if (info !== undefined && model.end === 'ended') throw new SimulationFailure(`${when}: upload ${uploadId} of ${model.name} is back`)
      if (info === undefined) {
        if (decides) this.model.uploads.delete(uploadId)
        continue
      }
      if (decides) model.end = 'open'
      await this.#checkParts(backend, when, info, model, decides)
    }
    // Created without an answer: it is there, whole and empty. A store that may not write may be alone in having it.
    if (!decides) return
    for (const info of open.values()) this.model.uploads.set(info.uploadId, { uploadId: info.uploadId, name: info.name, parts: new Map(), end: 'open' })
  }

  async #checkParts(backend: ErasureBackend, when: string, info: UploadInfo, model: UploadModel, decides: boolean): Promise<void> {
    let parts
    try {
      parts = await backend.listParts(info, 0, 1000)
    } catch (error) {
      if (error instanceof StorageError && error.fault === 'read-quorum-lost' && backend.health() !== 'ok') return
      throw error
    }
    const byNumber = new Map(parts.map((part) => [part.partNumber, part]))
    for (const [number, cell] of model.parts) {
      const part = byNumber.get(number)
      byNumber.delete(number)
      const id = part === undefined ? undefined : Number(part.attributes['id'])
      const match = cell.allowed().find((allowed) => allowed?.id === id)
      if (match === undefined && id !== undefined) throw new SimulationFailure(`${when}: part ${number} of ${info.uploadId.slice(0, 6)} is ${id}, not one of ${cell.allowed().map((part) => part?.id).join()}`)
      if (id === undefined && !cell.allowed().includes(undefined)) throw new SimulationFailure(`${when}: part ${number} of ${info.uploadId} is gone`)
      if (decides) cell.collapse(match)
      if (part !== undefined) await this.#checkPart(backend, part, id ?? 0)
    }
    if (byNumber.size > 0) throw new SimulationFailure(`${when}: parts out of nowhere`)
  }

  /** Lists agree with gets, whatever the page and the delimiter. */
  async #checkLists(backend: ErasureBackend, when: string, seen: ReadonlyMap<string, Value>): Promise<void> {
    const present = [...seen].filter(([, value]) => value !== undefined).map(([name]) => name)
    const delimiter = this.dice.chance(0.5) ? '/' : ''
    const prefix = this.dice.pick(['', '', 'a', 'a/', 'z'])
    const limit = 1 + this.dice.below(4)
    const expected = new Set<string>()
    for (const name of present) {
      if (!name.startsWith(prefix)) continue
      const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
      expected.add(at < 0 ? `o:${name}` : `p:${name.slice(0, at + 1)}`)
    }
    const found: string[] = []
    let after: string | undefined = ''
    while (after !== undefined) {
      const page = await backend.listVersions({ bucket: bucketName, prefix, delimiter, after, limit })
      found.push(...page.objects.map(({ name }) => `o:${name}`), ...page.commonPrefixes.map((name) => `p:${name}`))
      for (const listed of page.objects) {
        if (keyOf(versionOf(listed)) !== keyOf(seen.get(listed.name))) throw new SimulationFailure(`${when}: the list shows another ${listed.name}`)
      }
      after = page.next
    }
    if (found.length !== expected.size || found.some((entry) => !expected.has(entry))) {
      throw new SimulationFailure(`${when}: list of '${prefix}' by '${delimiter}' gave [${found.join()}], expected [${[...expected].join()}]`)
    }
  }

  /** After tidying every drive holds the same, and just what the model says is live. */
  #searchLeaks(): void {
    let records = 1 + 1 + (this.model.bucketExists ? 1 : 0)
    let files = 0
    for (const { acknowledged } of this.model.objects.values()) {
      if (acknowledged === undefined) continue
      records += 1 + (acknowledged.tag > 0 ? 1 : 0) + (acknowledged.multipart ? acknowledged.sizes.length : 0)
      files += acknowledged.sizes.filter(isLarge).length
    }
    for (const { acknowledged } of this.model.secrets.values()) if (acknowledged !== undefined) records++
    for (const upload of this.model.uploads.values()) {
      const parts = [...upload.parts.values()].flatMap(({ acknowledged }) => (acknowledged === undefined ? [] : [acknowledged]))
      records += 1 + parts.length
      files += parts.filter(({ size }) => isLarge(size)).length
    }
    if (this.#slots.bytesInUse !== 0) throw new SimulationFailure(`${this.#slots.bytesInUse} bytes of shared memory were never given back`)
    for (const [slot, medium] of this.media.entries()) {
      if (this.#rotten.size > 0) return
      const contents = medium.contents()
      if (contents.files.length !== files) throw new SimulationFailure(`drive ${slot} has ${contents.files.length} shard files, ${files} are live`)
      if (contents.sequences !== undefined && contents.sequences.length !== records) {
        throw new SimulationFailure(`drive ${slot} has ${contents.sequences.length} records (${medium.describe()}), ${records} are live (roster and claim included)`)
      }
    }
  }
}

class Refused extends Error {}

function newPartCell(): Cell<{ readonly id: number; readonly size: number } | undefined> {
  return new Cell<{ readonly id: number; readonly size: number } | undefined>(undefined)
}

function isLarge(size: number): boolean {
  return size > 1024 * 1024
}

function partIds(version: ObjectVersion): readonly number[] {
  const ids = version.attributes['ids']
  return Array.isArray(ids) ? ids.map(Number) : version.parts.map(({ attributes }) => Number(attributes['id']))
}

function versionOf(found: ObjectVersion): Version {
  return { id: Number(found.attributes['id']), tag: Number(found.attributes['tag']), sizes: found.parts.map((part) => part.body.size), multipart: found.etag.includes('-'), reduced: found.storageClass !== 'STANDARD' }
}
