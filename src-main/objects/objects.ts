// Table of contents of the object layer: every promise of `Objects`, one line to the file that keeps it.
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import type { KeyStore } from '../seams/key-store.ts'
import type { StorageBackend } from '../seams/storage-backend.ts'
import { createBucket, deleteBucket, findBucket, listBuckets } from './buckets.ts'
import { completeUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { copyPart } from './copy-part.ts'
import { createUpload } from './create-upload.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { ContentKeys } from './encryption/content-keys.ts'
import { getObject, headObject } from './get-object.ts'
import { inspectObject } from './inspect-object.ts'
import { listObjects, listUploads } from './list-objects.ts'
import { abortUpload, listParts } from './list-parts.ts'
import type { ObjectsDeps } from './objects-deps.ts'
import type { Objects } from './objects-service.ts'
import { checkPut, putObject } from './put-object.ts'
import { withObjectErrors } from './to-object-error.ts'
import { UploadGate } from './upload-gate.ts'
import { uploadPart } from './upload-part.ts'

export interface ObjectsOptions {
  readonly storage: StorageBackend
  readonly keyStore: KeyStore
  readonly clock: Clock
  readonly random: RandomSource
  readonly settings: {
    /** Every object is encrypted, whether the client asks for it or not. Read at every write, so that it may change. */
    readonly encryptByDefault: boolean
  }
}

export interface OpenedObjects extends Objects {
  /** Forgets the content keys opened lately. To be called when the keystore is sealed. */
  forgetKeys(): void
}

export function openObjects({ storage, keyStore, clock, random, settings }: ObjectsOptions): OpenedObjects {
  const contentKeys = new ContentKeys(keyStore, random)
  const deps: ObjectsDeps = {
    storage, contentKeys, uploads: new UploadGate(), clock, random,
    get encryptByDefault() { return settings.encryptByDefault },
  }
  const run = withObjectErrors
  return {
    createBucket: (name) => run(() => createBucket(deps, name)),
    findBucket: (name) => run(() => findBucket(deps, name)),
    listBuckets: () => run(() => listBuckets(deps)),
    deleteBucket: (name) => run(() => deleteBucket(deps, name)),

    putObject: (request, signal) => run(() => putObject(deps, request, signal), signal),
    checkPut: (request) => run(() => checkPut(deps, request)),
    getObject: (request, signal) => run(() => getObject(deps, request, signal), signal),
    headObject: (request) => run(() => headObject(deps, request)),
    inspectObject: (address) => run(() => inspectObject(deps, address)),
    deleteObject: (request) => run(() => deleteObject(deps, request)),
    deleteObjects: (bucket, deletions) => run(() => deleteObjects(deps, bucket, deletions)),
    copyObject: (request, signal) => run(() => copyObject(deps, request, signal), signal),
    listObjects: (request) => run(() => listObjects(deps, request)),

    createUpload: (request, signal) => run(() => createUpload(deps, request, signal), signal),
    uploadPart: (request, signal) => run(() => uploadPart(deps, request, signal), signal),
    copyPart: (request, signal) => run(() => copyPart(deps, request, signal), signal),
    completeUpload: (request, signal) => run(() => completeUpload(deps, request, signal), signal),
    abortUpload: (address) => run(() => abortUpload(deps, address)),
    listParts: (address, after, limit) => run(() => listParts(deps, address, after, limit)),
    listUploads: (request) => run(() => listUploads(deps, request)),

    forgetKeys: () => { contentKeys.forget() },
  }
}
