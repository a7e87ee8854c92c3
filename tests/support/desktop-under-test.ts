// The built desktop program on the stand-in for Electron: started, looked at, clicked and ended by a test. Its windows are Chromium's pages.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from '@playwright/test'
import { httpOrigin } from './electron-stand-in/addresses.ts'
import type { ControlReply, DesktopControls, DesktopSnapshot } from './electron-stand-in/control-protocol.ts'

const root = join(import.meta.dirname, '../..')
const standIn = join(import.meta.dirname, 'electron-stand-in')
const deadlineMs = 30_000

export class DesktopUnderTest {
  readonly folder: string
  readonly drives: readonly string[]
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (reply: ControlReply) => void>()
  readonly ended: Promise<number | null>
  output = ''
  #browser: Browser | undefined
  #nextId = 1

  /** With `folder` of another one: the same user and the same state. */
  constructor(folder: string = mkdtempSync(join(tmpdir(), 'coffer-desktop-')), args: readonly string[] = []) {
    this.folder = folder
    this.drives = [1, 2, 3, 4].map((number) => join(folder, `drive${number}`))
    for (const drive of this.drives) mkdirSync(drive, { recursive: true })
    this.#child = fork(join(standIn, 'run.ts'), [join(root, 'out/main/index.js'), ...args], {
      execArgv: ['--import', join(standIn, 'register.ts')], cwd: folder, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env['PATH'], HOME: folder, TMPDIR: tmpdir(), STAND_IN_USER_DATA: join(folder, 'user'),
        COFFER_STATE_FOLDER: join(folder, 'state'), COFFER_S3_ADDRESS: '127.0.0.1:0', COFFER_CONSOLE_ADDRESS: '127.0.0.1:0',
        COFFER_PAYLOAD_MEMORY_MIB: '64', COFFER_LOG_LEVEL: 'warn',
      },
    }) // prettier-ignore
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (chunk: Buffer) => { this.output = (this.output + chunk.toString()).slice(-20_000) })
    this.#child.on('message', (message) => {
      // Only the stand-in sends here, and it has the same types.
      const reply = message as ControlReply
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    })
    this.ended = new Promise((resolve) => this.#child.once('exit', (code) => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `the program ended with ${code ?? 'a signal'}\n${this.output}` })
      resolve(code)
    }))
  }

  control<Name extends keyof DesktopControls>(name: Name, ...[input]: Parameters<DesktopControls[Name]> extends [undefined] ? [] : Parameters<DesktopControls[Name]>): Promise<ReturnType<DesktopControls[Name]>> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) => {
        if (error !== undefined) reject(new Error(error))
        // The map says what this control gives back.
        else resolve(value as ReturnType<DesktopControls[Name]>)
      })
      if (!this.#child.connected || !this.#child.send({ id, name, input })) reject(new Error(`the program is gone\n${this.output}`))
    })
  }

  /** What the desktop shows, once it is as wanted. */
  async shows(what: string, isWanted: (shown: DesktopSnapshot) => boolean): Promise<DesktopSnapshot> {
    const deadline = Date.now() + deadlineMs
    for (;;) {
      const shown = await this.control('snapshot')
      if (isWanted(shown)) return shown
      if (Date.now() > deadline) throw new Error(`not seen in time: ${what}\n${JSON.stringify(shown, undefined, 1)}\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** The page of the one open window, loaded. */
  async page(): Promise<Page> {
    this.#browser ??= await chromium.connectOverCDP(await this.control('browser'))
    const deadline = Date.now() + deadlineMs
    for (;;) {
      const page = this.#browser.contexts().flatMap((context) => context.pages()).find((candidate) => candidate.url().startsWith(httpOrigin))
      if (page !== undefined) {
        await page.waitForLoadState('load')
        return page
      }
      if (Date.now() > deadline) throw new Error(`no window opened\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** As a person closes it. */
  async closeWindow(): Promise<void> {
    const page = await this.page()
    const gone = page.waitForEvent('close')
    await this.control('closeWindow')
    await gone
  }

  /** As the service manager ends it; gives the exit code. */
  async stop(): Promise<number | null> {
    await this.#browser?.close()
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs)
    const code = await this.ended
    clearTimeout(late)
    return code
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
