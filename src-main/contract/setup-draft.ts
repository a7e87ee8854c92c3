// Area setup, draft: what was chosen so far, so that a reload or a restart loses nothing. It never holds a secret.
import { z } from 'zod'
import { bucketName, drivePath, shareLabel } from './names.ts'
import { procedure } from './procedure.ts'

export const setupDraft = z.strictObject({
  step: z.string().max(40),
  /** As typed: it need not be usable yet. */
  name: z.string().max(100).optional(),
  drives: z.array(drivePath).max(64).optional(),
  parity: z.number().int().min(0).max(16).optional(),
  shares: z.number().int().min(0).max(255).optional(),
  threshold: z.number().int().min(0).max(255).optional(),
  labels: z.array(shareLabel).max(255).optional(),
  preset: z.string().max(40).optional(),
  firstBucket: bucketName.optional(),
})
export type SetupDraft = z.infer<typeof setupDraft>

export const setupDraftProcedures = {
  'setup.draft.get': procedure({ caller: 'setup-code', passive: true, input: z.strictObject({}), output: z.object({ draft: setupDraft.optional() }) }),
  'setup.draft.save': procedure({ caller: 'setup-code', input: z.strictObject({ draft: setupDraft }), output: z.object({}) }),
}
