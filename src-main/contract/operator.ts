// Area operator: who is at the console. Signing in is not unsealing.
import { z } from 'zod'
import { accessKeyId, operatorPassword, secretAccessKey } from './names.ts'
import { procedure } from './procedure.ts'
import { rootCredentials } from './setup.ts'

export const operatorProcedures = {
  /** Sets the session's cookie. */
  'operator.signIn': procedure({
    caller: 'anyone',
    input: z.strictObject({ password: z.string().min(1).max(256) }),
    output: z.object({ idleSeconds: z.number(), longestSeconds: z.number() }),
  }),
  'operator.signOut': procedure({ caller: 'anyone', input: z.strictObject({}), output: z.object({}) }),
  /** For a forgotten password, at the machine; ends every session. */
  'operator.setPassword': procedure({ caller: 'local', input: z.strictObject({ password: operatorPassword }), output: z.object({}) }),
  /** New S3 credentials for the owner, shown here once; the old ones end at once. Nothing is re-encrypted. */
  'operator.replaceRoot': procedure({
    caller: 'operator',
    input: z.strictObject({ accessKeyId: accessKeyId.optional(), secretAccessKey: secretAccessKey.optional() }),
    output: z.object({ root: rootCredentials }),
  }),
}
