// Promises 2 and 3 on the real program: every set of drives within the tolerance may be away, every drive's files may be damaged,
// and every object is read back right; beyond it the answer is a clear 503, nothing is deleted, and all is well when drives are back.
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { filesBelow } from '../support/client-tools.ts'
import { seededNumbers } from '../support/seeded-numbers.ts'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'

const bucket = 'lost'
let store: TestAppliance | undefined
afterEach(async () => {
  await store?.stop()
  store = undefined
})

function subsets(count: number, size: number): number[][] {
  if (size === 0) return [[]]
  const found: number[][] = []
  for (let first = 0; first <= count - size; first++) {
    for (const rest of subsets(count - first - 1, size - 1)) found.push([first, ...rest.map((index) => index + first + 1)])
  }
  return found
}

async function fill(target: TestAppliance): Promise<Map<string, string>> {
  const client = target.client()
  await client.createBucket(bucket)
  const hashes = new Map<string, string>()
  const sizes = [0, 1, 100, 65_536, 65_537, 300_000, 1_048_576, 1_048_577, 3_500_001]
  for (const [index, size] of sizes.entries()) {
    const body = Buffer.alloc(size)
    for (let at = 0; at < size; at++) body[at] = (at * 7 + index * 13 + (at >>> 9)) & 255
    await client.put(bucket, `o/${size}`, body)
    hashes.set(`o/${size}`, createHash('sha256').update(body).digest('hex'))
  }
  const part = Buffer.alloc(5 * 1024 * 1024, 'part one')
  const last = Buffer.alloc(70_000, 'part two')
  const uploadId = await client.createUpload(bucket, 'o/multipart')
  await client.completeUpload(bucket, 'o/multipart', uploadId, [
    await client.uploadPart(bucket, 'o/multipart', uploadId, 1, part),
    await client.uploadPart(bucket, 'o/multipart', uploadId, 2, last),
  ])
  hashes.set('o/multipart', createHash('sha256').update(part).update(last).digest('hex'))
  client.close()
  return hashes
}

/** `inDoubt`: a write that was refused for want of a quorum may yet appear, whole. */
async function wrongObjects(target: TestAppliance, hashes: Map<string, string>, inDoubt = ''): Promise<string[]> {
  const client = target.client()
  const wrong: string[] = []
  for (const [name, hash] of hashes) {
    const body = await client.get(bucket, name).catch((error: unknown) => Buffer.from(String(error)))
    if (body === undefined || createHash('sha256').update(body).digest('hex') !== hash) wrong.push(`${name}: ${body === undefined ? 'absent' : body.subarray(0, 200).toString()}`)
  }
  if ((await client.list(bucket)).filter((name) => name !== inDoubt).length !== hashes.size) wrong.push('listing')
  client.close()
  return wrong
}

