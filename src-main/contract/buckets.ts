// Area buckets: the containers, made and removed.
import { z } from 'zod'
import { bucketName } from './names.ts'
import { procedure } from './procedure.ts'

export const bucket = z.object({ name: z.string(), createdMs: z.number() })

export const bucketListing = bucket.extend({
  /** As counted when the listing was `ageSeconds` old. Absent: not known. */
  objects: z.number().optional(),
  bytes: z.number().optional(),
  ageSeconds: z.number().optional(),
  /** Of objects written now. */
  encryption: z.object({ mode: z.enum(['SSE-S3', 'none']), keyName: z.string() }),
})
export type BucketListing = z.infer<typeof bucketListing>

export const bucketProcedures = {
  'buckets.list': procedure({ caller: 'operator', input: z.strictObject({}), output: z.object({ buckets: z.array(bucketListing) }) }),
  'buckets.create': procedure({ caller: 'operator', input: z.strictObject({ name: bucketName }), output: z.object({ bucket }) }),
  /** Only an empty one. */
  'buckets.delete': procedure({ caller: 'operator', input: z.strictObject({ name: bucketName }), output: z.object({}) }),
}
