// Area encryption: whether objects are encrypted that no client asked to encrypt. The choice lives in the barrier.
import { z } from 'zod'
import { procedure } from './procedure.ts'

export const encryptionDefault = z.object({
  encryptByDefault: z.boolean(),
  /** The named key under which content keys are wrapped. */
  keyName: z.string(),
  /** Set: the configuration decides, and `encryption.set` is refused. */
  fixedBy: z.enum(['configuration']).optional(),
})

export const encryptionProcedures = {
  'encryption.get': procedure({ caller: 'operator', passive: true, input: z.strictObject({}), output: encryptionDefault }),
  /** For objects written from now on; those that are there stay as they are. The answer is read back. */
  'encryption.set': procedure({ caller: 'operator', input: z.strictObject({ encryptByDefault: z.boolean() }), output: encryptionDefault }),
}
