// Area objects: what is in a bucket. Bytes go over `/files/` (files.ts).
import { z } from 'zod'
import { bucketName, objectName, uploadId } from './names.ts'
import { procedure } from './procedure.ts'

export const listLimitMax = 1000
export const deleteNamesMax = 1000
export const partNumberMax = 10_000

export const listedObject = z.object({
  name: z.string(),
  sizeBytes: z.number(),
  modifiedMs: z.number(),
  /** Without quotes. */
  etag: z.string(),
  storageClass: z.string(),
})

export const objectEncryption = z.object({
  mode: z.enum(['SSE-S3', 'none']),
  /** Absent, like all below: it is not encrypted. */
  algorithm: z.literal('AES-256-GCM').optional(),
  keyName: z.string().optional(),
  keyVersion: z.number().optional(),
  /** How the object's own key is wrapped. */
  sealedKeyScheme: z.string().optional(),
  /** Content bytes that are encrypted and authenticated together. */
  packageBytes: z.number().optional(),
  /** What the ETag is a digest of, for people. */
  etagIs: z.string(),
})

export const objectDetails = z.object({
  name: z.string(),
  sizeBytes: z.number(),
  modifiedMs: z.number(),
  etag: z.string(),
  contentType: z.string(),
  storageClass: z.string(),
  /** The client's own, as it came: any text. */
  metadata: z.record(z.string(), z.string()),
  /** Number of parts of a multipart object. */
  parts: z.number().optional(),
  encryption: objectEncryption,
  placement: z.object({
    dataShards: z.number(),
    parityShards: z.number(),
    /** Small: its shards lie in the logs of the drives, not in files of their own. */
    inline: z.boolean(),
  }).optional(),
}) // prettier-ignore
export type ObjectDetails = z.infer<typeof objectDetails>

export const uploadedPart = z.object({ part: z.number(), etag: z.string(), sizeBytes: z.number() })

const upload = { bucket: bucketName, name: objectName, uploadId }
const partNumber = z.number().int().min(1).max(partNumberMax)

export const objectProcedures = {
  /** `after`: the `next` of the page before. Folders and objects together are at most `limit`. */
  'objects.list': procedure({
    caller: 'operator',
    input: z.strictObject({
      bucket: bucketName,
      prefix: z.string().max(1024).default(''),
      delimiter: z.enum(['', '/']).default('/'),
      after: z.string().max(2048).optional(),
      limit: z.number().int().min(1).max(listLimitMax).default(listLimitMax),
    }),
    output: z.object({ folders: z.array(z.string()), objects: z.array(listedObject), next: z.string().optional() }),
  }),
  'objects.describe': procedure({ caller: 'operator', input: z.strictObject({ bucket: bucketName, name: objectName }), output: objectDetails }),
  /** Absent names count as deleted, as in S3. */
  'objects.delete': procedure({
    caller: 'operator',
    input: z.strictObject({ bucket: bucketName, names: z.array(objectName).min(1).max(deleteNamesMax) }),
    output: z.object({ deleted: z.number(), failed: z.array(z.object({ name: z.string(), code: z.string(), message: z.string() })) }),
  }),
  'objects.upload.create': procedure({
    caller: 'operator',
    input: z.strictObject({ bucket: bucketName, name: objectName, contentType: z.string().max(256).regex(/^[\x20-\x7e]*$/).default('') }),
    output: z.object({ uploadId: z.string() }),
  }),
  /** What arrived already, for going on after a pause: parts above `after`, at most 1000. */
  'objects.upload.parts': procedure({
    caller: 'operator',
    input: z.strictObject({ ...upload, after: z.number().int().min(0).max(partNumberMax).default(0) }),
    output: z.object({ parts: z.array(uploadedPart), truncated: z.boolean() }),
  }),
  'objects.upload.complete': procedure({
    caller: 'operator',
    input: z.strictObject({ ...upload, parts: z.array(z.strictObject({ part: partNumber, etag: z.string().max(128) })).min(1).max(partNumberMax) }),
    output: z.object({ etag: z.string(), sizeBytes: z.number() }),
  }),
  'objects.upload.abort': procedure({ caller: 'operator', input: z.strictObject(upload), output: z.object({}) }),
}
