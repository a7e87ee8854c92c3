// What carries calls and live messages: HTTPS with a WebSocket, or the bridge of the desktop window.
export interface TransportReply {
  /** As of HTTP. */
  readonly status: number
  /** Not validated yet; undefined when there was no JSON. */
  readonly value: unknown
}

export interface LiveListener {
  /** Not validated yet. */
  message(value: unknown): void
  /** Whether the line stands. */
  connected(isConnected: boolean): void
}

export interface LiveLine {
  /** Connects anew, now: who one is has changed. */
  renew(): void
  close(): void
}

export interface Transport {
  readonly shell: 'desktop' | 'browser'
  /** Rejects when nobody answers. */
  call(name: string, input: unknown, headers: Readonly<Record<string, string>>): Promise<TransportReply>
  watchLive(listener: LiveListener): LiveLine
}
