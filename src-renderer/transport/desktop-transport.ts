// The desktop window: the sandboxed preload carries calls and live messages.
import { z } from 'zod'
import type { Transport } from './transport.ts'

export interface DesktopBridge {
  readonly shell: 'desktop'
  call(name: string, input: unknown): Promise<unknown>
  /** Gives the way to stop listening. */
  onLive(listener: (message: unknown) => void): () => void
}

const bridgeReply = z.object({ status: z.number(), value: z.unknown() })

export function isDesktopBridge(value: unknown): value is DesktopBridge {
  if (typeof value !== 'object' || value === null) return false
  const { shell, call, onLive } = value as Partial<Record<keyof DesktopBridge, unknown>>
  return shell === 'desktop' && typeof call === 'function' && typeof onLive === 'function'
}

export function desktopTransport(bridge: DesktopBridge): Transport {
  return {
    shell: 'desktop',
    call: async (name, input) => {
      const { status, value } = bridgeReply.parse(await bridge.call(name, input))
      return { status, value }
    },
    watchLive: (listener) => {
      let stop = bridge.onLive(listener.message)
      listener.connected(true)
      return {
        renew: () => {
          stop()
          stop = bridge.onLive(listener.message)
        },
        close: () => { stop() }, // prettier-ignore
      }
    },
  }
}
