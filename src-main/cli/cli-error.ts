// What the command line answers instead of a result: the same three sentences as the screen, and an exit code for scripts.
import type { ConsoleFault } from '../contract/fault.ts'
import { TaggedError } from '../base/tagged-error.ts'

export const exitCodes = { ok: 0, failed: 1, sealed: 2, usage: 64 } as const

export type CliFault = 'usage' | 'not-running' | 'not-permitted' | 'no-answer' | 'refused' | 'file'

export class CliError extends TaggedError<CliFault> {
  readonly code: string
  readonly hint: string
  readonly exitCode: number

  constructor(fault: CliFault, message: string, hint: string, options: { readonly code?: string; readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(fault, message, {}, options.cause)
    this.code = options.code ?? fault
    this.hint = hint
    this.exitCode = options.exitCode ?? (fault === 'usage' ? exitCodes.usage : exitCodes.failed)
  }
}

export function usageError(message: string, command?: string): CliError {
  return new CliError('usage', message, `See: coffer ${command === undefined ? '' : `${command} `}--help`)
}

export function refusedError(fault: ConsoleFault): CliError {
  const request = fault.requestId === undefined ? '' : ` (request ${fault.requestId})`
  return new CliError('refused', fault.message + request, fault.hint, { code: fault.code, exitCode: fault.code === 'sealed' ? exitCodes.sealed : exitCodes.failed })
}
