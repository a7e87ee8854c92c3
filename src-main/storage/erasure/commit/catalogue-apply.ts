// One record's effect on the catalogue. The rule: of two records about the same thing the one with the higher sequence number holds, in
// whatever order they come, so that applying again, or late, changes nothing.
import { encodeUtf8 } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { liveRole, type BucketEntry, type CatalogueStatements, type ObjectRow, type PartRow } from './catalogue-schema.ts'
import type { LogRecord } from './record-body.ts'

export interface DeadRecord {
  readonly sequence: number
  /** Set when its payload is in shard files. */
  readonly payloadId: string | undefined
}

export interface ApplyContext {
  readonly statements: CatalogueStatements
  readonly buckets: ReadonlyMap<number, BucketEntry>
  /** How many rows `deletions` has, so that the usual write needs not look. */
  deletions: number
  setBucket(entry: BucketEntry): void
  dropBucket(id: number): void
  dead(sequence: number, payloadId: string | undefined): void
}

export interface Applied {
  readonly sequence: number
  /** The version that this record superseded or removed. */
  readonly removed: ObjectRow | undefined
}

type RecordOf<Kind extends LogRecord['kind']> = Extract<LogRecord, { kind: Kind }>

export const objectKind = { whole: 0, completed: 1 } as const

export function applyRecord(context: ApplyContext, record: LogRecord): Applied {
  const { sequence } = record
  switch (record.kind) {
    case 'object': return { sequence, removed: applyObject(context, record) }
    case 'delete': return { sequence, removed: applyDelete(context, record) }
    case 'complete': return { sequence, removed: applyComplete(context, record) }
    case 'upload': applyUpload(context, record); break
    case 'part': applyPart(context, record); break
    case 'abort': applyAbort(context, record); break
    case 'bucket': applyBucket(context, record); break
    case 'bucket-delete': applyBucketDelete(context, record); break
    case 'secret': applySecret(context, record.sequence, record.body.p, Buffer.from(record.body.v, 'base64')); break
    case 'secret-delete': applySecret(context, record.sequence, record.body.p, null); break
    case 'attributes': applyAttributes(context, record); break
    case 'roster': applyRoster(context, record); break
    case 'epoch': context.dead(sequence, undefined); break
  }
  return { sequence, removed: undefined }
}

function applyObject(context: ApplyContext, record: RecordOf<'object'>): ObjectRow | undefined {
  const { statements } = context
  const { sequence, body, text } = record
  const payload = toFilePayload(body.p)
  const name = encodeUtf8(body.n)
  const current = statements.findObject.get(body.b, name)
  if ((current !== undefined && current.sequence > sequence) || !clearDeletion(context, body.b, name, sequence)) {
    context.dead(sequence, payload)
    return undefined
  }
  if (current?.sequence === sequence) return undefined
  statements.addLive.run(sequence, liveRole.content, payload ?? null)
  statements.putObject.run(body.b, name, sequence, objectKind.whole, text, null, null)
  if (current !== undefined) supersede(context, current)
  return current
}

function applyComplete(context: ApplyContext, record: RecordOf<'complete'>): ObjectRow | undefined {
  const { statements } = context
  const { sequence, body, text } = record
  const name = encodeUtf8(body.n)
  const current = statements.findObject.get(body.b, name)
  if (current?.sequence === sequence) return undefined
  const sizes = new Map(body.l.map(([, part, size]) => [part, size]))
  endUpload(context, body.b, name, body.u, (row) => {
    const size = sizes.get(row.sequence)
    if (size !== undefined) statements.putVersionPart.run(sequence, row.number, row.sequence, size, row.json)
    return size !== undefined
  })
  for (const [number, part, size] of body.l) {
    // A part that no drive at hand could show: the version says so when it is read.
    if (statements.findLive.get(part) === undefined) statements.putVersionPart.run(sequence, number, part, size, null)
  }
  const hidden = (current !== undefined && current.sequence > sequence) || !clearDeletion(context, body.b, name, sequence)
  statements.addLive.run(sequence, hidden ? liveRole.completion : liveRole.content, null)
  if (hidden) {
    dropParts(context, sequence)
    return undefined
  }
  statements.putObject.run(body.b, name, sequence, objectKind.completed, text, null, null)
  if (current !== undefined) supersede(context, current)
  return current
}

