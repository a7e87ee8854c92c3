// What the log amounts to: names → newest versions → records. SQLite with encrypted pages, one transaction open at a time, committed lazily
// together with its place in the log. Derived state: whatever is wrong with the file, it is thrown away and built again from the drives.
import Database from 'better-sqlite3'
import { rmSync } from 'node:fs'
import type { Clock } from '../../../base/clock.ts'
import { applyRecord, dropOrphans, type Applied, type ApplyContext, type DeadRecord } from './catalogue-apply.ts'
import { catalogueVersion, createTables, liveRole, prepareStatements, type BucketEntry, type CatalogueStatements, type LiveRow } from './catalogue-schema.ts'
import { NewestCache } from './newest-cache.ts'
import type { BucketBody, LogRecord } from './record-body.ts'

export interface CatalogueOptions {
  /** A path, or ':memory:' . */
  readonly file: string
  /** 32 bytes; pages are in clear in memory only. */
  readonly key: Uint8Array
  readonly deploymentId: string
  readonly clock: Clock
  /** A database as it was serialised, for tests that keep a catalogue in memory across a crash. */
  readonly image?: Uint8Array
  /** Called after each commit. */
  readonly onCommit?: (db: Database.Database) => void
}

export interface Purgeable {
  readonly role: number
  readonly sequences: readonly number[]
}

const commitDelayMs = 200
const commitChangesMax = 2000
const checkpointPages = 4000

export class Catalogue {
  readonly statements: CatalogueStatements
  readonly newest = new NewestCache()
  /** By id. */
  readonly buckets = new Map<number, BucketEntry>()
  readonly #byName = new Map<string, BucketEntry>()
  readonly #db: Database.Database
  readonly #clock: Clock
  readonly #onCommit: ((db: Database.Database) => void) | undefined
  readonly #context: ApplyContext
  #dead: DeadRecord[] = []
  #position: number
  #committed: number
  #changes = 0
  #inTransaction = false
  #holding = false
  #cancelTimer: (() => void) | undefined
  #waitingForCommit: (() => void)[] = []

