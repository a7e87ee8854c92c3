// What the main process answers to the window's messages: who speaks is asked first, then the message's shape, then the console.
// Knows no Electron, so that a hostile frame is a test.
import { z } from 'zod'
import type { Appliance } from '../appliance/index.ts'
import type { ConsoleFault } from '../contract/fault.ts'
import type { CallReply } from './ipc-map.ts'
import { maySpeak, type FrameFacts } from './page-rights.ts'

const callMessage = z.strictObject({ name: z.string().min(1).max(64).regex(/^[a-zA-Z.]+$/), input: z.unknown().optional() })
const liveAsk = z.strictObject({ watch: z.boolean() })

/** The console's own checks follow there. */
export type CallConsole = Appliance['call']

/** Never rejects. */
export async function answerCall(frame: FrameFacts | undefined, message: unknown, call: CallConsole): Promise<CallReply> {
  if (!maySpeak(frame)) return refusal(403, { code: 'foreign-origin', message: 'This page may not speak to Coffer.', hint: "Open Coffer's own window." })
  const asked = callMessage.safeParse(message)
  const input = asked.success ? toText(asked.data.input) : undefined
  if (!asked.success || input === undefined) return refusal(400, { code: 'bad-input', message: "The window's message can't be used.", hint: 'The window may be of another version than Coffer. Start Coffer again.' })
  const reply = await call(asked.data.name, input)
  return { status: reply.status, value: reply.body === '' ? undefined : (JSON.parse(reply.body) as unknown) }
}

/** Undefined: not to be followed. */
export function readLiveAsk(frame: FrameFacts | undefined, message: unknown): { readonly watch: boolean } | undefined {
  if (!maySpeak(frame)) return undefined
  return liveAsk.safeParse(message).data
}

function toText(input: unknown): string | undefined {
  try {
    return JSON.stringify(input ?? {})
  } catch {
    return undefined
  }
}

function refusal(status: number, value: ConsoleFault): CallReply {
  return { status, value }
}
