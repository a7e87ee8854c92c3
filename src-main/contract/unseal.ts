// Area unseal: shares in, one at a time, from anybody; and closing again. The first unseal is the proof that the shares can be read back.
import { z } from 'zod'
import { procedure } from './procedure.ts'

export const shareVerdicts = [
  'accepted', 'duplicate', 'opened', 'reissue-confirmed', 'already-open',
  'typing-error', 'not-a-share', 'old-generation', 'newer-generation', 'foreign', 'wrong',
] as const // prettier-ignore
export type ShareVerdictName = (typeof shareVerdicts)[number]

export const shareCharactersMax = 16_384

export const unsealStatus = z.object({
  /** Absent: there is no store. */
  threshold: z.number().optional(),
  shareCount: z.number().optional(),
  progress: z.number(),
  /** For people on the phone: which attempt this is. Absent: none is running. */
  attemptCode: z.string().optional(),
  /** Labels of the shares in this attempt. */
  accepted: z.array(z.object({ shareNumber: z.number(), label: z.string() })),
  /** The store was never opened: this attempt proves the shares. */
  proving: z.boolean(),
  provenShares: z.number(),
})
export type UnsealStatus = z.infer<typeof unsealStatus>

export const unsealProcedures = {
  'unseal.submitShare': procedure({
    caller: 'anyone',
    /** The last share waits until the store serves, which replays logs. */
    deadlineMs: 15 * 60_000,
    input: z.strictObject({ share: z.string().min(1).max(shareCharactersMax) }),
    output: z.object({
      verdict: z.enum(shareVerdicts),
      /** The share counted for something. */
      good: z.boolean(),
      message: z.string(),
      hint: z.string(),
      shareNumber: z.number().optional(),
      label: z.string().optional(),
      /** Typing error: which group, from 1. */
      group: z.number().optional(),
      groups: z.number().optional(),
      /** Looks like something else. */
      lookalike: z.string().optional(),
      status: unsealStatus,
    }),
  }),
  'unseal.status': procedure({ caller: 'anyone', passive: true, input: z.strictObject({}), output: unsealStatus }),
  'unseal.reset': procedure({ caller: 'anyone', input: z.strictObject({}), output: unsealStatus }),
  seal: procedure({ caller: 'operator', input: z.strictObject({}), output: z.object({}) }),
}
