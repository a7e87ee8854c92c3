// The one typed map of what crosses between window and main process; both sides take their types from here. Types and names only: the
// preload is one small file without schemas; the main process checks everything that arrives.
import type { LiveMessage } from '../contract/live.ts'

export const callChannel = 'coffer:call'
export const liveChannel = 'coffer:live'

export interface CallMessage {
  /** Name of a console procedure. */
  readonly name: string
  readonly input: unknown
}
export interface CallReply {
  /** As over HTTP. */
  readonly status: number
  /** The procedure's output, or a ConsoleFault. */
  readonly value: unknown
}

/** Asked by the window. */
export interface IpcCalls {
  readonly [callChannel]: (message: CallMessage) => CallReply
  /** Turns this window's live messages on and off. */
  readonly [liveChannel]: (message: { readonly watch: boolean }) => undefined
}

/** Told to the window. */
export interface IpcEvents {
  readonly [liveChannel]: LiveMessage
}

/** What the page finds as `window.coffer`. */
export interface CofferBridge {
  readonly shell: 'desktop'
  call(name: string, input: unknown): Promise<CallReply>
  /** Gives the function that ends it. The first messages come at once. */
  onLive(listener: (message: LiveMessage) => void): () => void
}
