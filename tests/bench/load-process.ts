// The load generator, in a process of its own: requests are signed and laid out before the clock starts, answers are only counted,
// so that it costs little beside the server. Takes one job after the other from its parent, answers each with one result, ends with it.
import { connect, type Socket } from 'node:net'
import { sha256Hex, signV4, type Credentials } from '../support/sign-v4.ts'

export interface LoadJob {
  readonly host: string
  readonly port: number
  readonly credentials: Credentials
  readonly bucket: string
  readonly operation: 'PUT' | 'GET' | 'DELETE' | 'LIST'
  readonly sizeBytes: number
  readonly connections: number
  /** Object names are `<prefix><index>`; requests cycle through `names`. */
  readonly prefix: string
  readonly names: number
  /** Ends after this time, or after every name once when 0. */
  readonly durationMs: number
}

export interface LoadResult {
  readonly requests: number
  readonly errors: number
  readonly firstError: string
  readonly elapsedMs: number
  readonly bytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly clientCpuMs: number
}

interface Lane {
  socket: Socket
  startedMs: number
  bodyLeft: number
  head: Buffer | undefined
}

interface LaidRequests {
  readonly heads: readonly Buffer[]
  readonly body: Buffer
}

/** Signatures are good for a quarter of an hour. */
const laidAgeMaxMs = 5 * 60_000
const laidMax = 4
const laidBefore = new Map<string, { readonly requests: LaidRequests; readonly laidMs: number }>()

/** The same turn again and again lays its requests once. */
function laidRequests(job: LoadJob): LaidRequests {
  const { connections: _connections, durationMs: _durationMs, ...what } = job
  const key = JSON.stringify(what)
  const known = laidBefore.get(key)
  if (known !== undefined && performance.now() - known.laidMs < laidAgeMaxMs) return known.requests
  laidBefore.delete(key)
  const oldest = laidBefore.keys().next().value
  if (oldest !== undefined && laidBefore.size >= laidMax) laidBefore.delete(oldest)
  const requests = layRequests(job)
  laidBefore.set(key, { requests, laidMs: performance.now() })
  return requests
}

/** All PUT bodies are the same: the server must not care, the generator must not hash. */
function layRequests(job: LoadJob): LaidRequests {
  const body = Buffer.alloc(job.operation === 'PUT' ? job.sizeBytes : 0)
  for (let index = 0; index < body.length; index++) body[index] = (index * 31 + (index >>> 8)) & 255
  const payloadHash = sha256Hex(body)
  const host = `${job.host}:${job.port}`
  const heads: Buffer[] = []
  for (let index = 0; index < job.names; index++) {
    const path = job.operation === 'LIST' ? `/${job.bucket}` : `/${job.bucket}/${job.prefix}${index}`
    const query = job.operation === 'LIST' ? 'list-type=2&max-keys=1000' : undefined
    const method = job.operation === 'LIST' ? 'GET' : job.operation
    const headers = signV4(job.credentials, { method, path, ...(query === undefined ? {} : { query }), host, payloadHash })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    if (job.operation === 'PUT') lines.push(`content-length: ${body.length}`)
    heads.push(Buffer.from(`${method} ${path}${query === undefined ? '' : `?${query}`} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`))
  }
  return { heads, body }
}

async function runLoad(job: LoadJob): Promise<LoadResult> {
  const { heads, body } = laidRequests(job)
  const limit = job.durationMs === 0 ? job.names : Number.MAX_SAFE_INTEGER
  const latencies = new Float64Array(2_000_000)
  let sent = 0
  let requests = 0
  let errors = 0
  let firstError = ''
  let bytes = 0
  let running = 0
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => { finish = resolve })
  const cpuBefore = process.cpuUsage()
  const begin = performance.now()

  const next = (lane: Lane): void => {
    const now = performance.now()
    if (sent >= limit || (job.durationMs > 0 && now - begin > job.durationMs)) {
      lane.socket.destroy()
      if (--running === 0) finish()
      return
    }
    const head = heads[sent++ % heads.length] as Buffer
    lane.startedMs = now
    lane.bodyLeft = -1
    if (body.length > 0) {
      lane.socket.cork()
      lane.socket.write(head)
      lane.socket.write(body)
      lane.socket.uncork()
    } else lane.socket.write(head)
  }
  const done = (lane: Lane): void => {
    latencies[requests % latencies.length] = performance.now() - lane.startedMs
    requests++
    next(lane)
  }
  const onBytes = (lane: Lane, chunk: Buffer): void => {
    if (lane.bodyLeft >= 0) {
      lane.bodyLeft -= chunk.length
      bytes += chunk.length
      if (lane.bodyLeft === 0) done(lane)
      return
    }
    const all = lane.head === undefined ? chunk : Buffer.concat([lane.head, chunk])
    const end = all.indexOf('\r\n\r\n')
    if (end < 0) {
      lane.head = Buffer.from(all)
      return
    }
    lane.head = undefined
    const text = all.toString('latin1', 0, end)
    if (text.charCodeAt(9) !== 50) {
      errors++
      firstError ||= all.toString('utf8', 0, 600)
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)
    lane.bodyLeft = text.startsWith('HTTP/1.1 204') ? 0 : Number(length?.[1] ?? 0)
    const rest = all.length - end - 4
    lane.bodyLeft -= rest
    bytes += rest
    if (lane.bodyLeft <= 0) done(lane)
  }

  for (let index = 0; index < job.connections; index++) {
    const buffer = Buffer.allocUnsafe(256 * 1024)
    const lane: Lane = { socket: undefined as unknown as Socket, startedMs: 0, bodyLeft: -1, head: undefined }
    lane.socket = connect({
      host: job.host,
      port: job.port,
      noDelay: true,
      onread: { buffer, callback: (size: number) => { onBytes(lane, buffer.subarray(0, size)); return true } },
    })
    running++
    lane.socket.on('connect', () => { next(lane) })
    lane.socket.on('error', (error) => {
      errors++
      firstError ||= error.message
      if (--running === 0) finish()
    })
  }
  await finished
  const elapsedMs = performance.now() - begin
  const cpu = process.cpuUsage(cpuBefore)
  const sorted = latencies.slice(0, Math.min(requests, latencies.length)).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return {
    requests, errors, firstError, elapsedMs, p50Ms: at(0.5), p99Ms: at(0.99), clientCpuMs: (cpu.user + cpu.system) / 1000,
    bytes: job.operation === 'PUT' ? requests * job.sizeBytes : bytes,
  }
}

process.on('message', (job: LoadJob) => {
  void runLoad(job).then((result) => { process.send?.(result) })
})
