// One procedure of the console: its input and output, who may call it, and how long it may take. Plain data for both sides.
import type { z } from 'zod'

/**
 * anyone: before signing in, also over the network · setup-code: knows the code printed on the machine, as long as no administrator exists ·
 * operator: signed in · local: over the socket of this machine or the desktop window. A local caller may do everything.
 */
export type AllowedCaller = 'anyone' | 'setup-code' | 'operator' | 'local'

export interface Procedure<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly input: Input
  readonly output: Output
  readonly caller: AllowedCaller
  readonly deadlineMs: number
  /** Asked by screens on their own: does not count as activity of the operator. */
  readonly passive: boolean
}

export const procedureDeadlineMs = 60_000

interface ProcedureOptions<Input extends z.ZodType, Output extends z.ZodType> {
  readonly input: Input
  readonly output: Output
  readonly caller: AllowedCaller
  readonly deadlineMs?: number
  readonly passive?: boolean
}

export function procedure<Input extends z.ZodType, Output extends z.ZodType>(options: ProcedureOptions<Input, Output>): Procedure<Input, Output> {
  return { deadlineMs: procedureDeadlineMs, passive: false, ...options }
}
