// Wrong input of every kind, against the running program: each a clear error of the right code, nothing lost, the process alive.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { connect as connectPlain, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex, signV4 } from '../support/sign-v4.ts'
import { runHeadless, startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'

const bucket = 'wrong-input'
let store: TestAppliance
beforeAll(async () => {
  store = await startTestAppliance({ drives: 4, tls: false })
  await store.client().createBucket(bucket)
  await store.client().put(bucket, 'kept', Buffer.from('kept'))
})
afterAll(async () => {
  // After all of it, what was stored is still there and the process is the same.
  expect((await store.client().get(bucket, 'kept'))?.toString()).toBe('kept')
  await store.stop()
})

/** Sends bytes as they are, answers what came back until the server closes or `waitMs` passes without more. */
function raw(text: string | Buffer, waitMs = 1500): Promise<string> {
  const url = new URL(store.endpoint)
  return new Promise((resolve, reject) => {
    const socket = connectPlain(Number(url.port), url.hostname)
    let answer = ''
    socket.on('data', (chunk: Buffer) => { answer += chunk.toString('latin1') })
    socket.on('close', () => { resolve(answer) })
    socket.on('error', reject)
    socket.setTimeout(waitMs, () => socket.destroy())
    socket.write(text)
  })
}

function head(method: string, path: string, headers: Record<string, string>): string {
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`
}

const host = (): string => new URL(store.endpoint).host
const credentials = (): { accessKeyId: string; secretAccessKey: string } => ({ accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey })

describe('wrong requests', () => {
  it('with a bad signature get SignatureDoesNotMatch, an unknown key InvalidAccessKeyId', async () => {
    const signed = signV4(credentials(), { method: 'GET', path: `/${bucket}`, host: host(), payloadHash: sha256Hex('') })
    const broken = { ...signed, authorization: (signed['authorization'] ?? '').replace(/.$/, (last) => (last === '0' ? '1' : '0')) }
    expect(await raw(head('GET', `/${bucket}`, broken))).toMatch(/ 403 [\s\S]*<Code>SignatureDoesNotMatch</)
    const unknown = signV4({ accessKeyId: 'NOBODY', secretAccessKey: 'x'.repeat(20) }, { method: 'GET', path: `/${bucket}`, host: host(), payloadHash: sha256Hex('') })
    expect(await raw(head('GET', `/${bucket}`, unknown))).toMatch(/ 403 [\s\S]*<Code>InvalidAccessKeyId</)
    expect(await raw(head('GET', `/${bucket}`, { host: host() }))).toMatch(/ 403 [\s\S]*<Code>AccessDenied</)
  })

  it('with a clock off by twenty minutes get RequestTimeTooSkewed', async () => {
    const signed = signV4(credentials(), { method: 'GET', path: `/${bucket}`, host: host(), payloadHash: sha256Hex(''), date: new Date(Date.now() - 20 * 60_000) })
    expect(await raw(head('GET', `/${bucket}`, signed))).toMatch(/ 403 [\s\S]*<Code>RequestTimeTooSkewed</)
  })

  it('with a body that ends early store nothing', async () => {
    const signed = signV4(credentials(), { method: 'PUT', path: `/${bucket}/cut`, host: host(), payloadHash: 'UNSIGNED-PAYLOAD' })
    const url = new URL(store.endpoint)
    await new Promise<void>((resolve) => {
      const socket = connectPlain(Number(url.port), url.hostname, () => {
        socket.write(head('PUT', `/${bucket}/cut`, { ...signed, 'content-length': '1000' }) + 'x'.repeat(400))
        setTimeout(() => { socket.destroy(); resolve() }, 200)
      })
    })
    expect(await store.client().get(bucket, 'cut')).toBeUndefined()
  })

  it('with a digest that differs get BadDigest or XAmzContentSHA256Mismatch, and store nothing', async () => {
    const client = store.client()
    const md5 = await client.send('PUT', bucket, 'bad', { body: Buffer.from('abc'), headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } })
    expect([md5.status, md5.code]).toEqual([400, 'BadDigest'])
    const crc = await client.send('PUT', bucket, 'bad', { body: Buffer.from('abc'), headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } })
    expect([crc.status, crc.code]).toEqual([400, 'BadDigest'])
    const signed = signV4(credentials(), { method: 'PUT', path: `/${bucket}/bad`, host: host(), payloadHash: sha256Hex('something else') })
    expect(await raw(`${head('PUT', `/${bucket}/bad`, { ...signed, 'content-length': '3' })}abc`)).toMatch(/ 400 [\s\S]*<Code>XAmzContentSHA256Mismatch</)
    expect(await client.get(bucket, 'bad')).toBeUndefined()
  })

  it('with too much header, malformed XML, a name too long or with NUL are refused by name', async () => {
    const client = store.client()
    const big = await client.send('PUT', bucket, 'meta', { body: Buffer.from('x'), headers: { 'x-amz-meta-big': 'm'.repeat(3000) } })
    expect([big.status, big.code]).toEqual([400, 'MetadataTooLarge'])
    expect(await raw(head('GET', `/${bucket}`, { host: host(), 'x-filler': 'f'.repeat(80_000) }))).toMatch(/^HTTP\/1.1 4(00|31) /)
    const xml = await client.send('POST', bucket, undefined, { query: { delete: '' }, body: Buffer.from('<Delete><Object>'), headers: { 'content-md5': '5UAt5HVzGWh28KQ0bq+c6A==' } })
    expect(xml.status).toBe(400)
    const long = await client.send('PUT', bucket, 'k'.repeat(1025), { body: Buffer.from('x') })
    expect([long.status, long.code]).toEqual([400, 'KeyTooLongError'])
    const nul = await client.send('PUT', bucket, 'a\0b', { body: Buffer.from('x') })
    expect(nul.status).toBe(400)
  })

  it('with `..` in a name are ordinary names that lead nowhere else', async () => {
    const client = store.client()
    await client.put(bucket, '../../etc/passwd', Buffer.from('just a name'))
    expect((await client.get(bucket, '../../etc/passwd'))?.toString()).toBe('just a name')
    expect(await client.list(bucket, '../')).toEqual(['../../etc/passwd'])
  })

  it('that are no HTTP at all do not disturb', async () => {
    await raw('\x16\x03\x01\x02\x00garbage\r\n\r\n')
    await raw('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
    expect((await store.client().get(bucket, 'kept'))?.toString()).toBe('kept')
  })
})

describe('wrong shares', () => {
  it('are told apart and cost nothing: a wrong one, one twice, one too few', async () => {
    await store.kill()
    await store.start()
    const foreign = await startTestAppliance({ drives: 1, parity: 0, shares: 3, threshold: 2 })
    const foreignShare = foreign.shares[0] ?? ''
    await foreign.stop()
    expect(await store.submitShare('not a share at all')).toMatch(/not-a-share|typing-error/)
    expect(await store.submitShare(foreignShare)).toBe('foreign')
    expect(await store.submitShare(store.shares[0] ?? '')).toBe('accepted')
    expect(await store.submitShare(store.shares[0] ?? '')).toBe('duplicate')
    const sealed = await store.client().send('GET', bucket, 'kept')
    expect([sealed.status, sealed.code]).toEqual([503, 'ServiceUnavailable'])
    await store.unseal()
    expect((await store.client().get(bucket, 'kept'))?.toString()).toBe('kept')
  })
})

describe('a wrong machine', () => {
  it('says which port is in use and by whom the folder is held', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const port = (blocker.address() as { port: number }).port
    const busy = await runHeadless({ COFFER_S3_ADDRESS: `127.0.0.1:${port}` })
    blocker.close()
    expect(busy.code).not.toBe(0)
    expect(busy.stderr + busy.stdout).toContain(String(port))
    const second = await runHeadless({ COFFER_STATE_FOLDER: store.stateFolder })
    expect(second.code).not.toBe(0)
    expect(second.stderr + second.stdout).toContain('Another Coffer is running')
  })

  it('names the field of a bad configuration', async () => {
    const bad = await runHeadless({ COFFER_S3_ADDRESS: 'nonsense' })
    expect(bad.code).not.toBe(0)
    expect(bad.stderr + bad.stdout).toContain('COFFER_S3_ADDRESS')
  })
})

const canMount = process.getuid?.() === 0 && ((): boolean => {
  const point = mkdtempSync(join(tmpdir(), 'coffer-mount-'))
  const ok = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', point], { stdio: 'ignore' }).status === 0
  if (ok) spawnSync('umount', [point])
  else process.stdout.write('skipped: file systems cannot be mounted here, so full and read-only drives are tested on virtual drives only\n')
  return ok
})()

describe.skipIf(!canMount)('a full and a read-only drive', () => {
  it('degrade the store without losing anything: writes go on while enough drives have room, then say that it is full', async () => {
    const points = [0, 1, 2, 3].map(() => mkdtempSync(join(tmpdir(), 'coffer-small-')))
    const mounted = points.filter((point) => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', point], { stdio: 'ignore' }).status === 0)
    expect(mounted).toHaveLength(4)
    const roots = points.map((point) => join(point, 'drive'))
    for (const root of roots) mkdirSync(root)
    const small = await startTestAppliance({ drives: 4, driveFolders: roots, tls: false })
    try {
      const client = small.client()
      await client.createBucket('small')
      const body = Buffer.alloc(900_000, 'full')
      let stored = 0
      let refused: { status: number; code: string } | undefined
      for (let index = 0; index < 1200 && refused === undefined; index++) {
        const reply = await client.send('PUT', 'small', `o${index}`, { body })
        if (reply.status === 200) stored++
        else refused = { status: reply.status, code: reply.code }
      }
      expect(refused?.status).toBeOneOf([503, 507])
      expect(stored).toBeGreaterThan(50)
      for (let index = 0; index < stored; index += 7) expect((await client.get('small', `o${index}`))?.equals(body)).toBe(true)
      await small.kill()
      spawnSync('mount', ['-o', 'remount,ro', points[1] ?? ''])
      await small.start()
      await small.unseal()
      for (let index = 0; index < stored; index += 7) expect((await small.client().get('small', `o${index}`))?.equals(body)).toBe(true)
    } finally {
      await small.stop()
      for (const point of points) spawnSync('umount', ['-l', point])
    }
  })
})
