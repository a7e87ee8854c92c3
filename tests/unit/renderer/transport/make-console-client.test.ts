// What the page does with answers: nothing unchecked gets through, every refusal is one kind of error.
import { describe, expect, it } from 'vitest'
import { ConsoleCallError, makeConsoleClient } from '../../../../src-renderer/transport/make-console-client.ts'
import type { LiveListener, Transport, TransportReply } from '../../../../src-renderer/transport/transport.ts'

class FakeTransport implements Transport {
  readonly shell = 'browser'
  readonly calls: { name: string; headers: Readonly<Record<string, string>> }[] = []
  listener: LiveListener | undefined
  readonly #answer: () => Promise<TransportReply>

  constructor(answer: () => Promise<TransportReply>) {
    this.#answer = answer
  }

  call(name: string, _input: unknown, headers: Readonly<Record<string, string>>): Promise<TransportReply> {
    this.calls.push({ name, headers })
    return this.#answer()
  }

  watchLive(listener: LiveListener): { renew(): void; close(): void } {
    this.listener = listener
    return { renew: () => undefined, close: () => undefined }
  }
}

const answering = (status: number, value: unknown): FakeTransport => new FakeTransport(() => Promise.resolve({ status, value }))

async function faultOf(work: Promise<unknown>): Promise<ConsoleCallError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ConsoleCallError)) throw new Error('it was not refused with a call error')
  return error
}

describe('the console client', () => {
  it('says that nobody answers', async () => {
    const client = makeConsoleClient(new FakeTransport(() => Promise.reject(new Error('connection refused'))))
    expect((await faultOf(client.call('state.get', {}))).code).toBe('unreachable')
  })

  it('hands on code, message, hint and waiting time of a refusal', async () => {
    const client = makeConsoleClient(answering(429, { code: 'slow-down', message: 'Too many wrong entries.', hint: 'Then try again.', retryAfterSeconds: 40 }))
    const { code, message, hint, retryAfterSeconds } = await faultOf(client.call('operator.signIn', { password: 'x' }))
    expect({ code, message, hint, retryAfterSeconds }).toEqual({ code: 'slow-down', message: 'Too many wrong entries.', hint: 'Then try again.', retryAfterSeconds: 40 })
  })

  it('does not show what some proxy answered', async () => {
    const client = makeConsoleClient(answering(502, '<html>secret</html>'))
    const fault = await faultOf(client.call('state.get', {}))
    expect(fault.code).toBe('not-understood')
    expect(fault.message).not.toContain('secret')
  })

  it('refuses an answer that is not what the contract says', async () => {
    const client = makeConsoleClient(answering(200, { buckets: [{ name: 7 }] }))
    expect((await faultOf(client.call('buckets.list', {}))).code).toBe('not-understood')
  })

  it('keeps only what the contract names', async () => {
    const client = makeConsoleClient(answering(200, { idleSeconds: 900, longestSeconds: 3600, surprise: 1 }))
    expect(await client.call('operator.signIn', { password: 'x' })).toEqual({ idleSeconds: 900, longestSeconds: 3600 })
  })

  it('shows the set-up code to set-up only', async () => {
    const transport = answering(200, {})
    const client = makeConsoleClient(transport)
    client.useSetUpCode('ABCD-EFGH')
    await client.call('setup.startOver', {})
    await client.call('operator.signOut', {})
    expect(transport.calls).toEqual([
      { name: 'setup.startOver', headers: { 'x-coffer-setup-code': 'ABCD-EFGH' } },
      { name: 'operator.signOut', headers: {} },
    ])
  })

  it('drops live messages that are not of the contract', () => {
    const transport = answering(200, {})
    const heard: unknown[] = []
    makeConsoleClient(transport).watchLive({ message: (message) => heard.push(message), connected: () => undefined })
    transport.listener?.message(undefined)
    transport.listener?.message({ topic: 'state', value: { lifecycle: 'on fire' } })
    transport.listener?.message({ topic: 'state', value: { lifecycle: 'fresh', seen: 'fresh', setUp: { open: true }, signedIn: false } })
    expect(heard).toEqual([{ topic: 'state', value: { lifecycle: 'fresh', seen: 'fresh', setUp: { open: true }, signedIn: false } }])
  })
})
