// The seam StorageBackend over local drives: a table of contents, each method one line to the file that does it, and the start and the
// end of a store.
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { RandomSource } from '../../base/random.ts'
import type { GcmKey } from '../../crypto/gcm.ts'
import type { Codec } from '../../payload/codec.ts'
import type { SlotPool } from '../../payload/shared-memory.ts'
import type { RecordStore } from '../../seams/record-store.ts'
import { StorageError, type LocalDrives, type StorageBackend } from '../../seams/storage-backend.ts'
import { describePlacement, readBody, stageBody, type BodyStoreDeps } from './body-store.ts'
import { BatchWriter } from './commit/batch-writer.ts'
import type { Applied } from './commit/catalogue-apply.ts'
import { openCatalogue, openEmptyCatalogue, type Catalogue, type CatalogueOptions } from './commit/catalogue.ts'
import { PendingWrites, pendingKeys } from './commit/pending-writes.ts'
import type { LogRecord } from './commit/record-body.ts'
import { RecordReader } from './commit/record-reader.ts'
import { Releases } from './commit/releases.ts'
import { replayLogs, type Replayed } from './commit/replay.ts'
import { Sequencer } from './commit/sequencer.ts'
import { Upkeep } from './commit/upkeep.ts'
import { createBucket, deleteBucket, findBucket, listBuckets, openRecordStore, putBucketDocument } from './documents.ts'
import { toDriveFacts } from './drive-facts.ts'
import { DriveError } from './drives/drive-connection.ts'
import { recordMetadataMax } from './format/record.ts'
import { openLedger, type Ledger } from './heal/ledger.ts'
import { abortUpload, completeUpload, createUpload, findCompleted, findUpload, listParts, putPart } from './multipart.ts'
import { putVersion, replaceAttributes } from './object-commit.ts'
import { deleteVersions } from './object-delete.ts'
import { listUploads, listVersions } from './object-list.ts'
import { findNewest, nullVersionId, requireBucket, type NameDeps } from './object-version.ts'
import { openBodyWriter } from './object-write.ts'
import { watchDrives } from './set/drive-watch.ts'
import { ErasureSet } from './set/erasure-set.ts'
import type { FoundSet } from './set/open-set.ts'

export interface ErasureOptions {
  /** As `findSet` gave it; from now on the backend owns the connections. */
  readonly set: FoundSet
  readonly slots: SlotPool
  readonly codec: Codec
  /** AES-256, for the metadata of records. */
  readonly storageKey: GcmKey
  /** 32 bytes, for the pages of the catalogue. */
  readonly catalogueKey: Uint8Array
  readonly catalogueFile: string
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  /** 0 to 1, while the logs are replayed. */
  readonly onProgress?: (fraction: number) => void
  /** Bytes of metadata in one batch. The largest record must fit. */
  readonly batchMetadataBytes?: number
  /** For tests: see CatalogueOptions. */
  readonly catalogue?: Pick<CatalogueOptions, 'image' | 'onCommit'>
}

export interface ErasureBackend extends StorageBackend {
  /** For the barrier. */
  readonly recordStore: RecordStore
  readonly drives: LocalDrives
  readonly ledger: Ledger
  /** Everything that can be tidied on the drives is tidied when it resolves. */
  tidyUp(): Promise<void>
  /** Resolves when drives and catalogue are let go of. What is under way is finished. */
  close(): Promise<void>
  /** Stops at once, as a crash would; for tests. */
  abandon(): void
}

/** Faults (StorageError): read-quorum-lost (fewer than k drives), damaged (not this storage key, or the log's own records are damaged). */
export async function openErasureBackend(options: ErasureOptions): Promise<ErasureBackend> {
  const { slots, codec, storageKey, clock, logger } = options
  const set = new ErasureSet(options.set)
  const writer = new BatchWriter(set, slots, storageKey, await slots.take(options.batchMetadataBytes ?? recordMetadataMax + 64 * 1024))
  const restore = { set, slots, codec, clock }
  const reader = new RecordReader(set, storageKey)
  let catalogue: Catalogue | undefined
  try {
    const replayed = await replayLogs({
      set, writer, reader, restore, logger,
      openCatalogue: (mayKeep) => (catalogue = openFittingCatalogue(options, mayKeep)),
      onProgress: options.onProgress ?? (() => undefined),
    })
    return await openReplayed(options, set, writer, reader, restore, replayed)
  } catch (error) {
    catalogue?.abandon()
    writer.close()
    await letGo(set)
    throw error
  }
}

function openFittingCatalogue({ catalogueFile, catalogueKey, set, clock, catalogue: forTests }: ErasureOptions, mayKeep: (position: number) => boolean): Catalogue {
  const options: CatalogueOptions = { file: catalogueFile, key: catalogueKey, deploymentId: set.identity.deploymentId, clock, ...forTests }
  const kept = openCatalogue(options)
  if (mayKeep(kept.position)) return kept
  kept.abandon()
  return openEmptyCatalogue(options)
}