function applyDelete(context: ApplyContext, record: RecordOf<'delete'>): ObjectRow | undefined {
  const { statements } = context
  const { sequence, body } = record
  const name = encodeUtf8(body.n)
  const current = statements.findObject.get(body.b, name)
  if ((current !== undefined && current.sequence > sequence) || !clearDeletion(context, body.b, name, sequence)) {
    context.dead(sequence, undefined)
    return undefined
  }
  statements.addLive.run(sequence, liveRole.tombstone, null)
  statements.putDeletion.run(body.b, name, sequence)
  context.deletions++
  if (current === undefined) return undefined
  statements.dropObject.run(body.b, name)
  supersede(context, current)
  return current
}

/** Takes away an older deletion of the name, which whoever asks now stands for. False when the deletion is the newer one. */
function clearDeletion(context: ApplyContext, bucket: number, name: Uint8Array, sequence: number): boolean {
  if (context.deletions === 0) return true
  const deletion = context.statements.findDeletion.get(bucket, name) as number | undefined
  if (deletion === undefined) return true
  if (deletion >= sequence) return deletion === sequence
  context.statements.dropDeletion.run(bucket, name)
  context.deletions--
  die(context, deletion)
  return true
}

/** The row is no longer a version: its records die; that of a completion stays as a tombstone for its upload and the parts it left out. */
function supersede(context: ApplyContext, row: ObjectRow): void {
  if (row.attributes_sequence !== null) die(context, row.attributes_sequence)
  if (row.kind === objectKind.whole) die(context, row.sequence)
  else {
    context.statements.setRole.run(liveRole.completion, row.sequence)
    dropParts(context, row.sequence)
  }
}

function dropParts(context: ApplyContext, version: number): void {
  for (const part of context.statements.dropVersionParts.all(version)) die(context, part.sequence)
}

function die(context: ApplyContext, sequence: number): void {
  context.dead(sequence, context.statements.dropLive.get(sequence)?.payload ?? undefined)
}

function applyUpload(context: ApplyContext, { sequence, body, text }: RecordOf<'upload'>): void {
  context.statements.addLive.run(sequence, liveRole.content, null)
  context.statements.putUpload.run(body.b, encodeUtf8(body.n), body.u, sequence, text)
}

/** Also when its upload is not known: while a log is replayed its completion may still come. */
function applyPart(context: ApplyContext, { sequence, body, text }: RecordOf<'part'>): void {
  const { statements } = context
  const payload = toFilePayload(body.p)
  const current = statements.findUploadPart.get(body.u, body.r)
  if (current !== undefined && current.sequence > sequence) {
    context.dead(sequence, payload)
    return
  }
  statements.addLive.run(sequence, liveRole.content, payload ?? null)
  statements.putUploadPart.run(body.u, body.r, sequence, text)
  if (current !== undefined && current.sequence < sequence) die(context, current.sequence)
}

/** `keep` says whether a part goes on living; the others die with the upload. */
function endUpload(context: ApplyContext, bucket: number, name: Uint8Array, upload: string, keep: (part: PartRow) => boolean): void {
  const { statements } = context
  const row = statements.findUpload.get(bucket, name, upload)
  const parts = statements.uploadParts.all(upload, 0, -1)
  for (const part of parts) if (!keep(part)) die(context, part.sequence)
  if (parts.length > 0) statements.dropUploadParts.all(upload)
  if (row === undefined) return
  statements.dropUpload.run(bucket, name, upload)
  die(context, row.sequence)
}

function applyAbort(context: ApplyContext, { sequence, body }: RecordOf<'abort'>): void {
  const name = encodeUtf8(body.n)
  endUpload(context, body.b, name, body.u, () => false)
  context.statements.addLive.run(sequence, liveRole.tombstone, null)
}

