// One program per state folder, and the socket for its own user.
import { fork, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockStateFolder, openLocalSocket } from '../../../src-main/console/index.ts'
import { openFakeAppliance } from './fake-appliance.ts'
import { callHeaders, send } from './http-client.ts'

let folder: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coffer-state-'))
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Another process that runs this until it is killed; resolves when it says that it is ready. */
async function other(source: string): Promise<ChildProcess> {
  const file = join(folder, 'other.mjs')
  writeFileSync(file, `const root = ${JSON.stringify(join(import.meta.dirname, '../../../src-main'))}\n${source}\nprocess.send('ready')\nsetInterval(() => {}, 1000)`)
  const child = fork(file, { execArgv: [], stdio: 'ignore' })
  children.push(child)
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => { resolve() })
    child.once('exit', (code) => { reject(new Error(`the other process ended with ${String(code)}`)) })
  })
  return child
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

describe('the lock of the state folder', () => {
  it('is refused while another process holds it, and free as soon as that was killed', async () => {
    const holder = await other(`const { lockStateFolder } = await import(root + '/console/state-lock.ts')\nglobalThis.lock = lockStateFolder(${JSON.stringify(folder)})`)
    expect(() => lockStateFolder(folder)).toThrow(expect.objectContaining({ fault: 'in-use' }))
    await killed(holder)
    lockStateFolder(folder).release()
  })

  it('is refused within one process too, until it is released', () => {
    const lock = lockStateFolder(folder)
    expect(() => lockStateFolder(folder)).toThrow(/Another Coffer is running/)
    lock.release()
    lockStateFolder(folder).release()
  })

  it('makes the folder, for its user alone', () => {
    const inner = join(folder, 'a', 'state')
    lockStateFolder(inner).release()
    expect(statSync(inner).mode & 0o777).toBe(0o700)
    chmodSync(inner, 0o755)
    lockStateFolder(inner).release()
    expect(statSync(inner).mode & 0o777).toBe(0o700)
  })

  it('names a folder that can not be one', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => lockStateFolder(join(folder, 'file'))).toThrow(expect.objectContaining({ fault: 'folder-not-usable' }))
    mkdirSync(join(folder, 'lock'))
    expect(() => lockStateFolder(folder)).toThrow(expect.objectContaining({ fault: 'folder-not-usable' }))
  })
})

describe('the local socket', () => {
  it('is refused while somebody answers there', async () => {
    const live = createServer().listen(join(folder, 'coffer.sock'))
    await new Promise((resolve) => live.once('listening', resolve))
    await expect(openLocalSocket(folder, () => undefined)).rejects.toMatchObject({ fault: 'in-use' })
    await new Promise((resolve) => live.close(resolve))
  })

  it('takes the place of one whose process was killed', async () => {
    const holder = await other(`const { createServer } = await import('node:net')\nawait new Promise((resolve) => createServer().listen(${JSON.stringify(join(folder, 'coffer.sock'))}, resolve))`)
    await expect(openLocalSocket(folder, () => undefined)).rejects.toMatchObject({ fault: 'in-use' })
    await killed(holder)
    expect(statSync(join(folder, 'coffer.sock')).isSocket()).toBe(true)
    const socket = await openLocalSocket(folder, () => undefined)
    await socket.close()
  })

  it('names a path that is too long', async () => {
    const deep = join(folder, 'x'.repeat(90))
    mkdirSync(deep)
    await expect(openLocalSocket(deep, () => undefined)).rejects.toMatchObject({ fault: 'path-too-long' })
  })

  it('answers its user without signing in, and no page that was forwarded to it', async () => {
    const appliance = openFakeAppliance()
    const socket = await openLocalSocket(folder, (server) => { appliance.console.attach(server, 'local') })
    try {
      expect(statSync(socket.path).mode & 0o777).toBe(0o600)
      const target = { socketPath: socket.path }
      const answer = await send(target, '/api/setup.code', { method: 'POST', headers: callHeaders(), body: '{}' })
      expect(answer.value).toEqual({ code: appliance.console.setUpCode })
      expect((await send(target, '/api/setup.code', { method: 'POST', headers: callHeaders({ origin: 'https://studio.local' }), body: '{}' })).status).toBe(403)
      expect((await send(target, '/api/setup.code', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status).toBe(403)
    } finally {
      await socket.close()
      appliance.close()
    }
  })
})
