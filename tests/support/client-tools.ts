// Runs real clients as their users do: a command, an environment, a deadline; output kept for the message when one fails.
import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Never throws for a failing command; `expectOk` does. */
export function runTool(command: string, args: readonly string[], environment: Readonly<Record<string, string>>, options: { cwd?: string; timeoutMs?: number; input?: string } = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      {
        env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...environment },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr })
      },
    )
    child.stdin?.end(options.input ?? '')
  })
}

export async function expectOk(result: Promise<RunResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  if (code !== 0) throw new Error(`the client ended with ${code}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`)
  return stdout
}

/** The path of a system client, or undefined with the reason printed once. */
export function findClient(command: string): string | undefined {
  const path = `/usr/bin/${command}`
  if (existsSync(path)) return path
  process.stdout.write(`skipped: ${command} is not installed on this machine\n`)
  return undefined
}

export function hasBoto3(): boolean {
  const found = spawnSync('/usr/bin/python3', ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0
  if (!found) process.stdout.write('skipped: python3-boto3 is not installed on this machine\n')
  return found
}

export function sha256OfFile(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256')
    createReadStream(path).on('data', (chunk) => hash.update(chunk)).on('end', () => { resolve(hash.digest('hex')) }).on('error', reject)
  })
}

export function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

/** Relative path → hash, for comparing two trees. */
export async function hashTree(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  for (const file of filesBelow(folder)) hashes.set(relative(folder, file), await sha256OfFile(file))
  return hashes
}

/** A small tree with what trips clients: an empty file, spaces, unicode, a deep folder, sizes around the package and part limits. */
export function writeSampleTree(folder: string, seed = 1): void {
  let state = seed * 2654435761
  const random = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0
    return state / 4294967296
  }
  const sizes: readonly (readonly [string, number])[] = [
    ['empty.txt', 0], ['one-byte', 1], ['with space & ampersand.txt', 1234], ['ünïcode-名前.bin', 65_536], ['deep/er/and deeper/file.dat', 65_537],
    ['photos/2024/a.raw', 1_048_576], ['photos/2024/b.raw', 1_048_577], ['big.bin', 9_437_213],
  ]
  for (const [name, size] of sizes) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    const bytes = Buffer.alloc(size)
    for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE((random() * 4294967296) >>> 0, at)
    writeFileSync(path, bytes)
  }
}

export function sizeOfTree(folder: string): number {
  let size = 0
  for (const file of filesBelow(folder)) size += statSync(file).size
  return size
}