function applyBucket(context: ApplyContext, { sequence, body, text }: RecordOf<'bucket'>): void {
  const id = body.i ?? sequence
  const current = context.buckets.get(id)
  if (current !== undefined && current.sequence > sequence) {
    context.dead(sequence, undefined)
    return
  }
  context.statements.addLive.run(sequence, liveRole.content, null)
  context.statements.putBucket.run(id, sequence, text)
  context.setBucket({ id, sequence, body })
  if (current !== undefined && current.sequence < sequence) die(context, current.sequence)
}

function applyBucketDelete(context: ApplyContext, { sequence, body }: RecordOf<'bucket-delete'>): void {
  const { statements } = context
  emptyBucket(context, body.i)
  const current = context.buckets.get(body.i)
  if (current !== undefined) {
    statements.dropBucket.run(body.i)
    context.dropBucket(body.i)
    die(context, current.sequence)
  }
  statements.addLive.run(sequence, liveRole.tombstone, null)
}

function emptyBucket(context: ApplyContext, bucket: number): void {
  const { statements } = context
  for (const upload of statements.uploadsOfBucket.all(bucket)) endUpload(context, bucket, upload.name, upload.upload, () => false)
  for (const name of statements.objectNames.all(bucket) as Buffer[]) {
    const row = statements.findObject.get(bucket, name)
    statements.dropObject.run(bucket, name)
    if (row !== undefined) supersede(context, row)
  }
}

/**
 * After a replay: what belongs to nothing. Only then can it be told: the record that a bucket is known by now may be younger than what is
 * in it, and the completion that takes a part is younger than the part.
 */
export function dropOrphans(context: ApplyContext): void {
  const { statements, buckets } = context
  for (const next of [statements.nextObjectBucket, statements.nextUploadBucket]) {
    for (let bucket = next.get(-1) as number | null; bucket !== null; bucket = next.get(bucket) as number | null) {
      if (!buckets.has(bucket)) emptyBucket(context, bucket)
    }
  }
  for (const upload of statements.orphanUploads.all() as string[]) {
    for (const { sequence } of statements.dropUploadParts.all(upload)) die(context, sequence)
  }
}

/** A null value is a tombstone. */
function applySecret(context: ApplyContext, sequence: number, pathText: string, value: Uint8Array | null): void {
  const { statements } = context
  const path = encodeUtf8(pathText)
  const current = statements.findSecret.get(path)
  if (current !== undefined && current.sequence > sequence) {
    context.dead(sequence, undefined)
    return
  }
  statements.addLive.run(sequence, value === null ? liveRole.tombstone : liveRole.content, null)
  statements.putSecret.run(path, sequence, value)
  if (current !== undefined && current.sequence < sequence) die(context, current.sequence)
}

function applyAttributes(context: ApplyContext, { sequence, body }: RecordOf<'attributes'>): void {
  const { statements } = context
  const name = encodeUtf8(body.n)
  const current = statements.findObject.get(body.b, name)
  if (current?.sequence !== body.o || (current.attributes_sequence ?? 0) > sequence) {
    context.dead(sequence, undefined)
    return
  }
  statements.addLive.run(sequence, liveRole.content, null)
  statements.putAttributes.run(sequence, JSON.stringify(body.a), body.b, name)
  if (current.attributes_sequence !== null && current.attributes_sequence < sequence) die(context, current.attributes_sequence)
}

/** Only the newest counts; it repeats what still matters of the older ones. */
function applyRoster(context: ApplyContext, { sequence }: RecordOf<'roster'>): void {
  const { statements } = context
  const current = Number(statements.findFact.get('roster')?.value ?? 0)
  if (current > sequence) {
    context.dead(sequence, undefined)
    return
  }
  statements.addLive.run(sequence, liveRole.content, null)
  statements.putFact.run('roster', sequence)
  if (current !== 0 && current < sequence) die(context, current)
}

/**
 * The id when the bytes are in shard files. By what the record says, not by its size: where the limit between the two forms lies may change.
 * In doubt it is in files, since files that nothing names are removed.
 */
function toFilePayload(placement: JsonObject | undefined): string | undefined {
  return typeof placement?.['i'] === 'string' && placement['f'] !== 0 ? placement['i'] : undefined
}
