// The authority, its certificates, own certificates: read by node:crypto and proven by a handshake.
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src-main/base/logger.ts'
import { systemRandom } from '../../../src-main/base/random.ts'
import { checkOwnCertificate, listServerNames, openTrust, type Trust } from '../../../src-main/trust/index.ts'
import { issueLeaf, makeAuthority } from '../../../src-main/trust/lan-authority.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'
import { openMemorySecretStore } from '../../support/memory-secret-store.ts'

const dayMs = 86_400_000
let folder: string
let clock: ManualClock
let names: string[]

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'coffer-trust-')), 'certs')
  clock = manualClock(Math.floor(Date.now() / 1000) * 1000)
  names = ['localhost', '127.0.0.1', '::1', 'studio', 'studio.local']
})
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true })
})

const open = (): Promise<Trust> => openTrust({ folder, names: () => names, clock, random: systemRandom, logger: silentLogger })
const leafOf = (trust: Trust): X509Certificate => new X509Certificate(trust.certificate().certificate)

function handshake(trust: Trust, host: string, ca: string): Promise<number> {
  const { certificate, privateKey } = trust.certificate()
  const server = createServer({ cert: certificate, key: privateKey }, (_incoming, outgoing) => outgoing.end('ok'))
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      const outgoing = request({ host: '127.0.0.1', servername: host === '127.0.0.1' ? '' : host, port, ca, agent: false, headers: { host } }, (incoming) => {
        incoming.resume()
        incoming.on('end', () => { server.close(() => { resolve(incoming.statusCode ?? 0) }) })
      })
      outgoing.on('error', (error) => { server.close(() => { reject(error) }) })
      outgoing.end()
    })
  })
}

