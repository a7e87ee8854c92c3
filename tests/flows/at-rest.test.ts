// Promise 1: nothing readable at rest. Recognisable names, metadata and content are written, then every byte of every file is searched.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesBelow } from '../support/client-tools.ts'
import { startTestAppliance, type TestAppliance } from '../support/test-appliance.ts'

let store: TestAppliance
beforeAll(async () => {
  store = await startTestAppliance({ drives: 4, tls: false })
})
afterAll(async () => {
  await store.stop()
})

/** A segment that is being made gets its name when it is ready, perhaps between listing and reading. */
function readWherever(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if (!file.endsWith('.new')) throw error
    return readFileSync(file.replace(/\.new$/, '.seg'))
  }
}

describe('a stolen drive and a stolen state folder', () => {
  it('hold no name, metadata, content, checksum or credential that was stored', async () => {
    const mark = (kind: string): string => `find-me-${kind}-${randomBytes(6).toString('hex')}`
    const bucket = `bucket-${randomBytes(8).toString('hex')}`
    const small = { name: mark('small'), content: mark('inline-content'), metadata: mark('metadata') }
    const large = { name: `${mark('folder')}/${mark('large')}`, content: mark('file-content') }
    const upload = { name: mark('upload'), content: mark('part-content') }
    const client = store.client()
    await client.createBucket(bucket)
    await client.put(bucket, small.name, Buffer.from(small.content.repeat(200)), { 'x-amz-meta-owner': small.metadata, 'content-type': `text/${small.metadata}` })
    await client.put(bucket, large.name, Buffer.from(large.content.repeat(100_000)))
    const uploadId = await client.createUpload(bucket, upload.name)
    await client.uploadPart(bucket, upload.name, uploadId, 1, Buffer.from(upload.content.repeat(1000)))
    await client.delete(bucket, small.name)
    await client.put(bucket, `${small.name}-kept`, Buffer.from(small.content.repeat(10)), { 'x-amz-meta-owner': small.metadata })

    const searched = [bucket, small.name, small.content, small.metadata, ...large.name.split('/'), large.content, upload.name, upload.content, store.secretAccessKey, store.accessKeyId]
    const search = (): string[] => {
      const found: string[] = []
      let files = 0
      for (const folder of [...store.drives, store.stateFolder]) {
        for (const file of filesBelow(folder)) {
          files++
          const bytes = readWherever(file)
          for (const text of searched) {
            for (const encoded of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(Buffer.from(text).toString('base64').slice(0, -4)), Buffer.from(Buffer.from(text).toString('hex'))]) {
              if (encoded.length >= 8 && bytes.includes(encoded)) found.push(`${file}: ${text}`)
            }
          }
        }
      }
      expect(files).toBeGreaterThan(8)
      return found
    }
    // While it runs, after a clean seal, and after a kill.
    expect(search()).toEqual([])
    await store.kill()
    expect(search()).toEqual([])
    await store.start()
    await store.unseal()
    expect((await store.client().get(bucket, large.name))?.toString()).toBe(large.content.repeat(100_000))
  })
})
