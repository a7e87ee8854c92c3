// Who is told what and how often, with viewers that only take notes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LiveMessage } from '../../../src-main/contract/live.ts'
import { liveClosedByRule, liveClosedSessionEnded, liveClosedStopping } from '../../../src-main/contract/live.ts'
import type { Caller, ConsoleServices } from '../../../src-main/console/call-context.ts'
import { ClientActivity } from '../../../src-main/console/client-activity.ts'
import { GuessLimiter, sharePolicy } from '../../../src-main/console/guess-limiter.ts'
import { LiveLine, liveViewersMax, liveViewersPerAddressMax, liveWaitingBytesMax, type LiveViewer } from '../../../src-main/console/live-line.ts'
import { OperatorSessions } from '../../../src-main/console/operator-sessions.ts'
import { OperatorSignIn } from '../../../src-main/console/operator-sign-in.ts'
import { SetUpCode } from '../../../src-main/console/set-up-code.ts'
import { systemRandom } from '../../../src-main/base/random.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { FakeStore } from './fake-appliance.ts'

class Viewer implements LiveViewer {
  readonly caller: Caller
  readonly got: LiveMessage[] = []
  readonly texts: string[] = []
  waitingBytes = 0
  closed: number | undefined
  constructor(caller: Caller) {
    this.caller = caller
  }

  send(text: string, message: LiveMessage): void {
    this.texts.push(text)
    this.got.push(message)
  }

  close(code: number): void {
    this.closed = code
  }

  topics(): string {
    return this.got.map(({ topic }) => topic).join(' ')
  }
}

let clock: ManualClock
let store: FakeStore
let services: ConsoleServices
let live: LiveLine
let factsAsked: number

beforeEach(() => {
  clock = manualClock()
  store = new FakeStore(clock)
  factsAsked = 0
  const facts = store.driveFacts.bind(store)
  store.driveFacts = () => {
    factsAsked++
    return facts()
  }
  services = {
    store, certificates: undefined, draft: undefined, clock, random: systemRandom, activity: new ClientActivity(clock), setUpCode: new SetUpCode(systemRandom, clock),
    site: { version: '0', region: 'x', authorityFile: '', endpoints: () => ({ s3: '', console: '' }), hostNames: () => [], network: () => ({ addresses: [], listeners: [], s3Tls: true }) },
    signIn: new OperatorSignIn({ secrets: () => undefined, clock }), sessions: new OperatorSessions(clock, systemRandom), shareGuesses: new GuessLimiter(sharePolicy, clock),
  }
  live = new LiveLine(services)
})
afterEach(() => { live.close() })

const settle = async (): Promise<void> => { for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => { setImmediate(resolve) }) }
async function pass(durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 50) {
    clock.advance(50)
    await settle()
  }
}
const stranger = (address = '192.0.2.1'): Caller => ({ kind: 'network', address, place: 'browser' })
const operator = (): Caller => ({ ...stranger(), sessionToken: services.sessions.begin('browser') })
async function watch(caller: Caller): Promise<Viewer> {
  const viewer = new Viewer(caller)
  live.admit(caller)
  live.open(viewer)
  await pass(250)
  return viewer
}
const serve = (): void => { store.move({ state: 'serving' }) }

describe('a stranger who watches', () => {
  it('is told the state and never the drives', async () => {
    serve()
    const viewer = await watch(stranger())
    store.storageHealth = 'at-risk'
    serve()
    await pass(2000)
    expect(viewer.topics()).toBe('state')
    expect(viewer.got[0]?.value).toEqual({ lifecycle: 'serving', seen: 'ready', setUp: { open: false }, signedIn: false })
    expect(factsAsked).toBe(0)
  })

  it('is told the drives by no cookie of elsewhere', async () => {
    serve()
    const { sessionToken = '' } = operator()
    const viewer = await watch({ ...stranger(), sessionToken, place: 'another browser' })
    expect(viewer.topics()).toBe('state')
  })
})

