// A whole store for tests, the demo and the benchmark: the built program in a process of its own, on folders as drives, driven through
// its local socket as the command line does. Started, killed, unsealed, robbed of drives; everything is removed at the end.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3TestClient } from './s3-test-client.ts'

const root = join(import.meta.dirname, '../..')
const program = join(root, 'out/main/headless.js')
const startDeadlineMs = 60_000

export interface TestApplianceOptions {
  readonly drives: number
  readonly parity?: number
  readonly shares?: number
  readonly threshold?: number
  readonly tls?: boolean
  readonly encryptByDefault?: boolean
  /** Folders to use as drives instead of fresh ones. */
  readonly driveFolders?: readonly string[]
  /** As users run it: allocator settings and full-size segments. */
  readonly production?: boolean
}

interface Reply {
  readonly status: number
  readonly value: unknown
}

/** Node's allocator keeps memory instead of giving it back after every body; the bootstrap sets the same. */
const allocatorSettings = { MALLOC_TRIM_THRESHOLD_: '268435456', MALLOC_MMAP_THRESHOLD_: '268435456', MALLOC_TOP_PAD_: '16777216', MALLOC_ARENA_MAX: '2' }

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => { resolve(port) })
    })
  })
}

function field(value: unknown, ...path: readonly string[]): unknown {
  let at: unknown = value
  for (const name of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined
  return at
}

export class TestAppliance {
  readonly accessKeyId = 'test-administrator'
  readonly secretAccessKey = 'test-secret-of-forty-characters-0123456789'
  readonly shares: string[] = []
  readonly stateFolder: string
  readonly drives: string[]
  readonly #folder: string
  readonly #options: TestApplianceOptions
  #child: ChildProcess | undefined
  #output = ''
  #s3Port = 0
  #consolePort = 0

  constructor(options: TestApplianceOptions) {
    this.#options = options
    this.#folder = mkdtempSync(join(tmpdir(), 'coffer-store-'))
    this.stateFolder = join(this.#folder, 'state')
    this.drives = options.driveFolders === undefined ? Array.from({ length: options.drives }, (_, index) => join(this.#folder, `drive${index + 1}`)) : [...options.driveFolders]
    for (const drive of this.drives) mkdirSync(drive, { recursive: true })
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get endpoint(): string {
    return `${this.#options.tls === false ? 'http' : 'https'}://127.0.0.1:${this.#s3Port}`
  }

  get consolePort(): number {
    return this.#consolePort
  }

  /** The LAN authority's certificate, as clients are told to trust it. */
  get authorityFile(): string {
    return join(this.stateFolder, 'certs', 'CAs', 'coffer-ca.crt')
  }

  client(): S3TestClient {
    return new S3TestClient({
      endpoint: this.endpoint,
      credentials: { accessKeyId: this.accessKeyId, secretAccessKey: this.secretAccessKey },
      ...(this.#options.tls === false ? {} : { authority: readFileSync(this.authorityFile) }),
    })
  }

  /** Starts the program and waits until its local socket answers. It is then fresh or sealed. */
  async start(): Promise<void> {
    if (this.#s3Port === 0) {
      this.#s3Port = await freePort()
      this.#consolePort = await freePort()
    }
    this.#output = ''
    const child = spawn(process.execPath, [program], {
      env: {
        PATH: process.env['PATH'], HOME: this.#folder, TMPDIR: tmpdir(), ...(this.#options.production === true ? allocatorSettings : {}),
        COFFER_STATE_FOLDER: this.stateFolder,
        COFFER_DRIVES: this.drives.join(','),
        COFFER_S3_ADDRESS: `127.0.0.1:${this.#s3Port}`,
        COFFER_CONSOLE_ADDRESS: `127.0.0.1:${this.#consolePort}`,
        COFFER_TLS: this.#options.tls === false ? 'off' : 'lan-authority',
        COFFER_ROOT_USER: this.accessKeyId,
        COFFER_ROOT_PASSWORD: this.secretAccessKey,
        COFFER_LOG_LEVEL: 'warn',
        ...(this.#options.encryptByDefault === undefined ? {} : { COFFER_ENCRYPT_BY_DEFAULT: this.#options.encryptByDefault ? 'on' : 'off' }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const keep = (chunk: Buffer): void => { this.#output = (this.#output + chunk.toString()).slice(-20_000) }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const deadline = Date.now() + startDeadlineMs
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}\n${this.#output}`)
      const reply = await this.call('state.get', {}).catch(() => undefined)
      if (reply?.status === 200) return
      if (Date.now() > deadline) throw new Error(`the program did not answer\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Sets the store up, keeps the shares, proves them: serving afterwards. */
  async setUp(): Promise<void> {
    const reply = await this.#expect('setup.create', {
      name: 'test-store', drives: this.drives, shares: this.#options.shares ?? 3, threshold: this.#options.threshold ?? 2,
      ...(this.#options.parity === undefined ? {} : { parity: this.#options.parity }),
    })
    const cards = field(reply, 'cards')
    if (!Array.isArray(cards)) throw new Error('no share cards came back')
    for (const card of cards) this.shares.push(String(field(card, 'card')))
    await this.unseal()
  }

  /** Verdict of one share. */
  async submitShare(share: string): Promise<string> {
    const reply = await this.call('unseal.submitShare', { share })
    return String(field(reply.value, 'verdict') ?? field(reply.value, 'code'))
  }

  async unseal(): Promise<void> {
    for (const share of this.shares) {
      if ((await this.submitShare(share)) === 'opened') break
    }
    await this.#until('serving', async () => field(await this.state(), 'lifecycle') === 'serving')
  }

  async state(): Promise<unknown> {
    return this.#expect('state.get', {})
  }

  /** Waits until every drive is in service and complete. */
  async healed(): Promise<void> {
    await this.#until('healed', async () => {
      const drives = field(await this.#expect('drives.list', {}), 'drives')
      return Array.isArray(drives) && drives.length === this.drives.length && drives.every((drive) => field(drive, 'state') === 'ok')
    })
  }

  /** SIGKILL, and wait until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  /** A drive's folder is no longer where it was. */
  removeDrive(index: number): void {
    const drive = this.drives[index] ?? ''
    if (existsSync(drive)) renameSync(drive, `${drive}.away`)
  }

  returnDrive(index: number): void {
    const drive = this.drives[index] ?? ''
    if (existsSync(`${drive}.away`)) renameSync(`${drive}.away`, drive)
  }

  /** Every drive is mounted elsewhere, in another order. Only while stopped. */
  moveDrives(): void {
    const moved = this.drives.map((drive, index) => {
      const to = join(this.#folder, `elsewhere-${this.drives.length - index}`)
      renameSync(drive, to)
      return to
    })
    this.drives.splice(0, this.drives.length, ...moved.reverse())
  }

  /** Keeps a copy of every drive and of the state folder. Only while stopped. */
  keepCopy(): void {
    for (const folder of [...this.drives, this.stateFolder]) execFileSync('cp', ['-a', '--sparse=always', folder, `${folder}.copy`])
  }

  /** Everything is again as it was when `keepCopy` was called. Only while stopped. */
  restoreCopy(): void {
    for (const folder of [...this.drives, this.stateFolder]) {
      rmSync(folder, { recursive: true, force: true })
      execFileSync('cp', ['-a', '--sparse=always', `${folder}.copy`, folder])
    }
  }

  /** Shard files still on any drive once deleted payloads had time to go. */
  async shardFilesAfterCleanUp(): Promise<string[]> {
    const files = (): string[] => this.drives.flatMap((drive) => {
      const folder = join(drive, '.coffer', 'shards')
      return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).filter((name) => /[0-9a-f]{32}/.test(name)) : []
    })
    for (let wait = 0; wait < 100 && files().length > 0; wait++) await new Promise((resolve) => setTimeout(resolve, 100))
    return files()
  }

  /** Ends the program in order and removes everything. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null) {
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await this.kill('SIGTERM')
      clearTimeout(late)
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** A procedure of the console over the local socket. */
  call(procedure: string, input: unknown): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify(input)
      const outgoing = request(
        { socketPath: join(this.stateFolder, 'coffer.sock'), method: 'POST', path: `/api/${procedure}`, timeout: 120_000, headers: { host: 'localhost', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-coffer-csrf': '1' } },
        (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', reject)
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            try {
              resolve({ status: incoming.statusCode ?? 0, value: text === '' ? undefined : JSON.parse(text) })
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)))
            }
          })
        },
      )
      outgoing.on('timeout', () => outgoing.destroy(new Error('the local socket did not answer')))
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async #expect(procedure: string, input: unknown): Promise<unknown> {
    const reply = await this.call(procedure, input)
    if (reply.status !== 200) throw new Error(`${procedure} answered ${reply.status} ${JSON.stringify(reply.value)}\n${this.#output}`)
    return reply.value
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 120_000
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`not ${what} in time: ${JSON.stringify(await this.state())}\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Set up, proven and serving. */
export async function startTestAppliance(options: TestApplianceOptions): Promise<TestAppliance> {
  const appliance = new TestAppliance(options)
  try {
    await appliance.start()
    await appliance.setUp()
    return appliance
  } catch (error) {
    await appliance.stop()
    throw error
  }
}

/** Runs the program with this environment until it ends by itself (at most 20 s). */
export function runHeadless(environment: Readonly<Record<string, string>>): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-run-'))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], HOME: folder, COFFER_STATE_FOLDER: join(folder, 'state'), COFFER_S3_ADDRESS: '127.0.0.1:0', COFFER_CONSOLE_ADDRESS: '127.0.0.1:0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
    child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
    child.on('exit', (code, signal) => {
      clearTimeout(late)
      rmSync(folder, { recursive: true, force: true })
      resolve({ code: code ?? (signal === null ? 0 : 137), stdout, stderr })
    })
  })
}
