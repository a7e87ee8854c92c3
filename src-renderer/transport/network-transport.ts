// The console in a browser: HTTPS calls with the page's cookie, and one WebSocket.
import { livePath, liveClosedSessionEnded } from '../../src-main/contract/live.ts'
import { csrfHeader } from '../../src-main/contract/procedures.ts'
import { openLiveSocket, type SocketEvents } from './live-socket.ts'
import type { Transport } from './transport.ts'

export function networkTransport(): Transport {
  return {
    shell: 'browser',
    call: async (name, input, headers) => {
      const reply = await fetch(`/api/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [csrfHeader]: '1', ...headers },
        body: JSON.stringify(input),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      })
      return { status: reply.status, value: await reply.json().catch(() => undefined) }
    },
    watchLive: (listener) => {
      const line = openLiveSocket(
        {
          connect: openWebSocket,
          sessionEndedCode: liveClosedSessionEnded,
          random: Math.random,
          after: (milliseconds, run) => {
            const timer = setTimeout(run, milliseconds)
            return () => clearTimeout(timer)
          },
        },
        listener,
      )
      // Back from sleep or from another network: no reason to wait.
      addEventListener('online', line.renew)
      return { ...line, close: () => { removeEventListener('online', line.renew); line.close() } } // prettier-ignore
    },
  }
}

function openWebSocket(events: SocketEvents): { close(): void } {
  const socket = new WebSocket(new URL(livePath, location.href.replace(/^http/, 'ws')))
  socket.onopen = () => events.opened()
  socket.onmessage = ({ data }) => events.message(data)
  socket.onclose = ({ code }) => events.closed(code)
  return socket
}
