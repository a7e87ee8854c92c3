// Area setup: from blank drives to a store whose shares were read back and whose administrator exists. Nothing is written before `setup.create`.
import { z } from 'zod'
import { accessKeyId, bucketName, drivePath, operatorPassword, secretAccessKey, shareLabel, storeName } from './names.ts'
import { procedure } from './procedure.ts'

export const shareCard = z.object({
  storeName: z.string(),
  label: z.string(),
  shareNumber: z.number(),
  shareCount: z.number(),
  threshold: z.number(),
  shareGeneration: z.number(),
  deploymentShortId: z.string(),
  /** The whole card in groups that find typing errors. */
  card: z.string(),
  /** The share alone, as other programs write it. */
  base64: z.string(),
  hex: z.string(),
  words: z.string(),
})
export type ShareCardText = z.infer<typeof shareCard>

export const rootCredentials = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() })

/** Read back from the engine, not from what was asked for. */
export const setupChecklist = z.object({
  /** Objects written from now on are encrypted. */
  encrypted: z.boolean(),
  provenShares: z.number(),
  shareCount: z.number(),
  /** S3 answers over TLS. */
  tls: z.boolean(),
  firstRequestSeen: z.boolean(),
})

const longDeadlineMs = 15 * 60_000

export const setupProcedures = {
  /** Formats the drives and makes the keys. The cards are in this answer and nowhere else. */
  'setup.create': procedure({
    caller: 'setup-code',
    deadlineMs: longDeadlineMs,
    input: z.strictObject({
      name: storeName,
      drives: z.array(drivePath).min(1).max(64),
      parity: z.number().int().min(0).max(16).optional(),
      shares: z.number().int().min(1).max(255),
      threshold: z.number().int().min(1).max(255),
      labels: z.array(shareLabel).max(255).optional(),
      rootUser: accessKeyId.optional(),
      rootSecret: secretAccessKey.optional(),
    }),
    output: z.object({ cards: z.array(shareCard) }),
  }),
  /** Only while no share was ever proven: nothing is stored then. */
  'setup.startOver': procedure({ caller: 'setup-code', deadlineMs: longDeadlineMs, input: z.strictObject({}), output: z.object({}) }),
  /** Once, when the store has opened for the first time: the administrator, the owner's S3 credentials (shown here), a first bucket. */
  'setup.finish': procedure({
    caller: 'setup-code',
    input: z.strictObject({
      operatorPassword,
      rootUser: accessKeyId.optional(),
      rootSecret: secretAccessKey.optional(),
      firstBucket: bucketName.optional(),
      encryptByDefault: z.boolean().default(true),
    }),
    output: z.object({ root: rootCredentials, bucket: z.string().optional(), checklist: setupChecklist }),
  }),
  /** The code that lets another machine's browser do the set-up. */
  'setup.code': procedure({ caller: 'local', input: z.strictObject({}), output: z.object({ code: z.string() }) }),
}
