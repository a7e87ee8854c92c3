// The socket for this machine's own user: mode 0600 in a 0700 folder, the same HTTP as the console. Who reaches it may do everything.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { inUse, LocalAccessError } from './state-lock.ts'

export interface LocalSocket {
  readonly path: string
  /** Ends every connection and removes the socket. */
  close(): Promise<void>
}

/** Linux takes 107 bytes, macOS 103. */
const pathSizeMax = 103
const probeTimeoutMs = 2000
const connectionsMax = 256

/** The caller holds the folder's lock. Faults: in-use (somebody answers there), path-too-long, socket-not-usable. */
export async function openLocalSocket(folder: string, attach: (server: Server) => void): Promise<LocalSocket> {
  const path = join(folder, 'coffer.sock')
  if (Buffer.byteLength(path) > pathSizeMax) {
    throw new LocalAccessError('path-too-long', `The state folder's path is too long for a socket: ${path} has more than ${pathSizeMax} bytes. Choose a shorter one with --state.`, { path })
  }
  if (await isAnswered(path)) throw inUse(folder)
  rmSync(path, { force: true })
  const server = createServer({ maxHeaderSize: 32 * 1024, keepAlive: true })
  server.maxConnections = connectionsMax
  attach(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => { reject(new LocalAccessError('socket-not-usable', `The socket ${path} can't be opened.`, { path }, error)) })
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => { resolve() })
        server.closeAllConnections()
      }),
  }
}

/** A socket of a dead process refuses; one that is alive takes the connection. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path)
    probe.setTimeout(probeTimeoutMs, () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') resolve(false)
      else reject(new LocalAccessError('socket-not-usable', `The socket ${path} can't be looked at (${error.code ?? 'unknown reason'}).`, { path }, error))
    })
  })
}