for (const { drives, parity } of [{ drives: 4, parity: 2 }, { drives: 6, parity: 2 }]) {
  describe(`${drives - parity} data and ${parity} parity drives`, () => {
    it('give every object right with any tolerated set of drives away, and a clear 503 beyond', async () => {
      store = await startTestAppliance({ drives, parity, tls: false })
      const hashes = await fill(store)
      for (const away of subsets(drives, parity)) {
        await store.kill()
        for (const index of away) store.removeDrive(index)
        await store.start()
        await store.unseal()
        expect(await wrongObjects(store, hashes), `drives ${away.join()} away`).toEqual([])
        await store.kill()
        for (const index of away) store.returnDrive(index)
      }
      for (let index = 0; index <= parity; index++) store.removeDrive(index)
      await store.start()
      const answer = await store.client().send('GET', bucket, 'o/65537')
      expect([answer.status, answer.code]).toEqual([503, 'ServiceUnavailable'])
      expect(answer.headers['retry-after']).toBeDefined()
      await store.kill()
      for (let index = 0; index <= parity; index++) store.returnDrive(index)
      await store.start()
      await store.unseal()
      await store.healed()
      expect(await wrongObjects(store, hashes)).toEqual([])
    }, 600_000)

    it('give every object right when a drive is pulled while running, and refuse writes only below the write quorum', async () => {
      store = await startTestAppliance({ drives, parity, tls: false })
      const hashes = await fill(store)
      store.removeDrive(0)
      await noticed()
      const client = store.client()
      await client.put(bucket, 'o/after', Buffer.from('written with one drive gone'))
      hashes.set('o/after', createHash('sha256').update('written with one drive gone').digest('hex'))
      expect(await wrongObjects(store, hashes)).toEqual([])
      store.removeDrive(1)
      await noticed()
      const second = await client.send('PUT', bucket, 'o/two-gone', { body: Buffer.from('x') })
      // k = m needs k + 1 drives to write, so that two halves can never both think they are the store.
      expect(second.status).toBe(drives === 4 ? 503 : 200)
      const inDoubt = second.status === 200 ? '' : 'o/two-gone'
      if (second.status === 200) hashes.set('o/two-gone', createHash('sha256').update('x').digest('hex'))
      expect(await wrongObjects(store, hashes, inDoubt)).toEqual([])
      await store.kill()
      store.returnDrive(0)
      store.returnDrive(1)
      await store.start()
      await store.unseal()
      await store.healed()
      // Healed means: the two others may go now.
      await store.kill()
      store.removeDrive(2)
      store.removeDrive(3)
      await store.start()
      await store.unseal()
      expect(await wrongObjects(store, hashes, inDoubt)).toEqual([])
    }, 600_000)

    it('give every object right after the files of each drive in turn were flipped, cut, zeroed or removed', async () => {
      store = await startTestAppliance({ drives, parity, tls: false })
      const hashes = await fill(store)
      const random = seededNumbers(11)
      const damages: Record<string, (file: string) => void> = {
        flip: (file) => { flipBytes(file, random) },
        cut: (file) => { truncateSync(file, Math.floor(statSync(file).size / 2)) },
        zero: (file) => { zeroMiddle(file) },
        remove: (file) => { rmSync(file) },
      }
      await store.kill()
      store.keepCopy()
      for (const [kind, damage] of Object.entries(damages)) {
        for (let index = 0; index < drives; index++) {
          await store.kill()
          store.restoreCopy()
          for (const file of filesBelow(store.drives[index] ?? '')) if (/segments|shards/.test(file)) damage(file)
          await store.start()
          await store.unseal()
          expect(await wrongObjects(store, hashes), `${kind} on drive ${index}`).toEqual([])
          await store.healed()
        }
      }
    }, 900_000)
  })
}

/** A folder that was moved away still takes writes through open files; drives look where they stand five times a second. */
function noticed(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 400))
}

function flipBytes(file: string, random: () => number): void {
  const size = statSync(file).size
  const handle = openSync(file, 'r+')
  const byte = Buffer.alloc(1)
  for (let flip = 0; flip < Math.max(8, size / 100_000); flip++) {
    const at = Math.floor(random() * size)
    readSync(handle, byte, 0, 1, at)
    byte[0] = (byte[0] ?? 0) ^ (1 << Math.floor(random() * 8))
    writeSync(handle, byte, 0, 1, at)
  }
  closeSync(handle)
}

function zeroMiddle(file: string): void {
  const size = statSync(file).size
  const handle = openSync(file, 'r+')
  const length = Math.min(Math.ceil(size / 2), 8 * 1024 * 1024)
  writeSync(handle, Buffer.alloc(length), 0, length, Math.floor(size / 4))
  closeSync(handle)
}

describe('a store whose state folder is gone, and whose drives moved', () => {
  it('rebuilds everything from the drives and the shares alone', async () => {
    store = await startTestAppliance({ drives: 4, tls: false })
    const hashes = await fill(store)
    await store.kill()
    rmSync(store.stateFolder, { recursive: true, force: true })
    store.moveDrives()
    await store.start()
    await store.unseal()
    expect(await wrongObjects(store, hashes)).toEqual([])
    const client = store.client()
    await client.put(bucket, 'o/later', Buffer.from('later'))
    expect((await client.get(bucket, 'o/later'))?.toString()).toBe('later')
  }, 300_000)
})
