// Sockets that the appliance owns: HTTP or HTTPS servers with limits on everything a stranger can make them hold.
import { createServer as createPlainServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Server as TlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { TaggedError } from '../base/tagged-error.ts'

export type ListenFault = 'port-in-use' | 'not-permitted' | 'no-such-address' | 'not-listening'
export class ListenError extends TaggedError<ListenFault> {}

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export interface ServerCertificate {
  /** PEM, leaf first. */
  readonly certificate: string
  readonly privateKey: string
}

export interface ListenOptions {
  /** Undefined: plain HTTP. */
  readonly certificate: ServerCertificate | undefined
  /** The handlers ask for a body only where the head announces one: requests without cost less, and give no events. */
  readonly optimizeEmptyRequests?: boolean
}

export interface Listener {
  readonly server: Server
  readonly port: number
  /** Takes no new connection, ends idle ones, waits at most `graceMs` for the rest, then cuts them. */
  close(graceMs: number): Promise<void>
}

const connectionsMax = 4096

/** Header blocks beyond this are answered 431 by the parser; the S3 edge refuses earlier by its own limit. */
const serverOptions = { maxHeaderSize: 64 * 1024, noDelay: true, keepAlive: true, requireHostHeader: false, highWaterMark: 256 * 1024 }

/** Listens, or rejects with ListenError that names the address. `attach` puts the handlers on before the first connection. */
export async function listen(address: ListenAddress, { certificate, optimizeEmptyRequests = false }: ListenOptions, attach: (server: Server) => void): Promise<Listener> {
  const options = { ...serverOptions, optimizeEmptyRequests }
  const server =
    certificate === undefined
      ? createPlainServer(options)
      : createTlsServer({ ...options, cert: certificate.certificate, key: certificate.privateKey, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] })
  server.maxConnections = connectionsMax
  attach(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => { reject(toListenError(error, address)) })
    server.listen({ host: address.host, port: address.port, backlog: 1024 }, resolve)
  })
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => closeServer(server, graceMs),
  }
}

/** New handshakes use the new certificate; open connections keep the old one. */
export function replaceCertificate(server: Server, certificate: ServerCertificate): void {
  if (server instanceof TlsServer) server.setSecureContext({ cert: certificate.certificate, key: certificate.privateKey })
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => { server.closeAllConnections() }, graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function toListenError(error: NodeJS.ErrnoException, { host, port }: ListenAddress): ListenError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError('port-in-use', `Port ${port} on ${host} is in use by another program. Stop it, or choose another port.`, { host, port }, error)
    case 'EACCES':
      return new ListenError('not-permitted', `Port ${port} may not be opened by this user. Ports below 1024 need a permission; choose a higher one.`, { host, port }, error)
    case 'EADDRNOTAVAIL':
      return new ListenError('no-such-address', `This machine has no address ${host}.`, { host, port }, error)
    default:
      return new ListenError('not-listening', `Port ${port} on ${host} could not be opened (${error.code ?? 'unknown reason'}).`, { host, port }, error)
  }
}
