// Tables of the catalogue and every statement on them, prepared once. Names are UTF-8 bytes, so that SQLite's order of blobs is the
// order of S3. Derived state: a change of shape is a new `catalogueVersion`, and old files are thrown away.
import type Database from 'better-sqlite3'
import type { BucketBody } from './record-body.ts'

export const catalogueVersion = 1

const schema = `
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS live (sequence INTEGER PRIMARY KEY, role INTEGER NOT NULL, payload TEXT);
CREATE INDEX IF NOT EXISTS live_tombstones ON live (role, sequence) WHERE role > 0;
CREATE TABLE IF NOT EXISTS buckets (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (bucket INTEGER, name BLOB, sequence INTEGER NOT NULL, kind INTEGER NOT NULL, json TEXT NOT NULL,
  attributes_sequence INTEGER, attributes TEXT, PRIMARY KEY (bucket, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (bucket INTEGER, name BLOB, sequence INTEGER NOT NULL, PRIMARY KEY (bucket, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (bucket INTEGER, name BLOB, upload TEXT, sequence INTEGER NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (bucket, name, upload)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload_parts (upload TEXT, number INTEGER, sequence INTEGER NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (upload, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS version_parts (version INTEGER, number INTEGER, sequence INTEGER NOT NULL, size INTEGER NOT NULL, json TEXT,
  PRIMARY KEY (version, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secrets (path BLOB PRIMARY KEY, sequence INTEGER NOT NULL, value BLOB) WITHOUT ROWID;
`

/** What a live record is for: 0 it says something that holds · 1 a tombstone · 2 a completion that was superseded, a tombstone for its upload and parts. */
export const liveRole = { content: 0, tombstone: 1, completion: 2 } as const

export interface ObjectRow {
  readonly sequence: number
  readonly kind: number
  readonly json: string
  readonly attributes_sequence: number | null
  readonly attributes: string | null
}
export interface NamedObjectRow extends ObjectRow {
  readonly name: Buffer
}
export interface PartRow {
  readonly number: number
  readonly sequence: number
  readonly json: string
}
export interface VersionPartRow {
  readonly number: number
  readonly sequence: number
  readonly size: number
  readonly json: string | null
}
export interface UploadRow {
  readonly sequence: number
  readonly json: string
}
export interface NamedUploadRow extends UploadRow {
  readonly name: Buffer
  readonly upload: string
}
export interface LiveRow {
  readonly sequence: number
  readonly role: number
  readonly payload: string | null
}

export interface BucketEntry {
  /** The sequence of the record that created it. */
  readonly id: number
  /** Of the newest record about it. */
  readonly sequence: number
  readonly body: BucketBody
}

export function createTables(db: Database.Database): void {
  db.exec(schema)
}

export type CatalogueStatements = ReturnType<typeof prepareStatements>