  constructor(db: Database.Database, options: CatalogueOptions) {
    this.#db = db
    this.#clock = options.clock
    this.#onCommit = options.onCommit
    this.statements = prepareStatements(db)
    this.#position = this.#numberFact('position')
    this.#committed = this.#position
    for (const row of this.statements.allBuckets.all()) this.#setBucket({ id: row.id, sequence: row.sequence, body: JSON.parse(row.json) as BucketBody })
    this.#context = {
      statements: this.statements,
      buckets: this.buckets,
      deletions: Number(this.statements.countDeletions.get()),
      setBucket: (entry) => { this.#setBucket(entry) },
      dropBucket: (id) => { this.#dropBucket(id) },
      dead: (sequence, payloadId) => { this.#dead.push({ sequence, payloadId }) },
    }
  }

  /** Everything up to and with this sequence number is applied. */
  get position(): number {
    return this.#position
  }

  get committedPosition(): number {
    return this.#committed
  }

  bucketByName(name: string): BucketEntry | undefined {
    return this.#byName.get(name)
  }

  /** In order of sequence numbers; a record below the position (one that was undecided) finds its place too. */
  apply(record: LogRecord): Applied {
    this.#begin()
    this.newest.forgetBy(record)
    const applied = applyRecord(this.#context, record)
    this.#position = Math.max(this.#position, record.sequence)
    this.#changed()
    return applied
  }

  /** Records that died since the last call. */
  takeDead(): DeadRecord[] {
    const dead = this.#dead
    this.#dead = []
    return dead
  }

  /** A record that counts as written and that nobody can read now: it stays on the drives. */
  keepUnread(sequence: number): void {
    this.#begin()
    this.statements.addLive.run(sequence, liveRole.content, null)
    this.#position = Math.max(this.#position, sequence)
    this.#changed()
  }

  /** See dropOrphans. */
  dropOrphans(): void {
    this.#begin()
    this.newest.clear()
    dropOrphans(this.#context)
    this.#changed()
  }

  isLive(sequence: number): boolean {
    return this.statements.findLive.get(sequence) !== undefined
  }

  /** The next live records above a sequence number, at most `limit`. */
  liveAfter(sequence: number, limit: number): readonly LiveRow[] {
    return this.statements.liveFrom.all(sequence, limit)
  }

  /** Payload ids of shard files that live records refer to. */
  livePayloads(): Set<string> {
    return new Set(this.statements.livePayloads.all() as string[])
  }

  tombstoneCount(): number {
    return Number(this.statements.countTombstones.get())
  }

  liveCount(): number {
    return Number(this.statements.countLive.get())
  }

  /** Tombstones that no dead record below `floor` needs any more, at most `max`. Completions go before what they might bring back. */
  purgeable(floor: number, max: number): Purgeable {
    const completions = this.statements.tombstonesBelow.all(liveRole.completion, floor, max) as number[]
    if (completions.length > 0) return { role: liveRole.completion, sequences: completions }
    const first = this.statements.firstTombstone.get(liveRole.completion) as number | null
    const bound = Math.min(floor, first ?? Number.MAX_SAFE_INTEGER)
    return { role: liveRole.tombstone, sequences: this.statements.tombstonesBelow.all(liveRole.tombstone, bound, max) as number[] }
  }

  /** Forgets tombstones that `purgeable` named: all of their role up to the last of them. */
  purge({ role, sequences }: Purgeable): void {
    const last = sequences.at(-1)
    if (last === undefined) return
    this.#begin()
    for (const sequence of sequences) this.#forget(sequence)
    if (role === liveRole.tombstone) {
      this.statements.dropDeletionsBelow.run(last + 1)
      this.statements.dropDeletedSecretsBelow.run(last + 1)
      this.#context.deletions = Number(this.statements.countDeletions.get())
    }
    this.#changed()
  }

  /** Commits now. */
  commit(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (!this.#inTransaction || this.#holding) return
    this.statements.putFact.run('position', this.#position)
    this.statements.commit.run()
    this.#inTransaction = false
    this.#committed = this.#position
    this.#changes = 0
    this.#onCommit?.(this.#db)
    const waiting = this.#waitingForCommit
    this.#waitingForCommit = []
    for (const resume of waiting) resume()
  }

  /** Calls back after the commit that holds everything applied so far; at once when there is nothing to commit. */
  afterCommit(callback: () => void): void {
    if (this.#inTransaction) this.#waitingForCommit.push(callback)
    else callback()
  }

  /** From now on nothing is committed, for a start that may not decide anything. */
  holdCommits(): void {
    this.#holding = true
  }

  /** Once closed, its statements must not be used. */
  get isOpen(): boolean {
    return this.#db.open
  }

  close(): void {
    this.#cancelTimer?.()
    if (this.#holding && this.#inTransaction) this.statements.rollback.run()
    else this.commit()
    this.#db.close()
  }

  /** Lets go without a commit, as a crash would. */
  abandon(): void {
    this.#cancelTimer?.()
    this.#db.close()
  }

  #forget(sequence: number): void {
    const row = this.statements.dropLive.get(sequence)
    this.#dead.push({ sequence, payloadId: row?.payload ?? undefined })
  }

  #begin(): void {
    if (this.#inTransaction) return
    this.statements.begin.run()
    this.#inTransaction = true
  }

  #changed(): void {
    this.#changes++
    if (this.#holding) return
    if (this.#changes >= commitChangesMax) this.commit()
    else this.#cancelTimer ??= this.#clock.after(commitDelayMs, () => { this.commit() })
  }

  #numberFact(name: string): number {
    return Number(this.statements.findFact.get(name)?.value ?? 0)
  }

  #setBucket(entry: BucketEntry): void {
    this.#dropBucket(entry.id)
    this.buckets.set(entry.id, entry)
    this.#byName.set(entry.body.n, entry)
  }

  #dropBucket(id: number): void {
    const old = this.buckets.get(id)
    this.buckets.delete(id)
    if (old !== undefined && this.#byName.get(old.body.n) === old) this.#byName.delete(old.body.n)
  }
}

/** Opens the catalogue, or a new one when there is none, it is of another deployment or version, or it is damaged. */
export function openCatalogue(options: CatalogueOptions): Catalogue {
  const kept = tryOpen(options)
  if (kept !== undefined) return kept
  return openEmptyCatalogue(options)
}

/** Throws away what is there. */
export function openEmptyCatalogue(options: CatalogueOptions): Catalogue {
  if (options.file !== ':memory:') for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(options.file + suffix, { force: true })
  const db = openDatabase(options, undefined)
  createTables(db)
  db.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?), (?, ?)').run('version', catalogueVersion, 'deployment', options.deploymentId)
  return new Catalogue(db, options)
}

function tryOpen(options: CatalogueOptions): Catalogue | undefined {
  if (options.file === ':memory:' && options.image === undefined) return undefined
  let db: Database.Database | undefined
  try {
    db = openDatabase(options, options.image)
    const fact = (name: string): unknown => db?.prepare('SELECT value FROM facts WHERE name = ?').pluck().get(name)
    if (fact('version') === catalogueVersion && fact('deployment') === options.deploymentId) return new Catalogue(db, options)
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
  }
  db?.close()
  return undefined
}

function openDatabase(options: CatalogueOptions, image: Uint8Array | undefined): Database.Database {
  const db = new Database(image === undefined ? options.file : Buffer.from(image))
  if (options.file !== ':memory:') {
    db.pragma("cipher = 'aegis'")
    // The `raw:` prefix hands over the key itself; it is not stretched like a password.
    const raw = Buffer.concat([Buffer.from('raw:'), options.key])
    ;(db as Database.Database & { key(key: Buffer): unknown }).key(raw)
    raw.fill(0)
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  }
  db.pragma('temp_store = MEMORY')
  db.pragma('cache_size = -65536')
  return db
}
