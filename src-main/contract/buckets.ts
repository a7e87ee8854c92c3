// Area buckets: the containers, made and removed.
import { z } from 'zod'
import { bucketName } from './names.ts'
import { procedure } from './procedure.ts'

export const bucket = z.object({ name: z.string(), createdMs: z.number() })

export const bucketProcedures = {
  'buckets.list': procedure({ caller: 'operator', input: z.strictObject({}), output: z.object({ buckets: z.array(bucket) }) }),
  'buckets.create': procedure({ caller: 'operator', input: z.strictObject({ name: bucketName }), output: z.object({ bucket }) }),
  /** Only an empty one. */
  'buckets.delete': procedure({ caller: 'operator', input: z.strictObject({ name: bucketName }), output: z.object({}) }),
}
