// The live line: how it comes back.
import { describe, expect, it } from 'vitest'
import { longestPauseMs, openLiveSocket, reconnectPauseMs, type SocketEvents } from '../../../../src-renderer/transport/live-socket.ts'

class Network {
  readonly sockets: { events: SocketEvents; closed: boolean }[] = []
  readonly pauses: number[] = []
  readonly heard: unknown[] = []
  readonly #waiting: (() => void)[] = []

  open(): ReturnType<typeof openLiveSocket> {
    return openLiveSocket(
      {
        connect: (events) => {
          const socket = { events, closed: false }
          this.sockets.push(socket)
          return { close: () => { socket.closed = true } }
        },
        sessionEndedCode: 4401,
        random: () => 1,
        after: (milliseconds, run) => {
          this.pauses.push(milliseconds)
          this.#waiting.push(run)
          return () => { this.#waiting.length = 0 }
        },
      },
      { message: (value) => this.heard.push(value), connected: (isConnected) => this.heard.push(isConnected) },
    )
  }

  get last(): SocketEvents {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('nothing connected')
    return socket.events
  }

  elapse(): void {
    this.#waiting.shift()?.()
  }
}

describe('the live line', () => {
  it('waits longer after every failure, up to a limit', () => {
    const network = new Network()
    network.open()
    for (let failure = 0; failure < 8; failure++) {
      network.last.closed(1006)
      network.elapse()
    }
    expect(network.pauses.slice(0, 4)).toEqual([500, 1000, 2000, 4000])
    expect(network.pauses.at(-1)).toBe(longestPauseMs)
    expect(network.sockets).toHaveLength(9)
  })

  it('spreads the pages that lost the server together', () => {
    expect(reconnectPauseMs(3, 0)).toBe(2000)
    expect(reconnectPauseMs(3, 1)).toBe(4000)
  })

  it('does not count a line as good that opened and brought nothing', () => {
    const network = new Network()
    network.open()
    for (let failure = 0; failure < 3; failure++) {
      network.last.opened()
      network.last.closed(1008)
      network.elapse()
    }
    expect(network.pauses).toEqual([500, 1000, 2000])
  })

  it('comes back at once when the session ended, but only once in a row', () => {
    const network = new Network()
    network.open()
    network.last.opened()
    network.last.message('{"topic":"state"}')
    network.last.closed(4401)
    expect(network.sockets).toHaveLength(2)
    network.last.closed(4401)
    expect(network.sockets).toHaveLength(2)
    expect(network.pauses).toHaveLength(1)
  })

  it('tells what is no JSON as nothing', () => {
    const network = new Network()
    network.open()
    network.last.message('{')
    network.last.message(new ArrayBuffer(2))
    expect(network.heard).toEqual([undefined, undefined])
  })

  it('hears nothing more of a line that was given up', () => {
    const network = new Network()
    const line = network.open()
    const old = network.last
    line.renew()
    old.message('{"topic":"state"}')
    old.closed(1006)
    expect(network.heard).toEqual([])
    expect(network.pauses).toEqual([])
    line.close()
    network.last.closed(1006)
    line.renew()
    expect(network.sockets).toHaveLength(2)
    expect(network.sockets.every(({ closed }) => closed)).toBe(true)
  })

  it('starts with the shortest pause again after good news', () => {
    const network = new Network()
    network.open()
    network.last.closed(1006)
    network.elapse()
    network.last.opened()
    network.last.message('{"topic":"drives"}')
    network.last.closed(1006)
    expect(network.pauses).toEqual([500, 500])
    expect(network.heard).toEqual([false, true, { topic: 'drives' }, false])
  })
})
