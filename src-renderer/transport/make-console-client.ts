// A caller of the contract over any transport. Every reply is checked against its schema before anybody sees it; every refusal is one error
// with the code, message and hint that the command line shows too.
import { consoleFault, type ConsoleFaultCode } from '../../src-main/contract/fault.ts'
import { liveMessage, type LiveMessage } from '../../src-main/contract/live.ts'
import { procedures, setupCodeHeader, type InputOf, type OutputOf, type ProcedureName } from '../../src-main/contract/procedures.ts'
import { texts } from '../text/client.ts'
import type { LiveLine, Transport } from './transport.ts'

/** `unreachable`: nobody answered. `not-understood`: the answer is not what the contract says. */
export type CallFaultCode = ConsoleFaultCode | 'unreachable' | 'not-understood'

export class ConsoleCallError extends Error {
  readonly code: CallFaultCode
  readonly hint: string
  readonly retryAfterSeconds: number | undefined
  readonly requestId: string | undefined

  constructor(
    code: CallFaultCode,
    message: string,
    hint: string,
    more: { readonly retryAfterSeconds?: number | undefined; readonly requestId?: string | undefined } = {},
  ) {
    super(message)
    this.name = 'ConsoleCallError'
    this.code = code
    this.hint = hint
    this.retryAfterSeconds = more.retryAfterSeconds
    this.requestId = more.requestId
  }
}

/** Whatever was thrown, as something that can be shown. */
export function toCallError(error: unknown): ConsoleCallError {
  return error instanceof ConsoleCallError ? error : new ConsoleCallError('not-understood', texts.pageFault, texts.pageFaultHint)
}

export interface ConsoleClient {
  readonly shell: 'desktop' | 'browser'
  /** Rejects with a ConsoleCallError. */
  call<Name extends ProcedureName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>>
  /** For set-up over the network; kept in memory only. */
  useSetUpCode(code: string): void
  /** A call was refused for want of the right set-up code: it changes at every start of Coffer. Gives the way to stop listening. */
  onSetUpCodeRefused(listener: () => void): () => void
  watchLive(listener: { message(message: LiveMessage): void; connected(isConnected: boolean): void }): LiveLine
}

/** A client over that transport. */
export function makeConsoleClient(transport: Transport): ConsoleClient {
  let setUpCode = ''
  const codeListeners = new Set<() => void>()
  return {
    shell: transport.shell,
    useSetUpCode: (code) => {
      setUpCode = code
    },
    onSetUpCodeRefused: (listener) => {
      codeListeners.add(listener)
      return () => void codeListeners.delete(listener)
    },
    call: async (name, input) => {
      const headers: Record<string, string> = name.startsWith('setup.') && setUpCode !== '' ? { [setupCodeHeader]: setUpCode } : {}
      const reply = await transport.call(name, input, headers).catch(() => {
        throw new ConsoleCallError('unreachable', texts.unreachable, texts.unreachableHint)
      })
      if (reply.status !== 200) {
        const refusal = toRefusal(reply.status, reply.value)
        if (refusal.code === 'set-up-code-needed' || refusal.code === 'wrong-set-up-code') for (const listener of codeListeners) listener()
        throw refusal
      }
      return parseOutput(name, reply.value)
    },
    watchLive: (listener) =>
      transport.watchLive({
        connected: listener.connected,
        message: (value) => {
          const parsed = liveMessage.safeParse(value)
          if (parsed.success) listener.message(parsed.data)
        },
      }),
  }
}

function parseOutput<Name extends ProcedureName>(name: Name, value: unknown): OutputOf<Name> {
  const parsed = procedures[name].output.safeParse(value)
  if (!parsed.success) throw new ConsoleCallError('not-understood', texts.notUnderstood, texts.notUnderstoodHint)
  // The schema of that very name has just checked it.
  return parsed.data as OutputOf<Name>
}

function toRefusal(status: number, value: unknown): ConsoleCallError {
  const fault = consoleFault.safeParse(value)
  if (!fault.success) return new ConsoleCallError('not-understood', texts.refused(status), texts.notUnderstoodHint)
  const { code, message, hint, retryAfterSeconds, requestId } = fault.data
  return new ConsoleCallError(code, message, hint, { retryAfterSeconds, requestId })
}
