// Connections between two requests: Node sets no timer for them, the server sweeps them by its own clock.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { sha256Hex } from '../../support/sign-v4.ts'
import { KeptConnection } from './kept-connection.ts'
import { openFixture, signedHead, type Fixture } from './s3-fixture.ts'
import { untilTrue } from './until-true.ts'

let clock: ManualClock
let fixture: Fixture
let connection: KeptConnection
beforeEach(async () => {
  // Requests are signed by the real time.
  clock = manualClock(Date.now())
  fixture = await openFixture({ clock, settings: { idleTimeoutMs: 3_600_000, patienceMs: 3_600_000 } })
  await fixture.objects.createBucket('b')
  connection = new KeptConnection(fixture.port)
})
afterEach(async () => {
  connection.close()
  await fixture.close()
})

const list = (): string => signedHead(fixture, 'GET', '/b', sha256Hex(''))
const putHello = (): string => signedHead(fixture, 'PUT', '/b/name', sha256Hex('hello'), {}, { 'content-length': '5' })
/** Second by second, and what was closed has its turn to say so. */
const pass = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second++) clock.advance(1000)
  await new Promise((resume) => setTimeout(resume, 20))
}
const idle = (): Promise<void> => untilTrue(() => fixture.s3.requestsInFlight === 0)
const connectionCount = (): Promise<number> => new Promise((resolve) => fixture.server.getConnections((_, count) => resolve(count)))
/** Holds up the next write until it is called. */
const holdWrites = (): { release: () => void } => {
  const held = { release: () => {} }
  fixture.objects.before = () => new Promise((resolve) => (held.release = resolve))
  return held
}

describe('an idle connection', () => {
  it('is closed after 75 seconds, and not before', async () => {
    await connection.ask(list())
    await idle()
    await pass(75)
    expect(connection.isClosed).toBe(false)
    await pass(1)
    await untilTrue(() => connection.isClosed)
    expect(await connectionCount()).toBe(0)
  })

  it('is closed after a refusal as after a success', async () => {
    expect(await connection.ask('GET /b HTTP/1.1\r\nHost: h\r\n\r\n')).toMatchObject({ status: 403 })
    await idle()
    await pass(76)
    await untilTrue(() => connection.isClosed)
  })

  it('costs no timer of Node, and is told no time', async () => {
    expect(fixture.server.keepAliveTimeout).toBe(0)
    expect((await connection.ask(list())).text).not.toMatch(/^Keep-Alive:/im)
  })

  it('has its time anew after every request', async () => {
    for (let turn = 0; turn < 3; turn++) {
      expect(await connection.ask(list())).toMatchObject({ status: 200 })
      await idle()
      await pass(70)
    }
    expect(connection.isClosed).toBe(false)
  })

  it('is closed alone: others have their own time', async () => {
    const other = new KeptConnection(fixture.port)
    await connection.ask(list())
    await idle()
    await pass(40)
    await other.ask(list())
    await idle()
    await pass(40)
    await untilTrue(() => connection.isClosed)
    expect(await other.ask(list())).toMatchObject({ status: 200 })
    other.close()
  })
})

describe('a connection that is not idle stays, however long', () => {
  beforeEach(async () => {
    await connection.ask(list())
    await idle()
    await pass(70)
  })

  it('a body takes to come', async () => {
    connection.send(putHello())
    connection.send('he')
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    await pass(300)
    expect(await connection.ask('llo')).toMatchObject({ status: 200 })
  })

  it('the second of two requests sent together takes, though the first was answered', async () => {
    const held = holdWrites()
    connection.send(`${list()}${putHello()}hello`)
    expect(await connection.nextReply()).toMatchObject({ status: 200 })
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    await pass(77)
    held.release()
    expect(await connection.nextReply()).toMatchObject({ status: 200 })
  })

  it('the store takes to answer', async () => {
    const held = holdWrites()
    connection.send(`${putHello()}hello`)
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    await pass(300)
    held.release()
    expect(await connection.nextReply()).toMatchObject({ status: 200 })
  })

  it('the bytes of an object take to be read', async () => {
    await connection.ask(`${putHello()}hello`)
    let release = (_: Uint8Array): void => {}
    const first = new Promise<Uint8Array>((resolve) => (release = resolve))
    const { getObject } = fixture.objects
    fixture.objects.getObject = async (request, signal) => {
      const chunks = [Buffer.from('he'), first, undefined]
      return { ...(await getObject(request, signal)), body: { next: () => chunks.shift(), cancel: () => {} } }
    }
    connection.send(signedHead(fixture, 'GET', '/b/name', sha256Hex('')))
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    await pass(300)
    release(Buffer.from('llo'))
    expect((await connection.nextReply()).text).toMatch(/\r\n\r\nhello$/)
  })

  it('and has its 75 seconds from the end of the answer on', async () => {
    const held = holdWrites()
    connection.send(`${putHello()}hello`)
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    await pass(300)
    held.release()
    await connection.nextReply()
    await idle()
    await pass(75)
    expect(connection.isClosed).toBe(false)
    await pass(1)
    await untilTrue(() => connection.isClosed)
  })
})

describe('a closed connection is forgotten', () => {
  const expectForgotten = async (): Promise<void> => {
    await untilTrue(() => (clock.advance(0), fixture.s3.requestsInFlight === 0))
    expect(await connectionCount()).toBe(0)
    // The sweep comes once more, and has nothing left to come back for.
    await pass(2)
    expect(clock.timersWaiting).toBe(0)
  }

  it('that was idle', async () => {
    await connection.ask(list())
    await idle()
    expect(clock.timersWaiting).toBe(1)
    connection.close()
    await untilTrue(() => connection.isClosed)
    await expectForgotten()
  })

  it.each([['first', 0], ['second', 1]])('in the middle of its %s answer', async (_which, answersBefore) => {
    for (let answer = 0; answer < answersBefore; answer++) await connection.ask(list())
    await idle()
    const held = holdWrites()
    connection.send(`${putHello()}hello`)
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    connection.close()
    await expectForgotten()
    held.release()
  })

  it('in the middle of a body', async () => {
    connection.send(`${putHello()}he`)
    await untilTrue(() => fixture.s3.requestsInFlight === 1)
    connection.close()
    await expectForgotten()
  })

  it('and none is swept once the server was told to close', async () => {
    await connection.ask(list())
    await idle()
    fixture.s3.close()
    expect(clock.timersWaiting).toBe(0)
    await pass(100)
    expect(connection.isClosed).toBe(false)
  })
})
