// What the server knows of each connection: how many requests of it are under way, whose body it is sending, and, between two requests,
// since when it has been idle. Node would set a timer for that around every response; here one sweep serves all.
import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { noPlace } from '../base/place-list.ts'
import type { Exchange } from './exchange.ts'
import { StallWatch, type Stallable } from './wire/stall-watch.ts'

const keepAliveMs = 75_000

export class Connection implements Stallable {
  readonly #socket: Duplex
  watchPlace = noPlace
  requestsInFlight = 0
  /** The newest whose body was not all there when it began, for errors that the parser reports about the connection. */
  sending: Exchange | undefined

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  stalled(): void {
    this.#socket.destroy()
  }
}

export class Connections {
  readonly #idle: StallWatch
  readonly #bySocket = new WeakMap<Duplex, Connection>()

  constructor(clock: Clock) {
    this.#idle = new StallWatch(clock, keepAliveMs)
  }

  find(socket: Duplex): Connection | undefined {
    return this.#bySocket.get(socket)
  }

  beginRequest(socket: Duplex): Connection {
    const connection = this.find(socket) ?? this.#open(socket)
    this.#idle.end(connection)
    connection.requestsInFlight++
    return connection
  }

  /** With pipelining the next one may be under way already. */
  endRequest(connection: Connection): void {
    if (--connection.requestsInFlight === 0 && !connection.isClosed) this.#idle.begin(connection)
  }

  close(): void {
    this.#idle.close()
  }

  #open(socket: Duplex): Connection {
    const connection = new Connection(socket)
    this.#bySocket.set(socket, connection)
    socket.once('close', () => { this.#idle.end(connection) })
    return connection
  }
}
