// The live line over a WebSocket: reconnects with growing pauses, at once when the session ended, and notices a line that fell silent.
import type { LiveLine, LiveListener } from './transport.ts'

/** What a socket tells; nothing more after `closed`. */
export interface SocketEvents {
  opened(): void
  message(data: unknown): void
  closed(code: number): void
}

export interface LiveSocketParts {
  readonly connect: (events: SocketEvents) => { close(): void }
  /** The close code after which to come back at once, unsigned. */
  readonly sessionEndedCode: number
  /** Between 0 and 1: pages that lost the server together don't come back together. */
  readonly random: () => number
  readonly after: (milliseconds: number, run: () => void) => () => void
}

export const firstPauseMs = 500
export const longestPauseMs = 15_000

/** The pause before the next try: doubles, up to the longest; the last half of it at random. */
export function reconnectPauseMs(failures: number, random: number): number {
  const full = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10))
  return Math.round(full / 2 + (full / 2) * random)
}

export function openLiveSocket(parts: LiveSocketParts, listener: LiveListener): LiveLine {
  let socket: { close(): void } | undefined
  let cancelPause: (() => void) | undefined
  let generation = 0
  let failures = 0
  let isClosed = false

  function connect(): void {
    cancelPause = undefined
    if (isClosed) return
    const mine = ++generation
    const isCurrent = (): boolean => mine === generation
    socket = parts.connect({
      opened: () => {
        if (isCurrent()) listener.connected(true)
      },
      message: (data) => {
        if (!isCurrent()) return
        // Only a line that brought something counts as good: one that opens and closes must not be hurried.
        failures = 0
        listener.message(parse(data))
      },
      closed: (code) => {
        if (isCurrent()) lost(code)
      },
    })
  }

  function lost(code: number): void {
    socket = undefined
    listener.connected(false)
    const atOnce = code === parts.sessionEndedCode && failures === 0
    const pauseMs = reconnectPauseMs(failures, parts.random())
    failures++
    if (atOnce) connect()
    else cancelPause = parts.after(pauseMs, connect)
  }

  function drop(): void {
    cancelPause?.()
    generation++
    const old = socket
    socket = undefined
    old?.close()
  }

  connect()
  return {
    renew: () => {
      if (isClosed) return
      drop()
      failures = 0
      connect()
    },
    close: () => {
      isClosed = true
      drop()
    },
  }
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return undefined
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