describe('watching', () => {
  it('has room for so many of one address and so many in all, and always for the machine\'s own', async () => {
    for (let count = 0; count < liveViewersPerAddressMax; count++) live.open(new Viewer(stranger(`2001:db8::${count.toString(16)}`)))
    expect(() => { live.admit(stranger('2001:db8::ffff')) }).toThrow('Too many pages')
    for (let count = liveViewersPerAddressMax; count < liveViewersMax; count++) live.open(new Viewer(stranger(`198.51.100.${count}`)))
    expect(() => { live.admit(stranger('203.0.113.1')) }).toThrow('Too many pages')
    live.admit({ kind: 'local', address: 'local', place: 'local' })
  })

  it('ends for a viewer that does not read', async () => {
    const [slow, quick] = [await watch(stranger()), await watch(stranger('192.0.2.2'))]
    slow.waitingBytes = liveWaitingBytesMax + 1
    store.move({ state: 'sealed' })
    await pass(250)
    expect([slow.closed, slow.got.length, quick.got.length, live.count]).toEqual([liveClosedByRule, 1, 2, 1])
  })

  it('ends with the session: signed out, sealed, idle', async () => {
    serve()
    const [first, second, third] = [await watch(operator()), await watch(operator()), await watch(operator())]
    services.sessions.end(first.caller.sessionToken)
    await pass(250)
    expect([first.closed, second.closed]).toEqual([liveClosedSessionEnded, undefined])
    services.sessions.isSignedIn(third.caller, true)
    clock.advance(14 * 60_000)
    services.sessions.isSignedIn(third.caller, true)
    clock.advance(60_000)
    await pass(1250)
    expect([second.closed, third.closed]).toEqual([liveClosedSessionEnded, undefined])
    services.sessions.endAll()
    await pass(250)
    expect([third.closed, live.count]).toEqual([liveClosedSessionEnded, 0])
  })

  it('ends when Coffer stops', async () => {
    const viewer = await watch(stranger())
    live.close()
    expect(viewer.closed).toBe(liveClosedStopping)
    expect(() => { live.admit(stranger()) }).toThrow()
  })

  it('tells a signed-in viewer state and drives, and a drive that is missing within two seconds', async () => {
    store.created = { name: 'x', drives: ['/mnt/1', '/mnt/2'], shares: 1, threshold: 1 }
    serve()
    const viewer = await watch(operator())
    await pass(250)
    expect(viewer.topics()).toMatch(/^state (state )?drives/)
    store.storageHealth = 'degraded'
    serve()
    await pass(250)
    expect(viewer.got.filter(({ topic }) => topic === 'state').at(-1)?.value).toMatchObject({ seen: 'degraded' })
    await pass(1500)
    expect(viewer.got.filter(({ topic }) => topic === 'drives').at(-1)?.value).toMatchObject({ drives: [{ state: 'missing' }, { state: 'ok' }] })
  })

  it('says at most four times a second what changes all the time, and asks the drives once a second for everybody', async () => {
    serve()
    const viewers = [await watch(operator()), await watch(operator()), await watch({ kind: 'local', address: 'local', place: 'local' })]
    const before = viewers[0]?.got.length ?? 0
    factsAsked = 0
    for (let change = 0; change < 100; change++) {
      store.move({ state: change % 2 === 0 ? 'failed' : 'serving', ...(change % 2 === 0 ? { stage: 'drives' as const, reason: String(change) } : {}) })
      store.storageHealth = 'ok'
      await pass(50)
    }
    const states = (viewers[0]?.got ?? []).slice(before).filter(({ topic }) => topic === 'state').length
    expect(states).toBeGreaterThan(10)
    expect(states).toBeLessThanOrEqual(5 * 4 + 1)
    factsAsked = 0
    serve()
    await pass(5000)
    expect(factsAsked).toBeGreaterThanOrEqual(4)
    expect(factsAsked).toBeLessThanOrEqual(6)
  })

  it('writes one text for all of one audience, and says nothing twice', async () => {
    serve()
    const [one, other] = [await watch(operator()), await watch(operator())]
    await pass(3000)
    const [first, second] = [one.texts.filter((text) => text.includes('"drives"')), other.texts.filter((text) => text.includes('"drives"'))]
    expect(new Set(first).size).toBe(first.length)
    expect(second.at(-1)).toBe(first.at(-1))
  })

  it('does not wait for a drive that hangs', async () => {
    serve()
    store.driveFacts = () => new Promise(() => undefined)
    const viewer = await watch(operator())
    expect(viewer.topics()).toBe('state')
    store.storageHealth = 'read-only'
    serve()
    await pass(250)
    expect(viewer.got.at(-1)?.value).toMatchObject({ seen: 'read-only' })
  })

  it('costs nothing while nobody watches', async () => {
    serve()
    await pass(5000)
    expect([factsAsked, clock.timersWaiting]).toEqual([0, 0])
  })
})
