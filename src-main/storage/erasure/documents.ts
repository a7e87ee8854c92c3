// Buckets with their documents, and the barrier's entries (the seam RecordStore): small things, whole in the metadata of their records.
import { compareBytes, decodeUtf8, encodeUtf8 } from '../../base/bytes.ts'
import { recordValueSizeMax, RecordStoreError, type RecordStore } from '../../seams/record-store.ts'
import { StorageError, type BucketInfo } from '../../seams/storage-backend.ts'
import type { BucketEntry } from './commit/catalogue-schema.ts'
import { pendingKeys } from './commit/pending-writes.ts'
import { afterPrefix, cannotTell, requireBucket, type NameDeps } from './object-version.ts'

function toBucketInfo({ body }: BucketEntry): BucketInfo {
  return { name: body.n, createdMs: body.t, documents: body.d }
}

/** See StorageBackend.createBucket. */
export async function createBucket(deps: NameDeps, name: string, documents: Readonly<Record<string, string>>): Promise<BucketInfo> {
  // Looked at again after each wait: whoever else waited may have begun meanwhile.
  for (let wait = deps.pending.settled(pendingKeys.bucket(name)); wait !== undefined; wait = deps.pending.settled(pendingKeys.bucket(name))) await wait
  if (deps.catalogue.bucketByName(name) !== undefined) throw new StorageError('bucket-exists', 'the bucket exists')
  const body = { n: name, t: deps.clock.nowMs(), d: documents }
  await deps.sequencer.enqueue({ kind: 'bucket', body, keys: [pendingKeys.bucket(name)] })
  return { name, createdMs: body.t, documents }
}

export function findBucket({ catalogue }: NameDeps, name: string): BucketInfo | undefined {
  const bucket = catalogue.bucketByName(name)
  return bucket === undefined ? undefined : toBucketInfo(bucket)
}

export function listBuckets({ catalogue }: NameDeps): readonly BucketInfo[] {
  return [...catalogue.buckets.values()].map(toBucketInfo).sort((a, b) => compareBytes(encodeUtf8(a.name), encodeUtf8(b.name)))
}

/** See StorageBackend.putBucketDocument. */
export async function putBucketDocument(deps: NameDeps, name: string, kind: string, document: string | undefined): Promise<void> {
  for (let wait = deps.pending.settled(pendingKeys.bucket(name)); wait !== undefined; wait = deps.pending.settled(pendingKeys.bucket(name))) await wait
  const { id, body } = requireBucket(deps, name)
  const { [kind]: _old, ...others } = body.d
  const documents = document === undefined ? others : { ...others, [kind]: document }
  await deps.sequencer.enqueue({ kind: 'bucket', body: { i: id, n: name, t: body.t, d: documents }, keys: [pendingKeys.bucket(name)] })
}

/** See StorageBackend.deleteBucket. */
export async function deleteBucket(deps: NameDeps, name: string): Promise<void> {
  for (;;) {
    const { id } = requireBucket(deps, name)
    const wait = deps.pending.settled(pendingKeys.bucket(name)) ?? deps.pending.settled(pendingKeys.inBucket(id))
    if (wait !== undefined) {
      await wait
      continue
    }
    if ([...deps.blocked.keys()].some((key) => key.startsWith(pendingKeys.name(id, '')))) throw cannotTell()
    if (deps.catalogue.statements.anyObject.get(id) !== undefined) throw new StorageError('bucket-not-empty', 'the bucket is not empty')
    await deps.sequencer.enqueue({ kind: 'bucket-delete', body: { i: id, n: name }, keys: [pendingKeys.bucket(name)] })
    return
  }
}

/** Values are whole in memory and on every drive; paths are encrypted like every name. Who still asks while the store closes is refused. */
export function openRecordStore(deps: NameDeps): RecordStore {
  const { catalogue, sequencer } = deps
  const openStatements = (): typeof catalogue.statements => {
    if (!catalogue.isOpen) throw new RecordStoreError('closed', 'the store is closed')
    return catalogue.statements
  }
  return {
    async get(path) {
      const value = openStatements().findSecret.get(encodeUtf8(path))?.value
      return value === undefined || value === null ? undefined : new Uint8Array(value)
    },
    async put(path, value) {
      if (value.byteLength > recordValueSizeMax) throw new RecordStoreError('too-large', 'the value is larger than a record may be')
      const body = { p: path, v: Buffer.from(value).toString('base64') }
      await sequencer.enqueue({ kind: 'secret', body, keys: [pendingKeys.secret(path)] }).catch(throwRecordStoreError)
    },
    async delete(path) {
      const key = pendingKeys.secret(path)
      const current = openStatements().findSecret.get(encodeUtf8(path))
      if (!sequencer.isStopped && !deps.pending.has(key) && (current === undefined || current.value === null)) return
      await sequencer.enqueue({ kind: 'secret-delete', body: { p: path }, keys: [key] }).catch(throwRecordStoreError)
    },
    async list(prefix) {
      const from = prefix === '' ? Buffer.of(0) : encodeUtf8(prefix)
      return (openStatements().secretPaths.all(from, afterPrefix(prefix)) as Buffer[]).map((path) => decodeUtf8(path) ?? '')
    },
  }
}

function throwRecordStoreError(error: unknown): never {
  if (error instanceof StorageError) throw new RecordStoreError(error.fault === 'closed' ? 'closed' : 'not-written', error.message, error.details, error)
  throw error
}
