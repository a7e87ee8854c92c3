import { writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { connectWorker, RemoteFault, WorkerError, type WorkerClient } from '../../../src-main/base/worker-rpc.ts'

interface EchoCalls {
  echo(input: { text: string }): { text: string }
  later(input: { delayMs: number }): { done: boolean }
  refuse(input: Record<string, never>): void
  break(input: Record<string, never>): void
  die(input: Record<string, never>): void
  groups(input: Record<string, never>): { sizes: number[] }
}

const base = pathToFileURL(join(import.meta.dirname, '../../../src-main/base/')).href
const entry = join(mkdtempSync(join(tmpdir(), 'coffer-rpc-')), 'echo.mjs')
writeFileSync(
  entry,
  `import { parentPort } from 'node:worker_threads'
   import { serveWorker } from '${base}worker-rpc.ts'
   import { TaggedError } from '${base}tagged-error.ts'
   let now = 0, sizes = []
   serveWorker(parentPort, {
     echo: (input) => { now++; return input },
     later: (input) => new Promise((resolve) => setTimeout(() => resolve({ done: true }), input.delayMs)),
     refuse: () => { throw new TaggedError('full', 'no room', { left: 3 }) },
     break: () => { throw new Error('a bug') },
     die: () => { process.exit(3) },
     groups: () => ({ sizes }),
   }, () => { if (now > 0) sizes.push(now); now = 0 })`,
)

let client: WorkerClient<EchoCalls> | undefined
function start(callsInFlightMax = 100, enough = Infinity): WorkerClient<EchoCalls> {
  client = connectWorker<EchoCalls>(new Worker(entry), { timeoutMs: 5000, callsInFlightMax, enoughCompany: { echo: enough } })
  return client
}
afterEach(async () => {
  await client?.close()
})

describe('calls between threads', () => {
  it('keep the kind of a refusal, its message and its details', async () => {
    const error = await start().call('refuse', {}).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RemoteFault)
    expect(error).toMatchObject({ fault: 'full', message: 'no room', details: { left: 3 } })
  })

  it('tell a bug of the worker from a refusal', async () => {
    const error = await start().call('break', {}).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(WorkerError)
    expect(error).toMatchObject({ fault: 'worker-bug' })
  })

  it('end at their deadline', async () => {
    const error = await start().call('later', { delayMs: 3000 }, 100).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ fault: 'timeout' })
  })

  it('are refused beyond the limit in flight', async () => {
    const echo = start(2)
    const calls = [echo.call('echo', { text: 'a' }), echo.call('echo', { text: 'b' })]
    await expect(echo.call('echo', { text: 'c' })).rejects.toMatchObject({ fault: 'too-many-calls' })
    await Promise.all(calls)
  })

  it('all fail when the thread dies, those in flight and those after', async () => {
    const echo = start()
    const slow = echo.call('later', { delayMs: 2000 }).catch((caught: unknown) => caught)
    await echo.call('die', {}).catch(() => undefined)
    expect(await slow).toMatchObject({ fault: 'worker-gone' })
    await expect(echo.call('echo', { text: 'x' })).rejects.toMatchObject({ fault: 'worker-gone' })
  })

  it('made in one turn arrive as one group, and every answer finds its call', async () => {
    const echo = start()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => echo.call('echo', { text: String(index) })))
    expect(answers.map((answer) => answer.text)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
    expect((await echo.call('groups', {})).sizes).toEqual([20])
  })

  it('go to a thread that answers late all the same', async () => {
    const rpc = start()
    const late = rpc.call('later', { delayMs: 2000 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    const first = await Promise.race([late.then(() => 'the late one'), rpc.call('echo', { text: 'the other' }).then(({ text }) => text)])
    expect(first).toBe('the other')
    await late
  })

  it('made while the thread is at work wait for one another', async () => {
    const rpc = start()
    await rpc.call('echo', { text: '' })
    const calls = [rpc.call('later', { delayMs: 20 })]
    await new Promise((resolve) => setImmediate(resolve))
    const texts: Promise<unknown>[] = []
    for (const text of ['a', 'b', 'c']) {
      texts.push(rpc.call('echo', { text }))
      await Promise.resolve()
    }
    await Promise.all([...calls, ...texts])
    expect((await rpc.call('groups', {})).sizes).toEqual([1, 3])
  })

  it('leave at once when they are company enough, whatever the thread is doing', async () => {
    const rpc = start(100, 3)
    await rpc.call('groups', {})
    const later = rpc.call('later', { delayMs: 20 })
    await new Promise((resolve) => setImmediate(resolve))
    const calls = ['a', 'b', 'c', 'd'].map((text) => rpc.call('echo', { text }))
    // No turn of the loop here: what has not left by now has not arrived.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    calls.push(rpc.call('echo', { text: 'e' }))
    await Promise.all([later, ...calls])
    expect((await rpc.call('groups', {})).sizes).toEqual([3, 2])
  })
})
