// The live line over WebSocket: who is let in, and what a viewer may do. Plain HTTP stands for TLS here: the edge is the same.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { liveMessage, type LiveMessage } from '../../../src-main/contract/live.ts'
import { openFakeAppliance, type FakeAppliance } from './fake-appliance.ts'
import { send } from './http-client.ts'

let appliance: FakeAppliance
let server: Server
let port: number
beforeEach(async () => {
  appliance = openFakeAppliance()
  server = createServer()
  appliance.console.attach(server, 'network')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  appliance.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const connect = (path = '/api/live', headers: Record<string, string> = {}): WebSocket => new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
const refusal = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined)
    socket.on('unexpected-response', (_request, response) => { resolve(response.statusCode ?? 0) })
  })
const nextMessage = (socket: WebSocket): Promise<LiveMessage> =>
  new Promise((resolve) => { socket.once('message', (data: Buffer) => { resolve(liveMessage.parse(JSON.parse(data.toString()))) }) })
const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => { socket.once('close', resolve) })

describe('an upgrade', () => {
  it.each([
    ['a foreign origin', '/api/live', { origin: 'https://evil.example' }, 403],
    ['no origin at all, as a sandbox', '/api/live', { origin: 'null' }, 403],
    ['a cross-site fetch', '/api/live', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a rebound name', '/api/live', { host: 'evil.example' }, 403],
    ['another path', '/api/state.get', {}, 404],
    ['the path of the page', '/', {}, 404],
  ])('is refused with %s', async (_title, path, headers, status) => {
    expect(await refusal(connect(path, headers))).toBe(status)
  })

  it('is refused when as many watch from there as may', async () => {
    const open = Array.from({ length: 16 }, () => connect())
    await Promise.all(open.map(nextMessage))
    expect(await refusal(connect())).toBe(503)
    for (const socket of open) socket.terminate()
  })

  it('that is no WebSocket is refused', async () => {
    expect((await send({ port }, '/api/live', { headers: { connection: 'Upgrade', upgrade: 'websocket' } })).status).toBe(400)
    expect((await send({ port }, '/api/live', { headers: { connection: 'Upgrade', upgrade: 'h2c' } })).status).toBe(400)
  })

  it('of the console\'s own page is told the state at once and at a change', async () => {
    const socket = connect('/api/live', { origin: `https://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' })
    expect(await nextMessage(socket)).toEqual({ topic: 'state', value: { lifecycle: 'fresh', seen: 'fresh', setUp: { open: true }, signedIn: false } })
    await appliance.console.callLocally('setup.create', JSON.stringify({ name: 'studio', drives: ['/mnt/1'], shares: 1, threshold: 1 }))
    expect((await nextMessage(socket)).value).toMatchObject({ storeName: 'studio', lifecycle: 'unverified' })
    socket.terminate()
  })
})

describe('a viewer', () => {
  it('that says something is sent away', async () => {
    const socket = connect()
    await nextMessage(socket)
    socket.send('hello')
    expect(await closed(socket)).toBe(4408)
  })

  it('that sends much is sent away unread', async () => {
    const socket = connect()
    await nextMessage(socket)
    socket.send('x'.repeat(100_000))
    expect(await closed(socket)).toBe(1009)
  })

  it('is told when Coffer stops', async () => {
    const socket = connect()
    await nextMessage(socket)
    appliance.console.close()
    expect(await closed(socket)).toBe(1001)
  })

  it('at the machine itself is told everything, as messages', async () => {
    const got: LiveMessage[] = []
    const end = appliance.console.watchLive((message) => { got.push(message) })
    for (let wait = 0; wait < 50 && got.length < 2; wait++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(got.map(({ topic }) => topic)).toEqual(['state', 'drives'])
    expect(got[0]?.value).toMatchObject({ details: { version: '0.1.0' } })
    end()
  })
})