export function prepareStatements(db: Database.Database) {
  const objectColumns = 'sequence, kind, json, attributes_sequence, attributes'
  return {
    begin: db.prepare('BEGIN'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    findFact: db.prepare<[string], { value: string | number }>('SELECT value FROM facts WHERE name = ?'),
    putFact: db.prepare<[string, string | number]>('INSERT OR REPLACE INTO facts VALUES (?, ?)'),

    addLive: db.prepare<[number, number, string | null]>('INSERT OR REPLACE INTO live VALUES (?, ?, ?)'),
    setRole: db.prepare<[number, number]>('UPDATE live SET role = ? WHERE sequence = ?'),
    dropLive: db.prepare<[number], { payload: string | null }>('DELETE FROM live WHERE sequence = ? RETURNING payload'),
    findLive: db.prepare<[number], LiveRow>('SELECT sequence, role, payload FROM live WHERE sequence = ?'),
    liveFrom: db.prepare<[number, number], LiveRow>('SELECT sequence, role, payload FROM live WHERE sequence > ? ORDER BY sequence LIMIT ?'),
    countLive: db.prepare<[]>('SELECT count(*) FROM live').pluck(),
    livePayloads: db.prepare<[]>('SELECT payload FROM live WHERE payload IS NOT NULL').pluck(),
    tombstonesBelow: db.prepare<[number, number, number]>('SELECT sequence FROM live WHERE role = ? AND sequence < ? ORDER BY sequence LIMIT ?').pluck(),
    firstTombstone: db.prepare<[number]>('SELECT min(sequence) FROM live WHERE role = ?').pluck(),
    countTombstones: db.prepare<[]>('SELECT count(*) FROM live WHERE role > 0').pluck(),

    allBuckets: db.prepare<[], { id: number; sequence: number; json: string }>('SELECT id, sequence, json FROM buckets'),
    putBucket: db.prepare<[number, number, string]>('INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)'),
    dropBucket: db.prepare<[number]>('DELETE FROM buckets WHERE id = ?'),

    findObject: db.prepare<[number, Uint8Array], ObjectRow>(`SELECT ${objectColumns} FROM objects WHERE bucket = ? AND name = ?`),
    putObject: db.prepare<[number, Uint8Array, number, number, string, number | null, string | null]>('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)'),
    putAttributes: db.prepare<[number, string, number, Uint8Array]>('UPDATE objects SET attributes_sequence = ?, attributes = ? WHERE bucket = ? AND name = ?'),
    dropObject: db.prepare<[number, Uint8Array]>('DELETE FROM objects WHERE bucket = ? AND name = ?'),
    anyObject: db.prepare<[number]>('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1').pluck(),
    objectNames: db.prepare<[number]>('SELECT name FROM objects WHERE bucket = ?').pluck(),
    objectsBetween: db.prepare<[number, Uint8Array, Uint8Array, number], NamedObjectRow>(
      `SELECT name, ${objectColumns} FROM objects WHERE bucket = ? AND name > ? AND name < ? ORDER BY name LIMIT ?`),
    objectsFromBetween: db.prepare<[number, Uint8Array, Uint8Array, number], NamedObjectRow>(
      `SELECT name, ${objectColumns} FROM objects WHERE bucket = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`),

    nextObjectBucket: db.prepare<[number]>('SELECT min(bucket) FROM objects WHERE bucket > ?').pluck(),
    nextUploadBucket: db.prepare<[number]>('SELECT min(bucket) FROM uploads WHERE bucket > ?').pluck(),

    findDeletion: db.prepare<[number, Uint8Array]>('SELECT sequence FROM deletions WHERE bucket = ? AND name = ?').pluck(),
    putDeletion: db.prepare<[number, Uint8Array, number]>('INSERT OR REPLACE INTO deletions VALUES (?, ?, ?)'),
    dropDeletion: db.prepare<[number, Uint8Array]>('DELETE FROM deletions WHERE bucket = ? AND name = ?'),
    dropDeletionsBelow: db.prepare<[number]>('DELETE FROM deletions WHERE sequence < ?'),
    countDeletions: db.prepare<[]>('SELECT count(*) FROM deletions').pluck(),

    findUpload: db.prepare<[number, Uint8Array, string], UploadRow>('SELECT sequence, json FROM uploads WHERE bucket = ? AND name = ? AND upload = ?'),
    putUpload: db.prepare<[number, Uint8Array, string, number, string]>('INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?)'),
    dropUpload: db.prepare<[number, Uint8Array, string]>('DELETE FROM uploads WHERE bucket = ? AND name = ? AND upload = ?'),
    uploadsOfBucket: db.prepare<[number], NamedUploadRow>('SELECT name, upload, sequence, json FROM uploads WHERE bucket = ?'),
    uploadsBetween: db.prepare<[number, Uint8Array, string, Uint8Array, number], NamedUploadRow>(
      'SELECT name, upload, sequence, json FROM uploads WHERE bucket = ? AND (name, upload) > (?, ?) AND name < ? ORDER BY name, upload LIMIT ?'),
    findUploadPart: db.prepare<[string, number], PartRow>('SELECT number, sequence, json FROM upload_parts WHERE upload = ? AND number = ?'),
    putUploadPart: db.prepare<[string, number, number, string]>('INSERT OR REPLACE INTO upload_parts VALUES (?, ?, ?, ?)'),
    uploadParts: db.prepare<[string, number, number], PartRow>('SELECT number, sequence, json FROM upload_parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?'),
    dropUploadParts: db.prepare<[string], { sequence: number }>('DELETE FROM upload_parts WHERE upload = ? RETURNING sequence'),
    orphanUploads: db.prepare<[]>('SELECT DISTINCT upload FROM upload_parts WHERE upload NOT IN (SELECT upload FROM uploads)').pluck(),

    putVersionPart: db.prepare<[number, number, number, number, string | null]>('INSERT OR REPLACE INTO version_parts VALUES (?, ?, ?, ?, ?)'),
    versionParts: db.prepare<[number], VersionPartRow>('SELECT number, sequence, size, json FROM version_parts WHERE version = ? ORDER BY number'),
    dropVersionParts: db.prepare<[number], { sequence: number }>('DELETE FROM version_parts WHERE version = ? RETURNING sequence'),

    findSecret: db.prepare<[Uint8Array], { sequence: number; value: Buffer | null }>('SELECT sequence, value FROM secrets WHERE path = ?'),
    putSecret: db.prepare<[Uint8Array, number, Uint8Array | null]>('INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)'),
    dropDeletedSecretsBelow: db.prepare<[number]>('DELETE FROM secrets WHERE value IS NULL AND sequence < ?'),
    secretPaths: db.prepare<[Uint8Array, Uint8Array]>('SELECT path FROM secrets WHERE path >= ? AND path < ? AND value IS NOT NULL ORDER BY path').pluck(),
  }
}