async function openReplayed(
  options: ErasureOptions, set: ErasureSet, writer: BatchWriter, reader: RecordReader, restore: { readonly set: ErasureSet; readonly slots: SlotPool; readonly codec: Codec; readonly clock: Clock },
  replayed: Replayed,
): Promise<ErasureBackend> {
  const { slots, codec, clock, random, logger } = options
  const { catalogue } = replayed
  const releases = new Releases(set, catalogue, clock)
  const pending = new PendingWrites()
  const blocked = new Map(replayed.blockedKeys)
  const rolledForward = [...replayed.rolledForward]
  const apply = (records: readonly LogRecord[]): readonly Applied[] => {
    for (const record of rolledForward.splice(0)) catalogue.apply(record)
    const applied = records.map((record) => catalogue.apply(record))
    if (blocked.size > 0) for (const record of records) unblock(blocked, record)
    releases.add(catalogue.takeDead())
    return applied
  }
  const sequencer = new Sequencer(
    { set, writer, pending, logger, apply, onVoid: (sequence) => { releases.add([{ sequence, payloadId: undefined }]) } },
    { epoch: replayed.epoch, nextSequence: replayed.nextSequence, state: replayed.state, readOnly: replayed.readOnly },
  )
  let { readOnly } = replayed
  if (!readOnly) readOnly = !(await beginEpoch(sequencer, replayed))
  if (readOnly) catalogue.holdCommits()
  apply([])
  catalogue.dropOrphans()
  releases.add(catalogue.takeDead())
  const ledger = openLedger(clock)
  const upkeep = new Upkeep({ set, catalogue, sequencer, releases, reader, restore, ledger, clock, logger })
  const names: NameDeps = { catalogue, sequencer, pending, blocked, clock, random }
  const bodies: BodyStoreDeps = {
    set, releases, writer: openBodyWriter({ set, slots, codec, random, clock }), reader: { set, slots, codec, clock }, segmentSizeBytes: options.set.identity.segmentSizeBytes,
  }
  await upkeep.refreshSpace()
  upkeep.start({ ...replayed, readOnly }, new Set(replayed.state.undecided.map(({ sequence }) => sequence)), await payloadsOf(reader, replayed))
  return toBackend(names, bodies, upkeep, ledger, { set, writer, catalogue, endWatch: watchDrives(set, clock) })
}

/** The first record of the epoch: what was decided becomes durable before anybody sees it. False: too few drives are left. */
async function beginEpoch(sequencer: Sequencer, { state }: Replayed): Promise<boolean> {
  try {
    await sequencer.changeState(() => state)
    return true
  } catch (error) {
    if (error instanceof StorageError) return false
    throw error
  }
}

function unblock(blocked: Map<string, number>, record: LogRecord): void {
  let key = ''
  if (record.kind === 'object' || record.kind === 'delete' || record.kind === 'complete') key = pendingKeys.name(record.body.b, record.body.n)
  else if (record.kind === 'abort') key = pendingKeys.upload(record.body.u)
  if ((blocked.get(key) ?? Infinity) < record.sequence) blocked.delete(key)
}

/** Shard files of records that stay undecided. */
async function payloadsOf(reader: RecordReader, { state }: Replayed): Promise<Set<string>> {
  const reads = await Promise.all(state.undecided.map(({ sequence }) => reader.readOne(sequence)))
  return new Set(reads.flatMap((read) => (read === undefined ? [] : [read.head.payloadId])))
}

interface Owned {
  readonly set: ErasureSet
  readonly writer: BatchWriter
  readonly catalogue: Catalogue
  readonly endWatch: () => void
}

function toBackend(names: NameDeps, bodies: BodyStoreDeps, upkeep: Upkeep, ledger: Ledger, { set, writer, catalogue, endWatch }: Owned): ErasureBackend {
  return {
    createBucket: (name, documents) => createBucket(names, name, documents),
    findBucket: async (name) => findBucket(names, name),
    listBuckets: async () => listBuckets(names),
    putBucketDocument: (name, kind, document) => putBucketDocument(names, name, kind, document),
    deleteBucket: (name) => deleteBucket(names, name),

    stageBody: (size, source, recipe, storageClass, signal) => stageBody(bodies, size, source, recipe, storageClass, signal),
    putVersion: (version) => putVersion(names, version),
    findVersion: async (bucket, name, versionId) => (versionId === undefined || versionId === nullVersionId ? findNewest(names, requireBucket(names, bucket), name) : undefined),
    readBody: (body, offset, length, recipe, signal) => readBody(bodies, body, offset, length, recipe, signal),
    deleteVersions: (bucket, deletions) => deleteVersions(names, bucket, deletions),
    replaceAttributes: (bucket, name, attributes, precondition) => replaceAttributes(names, bucket, name, attributes, precondition),
    listVersions: async (query) => listVersions(names, query),

    createUpload: (upload) => createUpload(names, upload),
    findUpload: async (bucket, name, uploadId) => findUpload(names, bucket, name, uploadId),
    putPart: (upload, part) => putPart(names, upload, part),
    listParts: async (upload, after, limit) => listParts(names, upload, after, limit),
    completeUpload: (upload, completion) => completeUpload(names, upload, completion),
    findCompleted: async (bucket, name, uploadId) => findCompleted(names, bucket, name, uploadId),
    abortUpload: (upload) => abortUpload(names, upload),
    listUploads: async (query) => listUploads(names, query),

    health: () => set.health(),
    watchHealth: (listener) => set.watch(listener),
    drives: {
      facts: async () => {
        await upkeep.refreshSpace()
        return toDriveFacts(set, upkeep.healer.progress(), ledger.counters())
      },
      placement: describePlacement,
    },
    recordStore: openRecordStore(names),
    ledger,
    tidyUp: () => upkeep.tidyUp(),
    close: async () => {
      endWatch()
      await names.sequencer.close()
      await upkeep.close()
      catalogue.close()
      writer.close()
      await letGo(set)
    },
    abandon: () => {
      endWatch()
      upkeep.abandon()
      catalogue.abandon()
    },
  }
}

async function letGo(set: ErasureSet): Promise<void> {
  for (let slot = 0; slot < set.slotCount; slot++) {
    const drive = set.connection(slot)
    if (drive === undefined) continue
    try {
      if (set.readable(slot) !== undefined) await drive.close({})
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
    }
    await drive.abandon()
  }
}
