// The live line over WebSocket (RFC 6455): same checks as for calls before the upgrade, and a viewer that never says anything after it.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { liveClosedByRule, livePath } from '../contract/live.ts'
import type { Caller, ConsoleServices } from './call-context.ts'
import { readCaller } from './caller.ts'
import type { Dispatcher } from './dispatch.ts'
import { ConsoleError } from './errors.ts'
import type { LiveLine } from './live-line.ts'
import { checkLocal, checkPlace } from './request-checks.ts'

const pingEveryMs = 20_000
const closeGraceMs = 2000
/** A viewer has nothing to say. */
const messageSizeMax = 1024

export interface LiveEdge {
  readonly services: ConsoleServices
  readonly dispatcher: Dispatcher
  readonly live: LiveLine
}

/** Serves the upgrades of that server from now on. */
export function attachLive(edge: LiveEdge, server: Server, kind: Caller['kind']): void {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: messageSizeMax })
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined)
    try {
      const caller = admitViewer(edge, incoming, kind)
      sockets.handleUpgrade(incoming, socket, head, (webSocket) => { watch(edge, webSocket, caller) })
    } catch (error) {
      refuse(edge, socket, error)
    }
  })
}

/** Faults: unknown-procedure, foreign-host, foreign-origin, busy. */
function admitViewer({ services, live }: LiveEdge, incoming: IncomingMessage, kind: Caller['kind']): Caller {
  const path = (incoming.url ?? '').split(/[?#]/, 1)[0]
  if (path !== livePath || incoming.method !== 'GET') throw new ConsoleError('unknown-procedure', 'There is nothing here to watch.', { hint: 'The page may be of another version than Coffer.' })
  if (kind === 'local') checkLocal(incoming.headers)
  else checkPlace(incoming.headers, services.site.hostNames())
  const caller = readCaller(incoming, kind)
  live.admit(caller)
  return caller
}

function watch({ services: { clock }, live }: LiveEdge, socket: WebSocket, caller: Caller): void {
  let isAlive = true
  const close = (code: number): void => {
    socket.close(code)
    // A peer that does not answer the closing is cut off.
    clock.after(closeGraceMs, () => { socket.terminate() })
  }
  let cancelPing: (() => void) | undefined
  const ping = (): void => {
    cancelPing = clock.after(pingEveryMs, () => {
      if (!isAlive) {
        socket.terminate()
        return
      }
      isAlive = false
      socket.ping()
      ping()
    })
  }
  socket.on('pong', () => { isAlive = true })
  socket.on('error', () => { socket.terminate() })
  socket.on('message', () => { close(liveClosedByRule) })
  const end = live.open({
    caller,
    get waitingBytes() { return socket.bufferedAmount },
    send: (text) => { socket.send(text) },
    close,
  })
  socket.on('close', () => {
    end()
    cancelPing?.()
  })
  ping()
}

/** The socket is no longer HTTP's: the refusal is written by hand. */
function refuse({ dispatcher }: LiveEdge, socket: Duplex, error: unknown): void {
  const { status, body } = dispatcher.refuse(error, livePath)
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`, () => { socket.destroy() })
}