describe('a handshake with the issued certificate', () => {
  it('is refused by a client that trusts another authority', async () => {
    const trust = await open()
    const other = await makeAuthority(Date.now(), systemRandom)
    await expect(handshake(trust, 'studio.local', other.certificate)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  it('is refused for a name that it does not cover', async () => {
    const trust = await open()
    await expect(handshake(trust, 'example.org', trust.authorityCertificate())).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it.each(['localhost', 'studio', 'studio.local', '127.0.0.1'])('succeeds for %s with the authority as the only trust', async (host) => {
    const trust = await open()
    expect(await handshake(trust, host, trust.authorityCertificate())).toBe(200)
  })
})

describe('the certificates', () => {
  it('say what they may be used for, and for how long', async () => {
    const trust = await open()
    const authority = new X509Certificate(trust.authorityCertificate())
    const leaf = leafOf(trust)
    expect(authority.ca).toBe(true)
    expect(authority.verify(authority.publicKey)).toBe(true)
    expect(authority.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
    expect(Date.parse(authority.validTo) - clock.nowMs()).toBeGreaterThan(3650 * dayMs)
    expect(leaf.ca).toBe(false)
    expect(leaf.verify(authority.publicKey)).toBe(true)
    expect(leaf.checkIssued(authority)).toBe(true)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    const days = (Date.parse(leaf.validTo) - clock.nowMs()) / dayMs
    expect(days).toBeGreaterThan(396)
    expect(days).toBeLessThanOrEqual(397)
    expect(leaf.checkIP('::1')).toBe('::1')
    expect(BigInt(`0x${leaf.serialNumber}`)).toBeGreaterThan(0n)
    expect(trust.status().authorityFingerprint).toBe(authority.fingerprint256)
  })

  it('keep keys to their owner', async () => {
    await open()
    expect(statSync(join(folder, 'coffer.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'authority.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(folder, 'CAs', 'coffer-ca.crt'), 'utf8')).not.toContain('PRIVATE')
  })

  it('stay the same over a restart', async () => {
    const first = await open()
    const second = await open()
    expect(second.certificate()).toEqual(first.certificate())
    expect(second.authorityCertificate()).toBe(first.authorityCertificate())
  })

  it('are re-issued by the same authority when a name is added, and not when one goes', async () => {
    const trust = await open()
    const before = trust.certificate().certificate
    names = ['localhost', '127.0.0.1']
    expect(await trust.refresh()).toBe(false)
    names = ['localhost', '192.0.2.7', 's3.example.org', '*.s3.example.org']
    expect(await trust.refresh()).toBe(true)
    expect(trust.certificate().certificate).not.toBe(before)
    expect(leafOf(trust).checkIP('192.0.2.7')).toBe('192.0.2.7')
    expect(leafOf(trust).checkHost('bucket.s3.example.org')).toBeDefined()
    expect(leafOf(trust).verify(new X509Certificate(trust.authorityCertificate()).publicKey)).toBe(true)
  })

  it('are re-issued thirty days before their end', async () => {
    const trust = await open()
    clock.advance(360 * dayMs)
    expect(await trust.refresh()).toBe(false)
    clock.advance(8 * dayMs)
    expect(await trust.refresh()).toBe(true)
    expect(trust.status().daysLeft).toBe(397)
  })

  it('are made anew when a file is damaged', async () => {
    await open()
    writeFileSync(join(folder, 'coffer.pem'), 'nothing')
    const trust = await open()
    expect(leafOf(trust).verify(new X509Certificate(trust.authorityCertificate()).publicKey)).toBe(true)
  })
})

describe("the authority's key", () => {
  it('moves into the barrier at the first opening, and its file goes', async () => {
    const secrets = openMemorySecretStore()
    const trust = await open()
    const key = createPrivateKey(readFileSync(join(folder, 'authority.pem'), 'utf8'))
    expect(key.asymmetricKeyType).toBe('ec')
    expect(await trust.attachSecrets(secrets)).toBe(false)
    expect(existsSync(join(folder, 'authority.pem'))).toBe(false)
    expect(await secrets.list('')).toEqual(['lan-authority'])
  })

  it('stays in its file when the barrier refuses it', async () => {
    const secrets = openMemorySecretStore()
    const trust = await open()
    await expect(trust.attachSecrets({ ...secrets, put: () => Promise.reject(new Error('no room')) })).rejects.toThrow('no room')
    expect(existsSync(join(folder, 'authority.pem'))).toBe(true)
    await trust.attachSecrets(secrets)
    expect(existsSync(join(folder, 'authority.pem'))).toBe(false)
  })

  it('is there after a kill between writing it to the barrier and removing the file', async () => {
    const secrets = openMemorySecretStore()
    const trust = await open()
    const file = readFileSync(join(folder, 'authority.pem'))
    await trust.attachSecrets(secrets)
    writeFileSync(join(folder, 'authority.pem'), file, { mode: 0o600 })
    const again = await open()
    expect(await again.attachSecrets(secrets)).toBe(false)
    expect(again.authorityCertificate()).toBe(trust.authorityCertificate())
    expect(existsSync(join(folder, 'authority.pem'))).toBe(false)
  })

  it('can re-issue while the store is open, and no longer when it is sealed', async () => {
    const secrets = openMemorySecretStore()
    const trust = await open()
    await trust.attachSecrets(secrets)
    names = [...names, '192.0.2.7']
    expect(await trust.refresh()).toBe(true)
    trust.detachSecrets()
    names = [...names, '192.0.2.8']
    expect(await trust.refresh()).toBe(false)
    expect(leafOf(trust).checkIP('192.0.2.8')).toBeUndefined()
    expect(await trust.attachSecrets(secrets)).toBe(true)
    expect(leafOf(trust).checkIP('192.0.2.8')).toBe('192.0.2.8')
  })

  it('comes back from the barrier on a machine that lost its state folder, so that clients keep their trust', async () => {
    const secrets = openMemorySecretStore()
    const trust = await open()
    await trust.attachSecrets(secrets)
    const fingerprint = trust.status().authorityFingerprint
    rmSync(folder, { recursive: true })
    const bare = await open()
    expect(bare.status().authorityFingerprint).not.toBe(fingerprint)
    expect(await bare.attachSecrets(secrets)).toBe(true)
    expect(bare.status().authorityFingerprint).toBe(fingerprint)
    expect(readFileSync(join(folder, 'CAs', 'coffer-ca.crt'), 'utf8')).toBe(trust.authorityCertificate())
    expect(existsSync(join(folder, 'authority.pem'))).toBe(false)
    expect(await handshake(bare, 'studio', trust.authorityCertificate())).toBe(200)
  })

  it('is refused when damaged, and the file is kept', async () => {
    const secrets = openMemorySecretStore()
    await secrets.put('lan-authority', Buffer.from('nothing'))
    const trust = await open()
    await expect(trust.attachSecrets(secrets)).rejects.toMatchObject({ fault: 'authority-damaged' })
    expect(existsSync(join(folder, 'authority.pem'))).toBe(true)
  })
})

describe('an own certificate', () => {
  const codes = (certificate: string | undefined, key: string | undefined): string[] => checkOwnCertificate(certificate, key, names, clock.nowMs()).map(({ code }) => code)

  it.each([
    ['nothing', undefined, undefined, ['not-readable']],
    ['no certificate', 'nothing', 'nothing', ['no-certificate']],
  ])('is refused when it is %s', (_title, certificate, key, expected) => {
    expect(codes(certificate, key)).toEqual(expected)
  })

  it('is refused with a key that does not fit, or when its time is over or not yet come', async () => {
    const authority = await makeAuthority(clock.nowMs(), systemRandom)
    const one = await issueLeaf(authority, names, clock.nowMs(), systemRandom)
    const two = await issueLeaf(authority, names, clock.nowMs(), systemRandom)
    expect(codes(one.certificate, two.privateKey)).toEqual(['key-does-not-fit'])
    expect(codes(one.certificate, 'nothing')).toEqual(['key-not-readable'])
    clock.advance(398 * dayMs)
    expect(codes(one.certificate, one.privateKey)).toEqual(['expired', 'chain-incomplete'])
    clock.advance(-400 * dayMs)
    expect(codes(one.certificate, one.privateKey)).toEqual(['not-yet-valid', 'chain-incomplete'])
  })

  it('is used with a word on what is doubtful', async () => {
    const authority = await makeAuthority(clock.nowMs(), systemRandom)
    const leaf = await issueLeaf(authority, names, clock.nowMs(), systemRandom)
    const other = await issueLeaf(authority, ['example.org'], clock.nowMs(), systemRandom)
    const stranger = await makeAuthority(clock.nowMs(), systemRandom)
    expect(codes(leaf.certificate + authority.certificate, leaf.privateKey)).toEqual([])
    expect(codes(leaf.certificate, leaf.privateKey)).toEqual(['chain-incomplete'])
    expect(codes(leaf.certificate + stranger.certificate, leaf.privateKey)).toEqual(['chain-broken'])
    expect(codes(other.certificate + authority.certificate, other.privateKey)).toEqual(['name-not-covered'])
    clock.advance(380 * dayMs)
    expect(codes(leaf.certificate + authority.certificate, leaf.privateKey)).toEqual(['expires-soon'])
  })

  it('takes precedence, and gives way again when it is broken or removed', async () => {
    const authority = await makeAuthority(clock.nowMs(), systemRandom)
    const own = await issueLeaf(authority, names, clock.nowMs(), systemRandom)
    const trust = await open()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'public.crt'), own.certificate + authority.certificate)
    writeFileSync(join(folder, 'private.key'), own.privateKey)
    expect(await trust.refresh()).toBe(true)
    expect(trust.status()).toMatchObject({ kind: 'own', problems: [] })
    expect(await handshake(trust, 'studio', authority.certificate)).toBe(200)
    writeFileSync(join(folder, 'private.key'), 'broken')
    expect(await trust.refresh()).toBe(true)
    expect(trust.status().kind).toBe('lan-authority')
    expect(trust.status().problems[0]).toContain('passphrase')
    rmSync(join(folder, 'public.crt'))
    rmSync(join(folder, 'private.key'))
    await trust.refresh()
    expect(trust.status().problems).toEqual([])
  })
})

describe('the names of this machine', () => {
  it('are loopback, its own and the S3 domains with what lies below', () => {
    const listed = listServerNames(['S3.Example.org', '192.0.2.9', 'not a name'])
    expect(listed).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '::1', 's3.example.org', '*.s3.example.org', '192.0.2.9']))
    expect(listed).not.toContain('not a name')
    expect(listed.some((name) => name.includes('%'))).toBe(false)
  })
})

describe('an own certificate brought in set-up', () => {
  it('is checked as far as it can be, and each failing check is told', async () => {
    const trust = await open()
    const authority = await makeAuthority(clock.nowMs(), systemRandom)
    const [own, other] = [await issueLeaf(authority, ['elsewhere.example'], clock.nowMs(), systemRandom), await issueLeaf(authority, names, clock.nowMs(), systemRandom)]
    const verdicts = (certificate: string, key: string): unknown[] => trust.checkOwn(certificate, key).map(({ code, ok }) => [code, ok])
    expect(verdicts('rubbish', own.privateKey)).toEqual([['readable', false]])
    expect(verdicts(own.certificate, other.privateKey)).toEqual([['readable', true], ['key-fits', false]])
    expect(verdicts(own.certificate, own.privateKey)).toEqual([['readable', true], ['key-fits', true], ['dates', true], ['chain', false], ['not-authority', true], ['names', false]])
    expect(existsSync(join(folder, 'public.crt'))).toBe(false)
  })

  it('is shown from then on, its key readable for its owner only', async () => {
    const trust = await open()
    const authority = await makeAuthority(clock.nowMs(), systemRandom)
    const own = await issueLeaf(authority, names, clock.nowMs(), systemRandom)
    expect(trust.checkOwn(own.certificate + authority.certificate, own.privateKey).every(({ ok }) => ok)).toBe(true)
    expect(await trust.installOwn(own.certificate + authority.certificate, own.privateKey)).toBe(true)
    expect([trust.status().kind, statSync(join(folder, 'private.key')).mode & 0o777]).toEqual(['own', 0o600])
    expect(await handshake(trust, 'studio', authority.certificate)).toBe(200)
  })
})
