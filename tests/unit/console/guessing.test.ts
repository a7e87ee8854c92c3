// Guessing is slow, whoever guesses and however many at once; the memory for it is bounded.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src-main/base/random.ts'
import { GuessLimiter, passwordPolicy, sharePolicy, toNetwork } from '../../../src-main/console/guess-limiter.ts'
import { OperatorSessions } from '../../../src-main/console/operator-sessions.ts'
import { OperatorSignIn } from '../../../src-main/console/operator-sign-in.ts'
import { ClientActivity } from '../../../src-main/console/client-activity.ts'
import { SetUpCode } from '../../../src-main/console/set-up-code.ts'
import { SecretStoreError } from '../../../src-main/seams/secret-store.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { openMemorySecretStore } from '../../support/memory-secret-store.ts'

const isAllowed = (answer: object): boolean => !('waitMs' in answer)

describe('the limit on guesses', () => {
  it('counts attempts from their beginning, so that many at once gain nothing', () => {
    const limiter = new GuessLimiter(passwordPolicy, manualClock())
    expect(Array.from({ length: 20 }, () => limiter.begin('192.0.2.1')).filter(isAllowed)).toHaveLength(3)
  })

  it('never lets an address try more than ten shares in a minute, at whatever moments', () => {
    const seed = Number(process.env['COFFER_SEED'] ?? Date.now())
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 80 }), (pauses) => {
        const clock = manualClock()
        const limiter = new GuessLimiter(sharePolicy, clock)
        const allowed: number[] = []
        for (const pause of pauses) {
          clock.advance(pause)
          if (isAllowed(limiter.begin('192.0.2.1'))) allowed.push(clock.monotonicMs())
        }
        // Windows begin with the first failure: at most two touch any one minute.
        for (const at of allowed) expect(allowed.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(20)
        expect(allowed.length).toBeLessThanOrEqual(10 * Math.ceil((clock.monotonicMs() - (allowed[0] ?? 0)) / 60_000 + 1))
      }),
      { seed },
    )
  }, 20_000)

  it('lets the right one go on at once, and others not suffer', () => {
    const clock = manualClock()
    const limiter = new GuessLimiter(passwordPolicy, clock)
    for (let guess = 0; guess < 3; guess++) limiter.begin('192.0.2.1')
    expect(limiter.begin('192.0.2.1')).toEqual({ waitMs: 1000 })
    const other = limiter.begin('192.0.2.2')
    if ('succeeded' in other) other.succeeded()
    clock.advance(1000)
    const right = limiter.begin('192.0.2.1')
    if ('succeeded' in right) right.succeeded()
    expect(limiter.addressCount).toBe(0)
    expect([1, 2, 3, 4].map(() => isAllowed(limiter.begin('192.0.2.1')))).toEqual([true, true, true, false])
  })

  it('gives nothing back for an attempt that was never tried but that attempt', () => {
    const limiter = new GuessLimiter(passwordPolicy, manualClock())
    limiter.begin('192.0.2.1')
    limiter.begin('192.0.2.1')
    const third = limiter.begin('192.0.2.1')
    if ('withdraw' in third) third.withdraw()
    expect([1, 2].map(() => isAllowed(limiter.begin('192.0.2.1')))).toEqual([true, false])
  })

  it('holds for all addresses together, and in bounded memory', () => {
    const clock = manualClock()
    const limiter = new GuessLimiter(passwordPolicy, clock)
    const from = (index: number): boolean => isAllowed(limiter.begin(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`))
    expect(Array.from({ length: 200 }, (_, index) => from(index)).filter(Boolean)).toHaveLength(60)
    for (let minute = 1; minute < 60; minute++) {
      clock.advance(60_000)
      for (let index = 0; index < 60; index++) from(minute * 1000 + index)
    }
    expect(limiter.addressCount).toBeLessThanOrEqual(1024)
  })

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:7::1', '2001:db8:0:7::/64'],
    ['2001:0db8:0000:0007:ffff::', '2001:db8:0:7::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('takes %s as %s', (address, network) => {
    expect(toNetwork(address)).toBe(network)
  })
})

describe('the set-up code', () => {
  it('has eight characters that are not mixed up, and another one each time', () => {
    const codes = Array.from({ length: 50 }, () => new SetUpCode(systemRandom, manualClock()).text)
    expect(new Set(codes).size).toBe(50)
    for (const code of codes) expect(code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
  })
})

describe('the password', () => {
  it('is kept as argon2id only', async () => {
    const secrets = openMemorySecretStore()
    const signIn = new OperatorSignIn({ secrets: () => secrets, clock: manualClock(), cost: { memoryKib: 8, passes: 1 } })
    await signIn.createAdministrator('correct horse battery')
    const stored = Buffer.from((await secrets.get('administrator')) ?? []).toString()
    expect(stored).toContain('$argon2id$v=19$m=8,t=1,p=1$')
    expect(stored).not.toContain('horse')
  })

  it('is tried by two at once at most, and those refused lose nothing', async () => {
    const secrets = openMemorySecretStore()
    const signIn = new OperatorSignIn({ secrets: () => secrets, clock: manualClock(), cost: { memoryKib: 1024, passes: 1 } })
    await signIn.createAdministrator('correct horse battery')
    const outcomes = await Promise.allSettled(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => signIn.check('correct horse battery', address)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    await signIn.check('correct horse battery', '192.0.2.3')
  })

  it('whose record is damaged is said to be so, and can be set again', async () => {
    const secrets = openMemorySecretStore()
    await secrets.put('administrator', Buffer.from('{'))
    const signIn = new OperatorSignIn({ secrets: () => secrets, clock: manualClock(), cost: { memoryKib: 8, passes: 1 } })
    await expect(signIn.check('correct horse battery', '192.0.2.1')).rejects.toMatchObject({ fault: 'damaged' })
    expect(await signIn.hasAdministrator()).toBe(true)
    await signIn.setPassword('correct horse battery')
    await signIn.check('correct horse battery', '192.0.2.1')
  })
})

describe('whether there is an administrator', () => {
  it('is not known while the store is closed or its records can not be read', async () => {
    const clock = manualClock()
    const broken = { ...openMemorySecretStore(), get: () => Promise.reject(new SecretStoreError('not-readable', 'not readable')) }
    expect(await new OperatorSignIn({ secrets: () => undefined, clock }).hasAdministrator()).toBeUndefined()
    expect(await new OperatorSignIn({ secrets: () => broken, clock }).hasAdministrator()).toBeUndefined()
    expect(await new OperatorSignIn({ secrets: () => openMemorySecretStore(), clock }).hasAdministrator()).toBe(false)
  })
})

describe('sessions', () => {
  it('are at most sixty-four; the one idle longest ends first', () => {
    const clock = manualClock()
    const sessions = new OperatorSessions(clock, systemRandom)
    const first = sessions.begin('here')
    const second = sessions.begin('here')
    clock.advance(1000)
    expect(sessions.isSignedIn({ sessionToken: first, place: 'here' }, true)).toBe(true)
    for (let more = 0; more < 63; more++) sessions.begin('here')
    expect(sessions.count).toBe(64)
    expect([sessions.isSignedIn({ sessionToken: first, place: 'here' }, false), sessions.isSignedIn({ sessionToken: second, place: 'here' }, false)]).toEqual([true, false])
  })
})

describe('the activity of clients', () => {
  it('is that of the last five minutes', () => {
    const clock = manualClock()
    const activity = new ClientActivity(clock)
    expect(activity.summary()).toEqual({ windowSeconds: 300, requests: 0, failures: 0, denied: 0, clients: 0, bytesIn: 0, bytesOut: 0 })
    activity.record({ status: 200, bytesReceived: 100, bytesSent: 5, remoteAddress: '192.0.2.1' })
    clock.advance(120_000)
    activity.record({ status: 503, bytesReceived: 0, bytesSent: 5, remoteAddress: '192.0.2.1' })
    activity.record({ status: 403, bytesReceived: 0, bytesSent: 5, remoteAddress: '192.0.2.2' })
    expect(activity.summary()).toMatchObject({ requests: 3, failures: 1, denied: 1, clients: 2, bytesIn: 100, bytesOut: 15, secondsSinceLast: 0 })
    clock.advance(200_000)
    expect(activity.summary()).toMatchObject({ requests: 2, secondsSinceLast: 200 })
    clock.advance(200_000)
    expect(activity.summary()).toMatchObject({ requests: 0, clients: 0, secondsSinceLast: 400 })
  })
})
