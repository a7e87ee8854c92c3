// Promise 2: no acknowledged write is lost, whatever is killed. The real process gets SIGKILL at random moments under load, many times.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { S3TestClient } from '../support/s3-test-client.ts'
import { seededNumbers } from '../support/seeded-numbers.ts'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'

const runs = Number(process.env['COFFER_KILL_RUNS'] ?? 20)
const seed = Number(process.env['COFFER_SEED'] ?? Date.now() % 1_000_000)
const bucket = 'killed'
const names = Array.from({ length: 24 }, (_, index) => `name-${index}`)

let store: TestAppliance
beforeAll(async () => {
  store = await startTestAppliance({ drives: 4, tls: false })
  await store.client().createBucket(bucket)
})
afterAll(async () => {
  await store.stop()
})

/** What a name may hold: the last acknowledged state, or that of a request whose answer never came. */
interface Expected {
  acknowledged: string | undefined
  inDoubt: Set<string | undefined>
}

const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

describe(`${runs} kills during uploads, overwrites, deletes and multipart completes (seed ${seed})`, () => {
  it('leave every acknowledged object there, whole and newest, and nothing half-written', async () => {
    const random = seededNumbers(seed)
    const expected = new Map<string, Expected>(names.map((name) => [name, { acknowledged: undefined, inDoubt: new Set() }]))
    let acknowledgedWrites = 0
    for (let run = 0; run < runs; run++) {
      let stop = false
      const client = store.client()
      const workers = Array.from({ length: 8 }, async (_, worker) => {
        // Each worker owns its names, so that the order of its own requests is the order expected.
        const own = names.filter((_, index) => index % 8 === worker)
        while (!stop) {
          const name = own[Math.floor(random() * own.length)] ?? ''
          const state = expected.get(name)
          if (state === undefined) continue
          const outcome = await attempt(client, name, random)
          if (outcome.ok) {
            state.acknowledged = outcome.hash
            state.inDoubt.clear()
            acknowledgedWrites++
          } else {
            state.inDoubt.add(outcome.hash)
            return
          }
        }
      })
      await new Promise((resolve) => setTimeout(resolve, 150 + random() * 900))
      await store.kill()
      stop = true
      await Promise.all(workers)
      client.close()
      await store.start()
      await store.unseal()
      await checkAll(store.client(), expected)
    }
    expect(acknowledgedWrites).toBeGreaterThan(runs * 5)
    process.stdout.write(`acknowledged writes checked across ${runs} kills: ${acknowledgedWrites}\n`)
  }, 600_000)

  it('leak no space once everything is deleted and cleaned up', async () => {
    const client = store.client()
    for (const name of names) await client.delete(bucket, name)
    const uploads = (await client.send('GET', bucket, undefined, { query: { uploads: '' } })).body.toString()
    for (const match of uploads.matchAll(/<Key>([^<]*)<\/Key>\s*<UploadId>([^<]*)</g)) {
      await client.send('DELETE', bucket, match[1], { query: { uploadId: match[2] ?? '' } })
    }
    await store.kill()
    await store.start()
    await store.unseal()
    expect(await store.client().list(bucket)).toEqual([])
    expect(await store.shardFilesAfterCleanUp()).toEqual([])
  })
})

async function attempt(client: S3TestClient, name: string, random: () => number): Promise<{ ok: boolean; hash: string | undefined }> {
  const kind = random()
  const body = Buffer.alloc(Math.floor(random() < 0.15 ? 1_100_000 + random() * 3_000_000 : random() * 300_000) + 1, `${name}${random()}`)
  const hash = kind < 0.2 ? undefined : hashOf(body)
  try {
    if (kind < 0.2) await client.delete(bucket, name)
    else if (kind < 0.35) {
      const uploadId = await client.createUpload(bucket, name)
      await client.completeUpload(bucket, name, uploadId, [await client.uploadPart(bucket, name, uploadId, 1, body)])
    } else await client.put(bucket, name, body)
    return { ok: true, hash }
  } catch {
    return { ok: false, hash }
  }
}

async function checkAll(client: S3TestClient, expected: Map<string, Expected>): Promise<void> {
  const listed = new Set(await client.list(bucket))
  for (const [name, state] of expected) {
    const body = await client.get(bucket, name)
    const hash = body === undefined ? undefined : hashOf(body)
    const allowed = hash === state.acknowledged || state.inDoubt.has(hash)
    expect(allowed, `${name}: ${hash ?? 'absent'} is neither the acknowledged ${state.acknowledged ?? 'absent'} nor in doubt`).toBe(true)
    expect(listed.has(name), `${name} listed`).toBe(hash !== undefined)
    state.acknowledged = hash
    state.inDoubt.clear()
  }
  client.close()
}
