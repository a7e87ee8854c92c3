// An object is opened by the description alone (docs, "Encryption envelope"), with nothing but primitives: the format is what it says.
import { createDecipheriv, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openObjects } from '../../../../src-main/objects/index.ts'
import { systemClock } from '../../../../src-main/base/clock.ts'
import { systemRandom } from '../../../../src-main/base/random.ts'
import type { KeyContext, KeyStore } from '../../../../src-main/seams/key-store.ts'
import { openMemoryStorage } from '../../../support/memory-storage.ts'
import { bodyOf, expectBytes, pattern, signal } from '../objects-fixture.ts'

const fields = (...texts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(texts.flatMap((text) => {
    const bytes = Buffer.from(text as string)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.byteLength)
    return [length, bytes]
  }))

describe('a stranger with the data key', () => {
  it('opens an object', async () => {
    const dataKey = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
    let shown: KeyContext | undefined
    const keyStore: KeyStore = {
      async generateDataKey(_name, context) {
        shown = context
        return { keyName: 'coffer-default', keyVersion: 3, plain: Uint8Array.from(dataKey), wrapped: Uint8Array.of(1, 2, 3) }
      },
      unwrapDataKey: () => Promise.reject(new Error('not asked')),
      createKey: () => Promise.reject(new Error('not asked')),
      hasKey: () => Promise.reject(new Error('not asked')),
    }
    const storage = openMemoryStorage()
    const objects = openObjects({ storage, keyStore, clock: systemClock, random: systemRandom, settings: { encryptByDefault: true } })
    await objects.createBucket('bucket')
    const bytes = pattern(70_000)
    await objects.putObject({ bucket: 'bucket', name: 'dir/ü', body: bodyOf(bytes), headers: {}, userMetadata: {}, condition: {} }, signal)
    expect(shown).toEqual({ bucket: 'bucket', object: 'dir/ü' })

    const version = await storage.findVersion('bucket', 'dir/ü')
    const envelope = version?.attributes['encryption'] as Record<string, string>
    expect(envelope).toMatchObject({ keyVersion: 3, dataKey: 'AQID' })
    const wrapping = createHmac('sha256', dataKey).update(fields('coffer/1/content-wrapping', Buffer.from(envelope['iv'] ?? '', 'base64'), 'SSE-S3', 'bucket', 'dir/ü')).digest()
    const wrapped = Buffer.from(envelope['contentKey'] ?? '', 'base64')
    const contentKey = openGcm(wrapping, wrapped.subarray(0, 12), fields('coffer/1/wrapped-content-key', 'SSE-S3', 'bucket', 'dir/ü'), wrapped.subarray(12))
    const partKey = createHmac('sha256', contentKey).update(Buffer.of(1, 0, 0, 0)).digest()

    const [stored] = storage.storedBytes()
    const sealed = Buffer.from(stored as Uint8Array)
    const nonce = Buffer.from((version?.parts[0]?.attributes as { nonce: string }).nonce, 'base64')
    const first = openGcm(partKey, withMark(nonce, false), sealed.subarray(0, 4), sealed.subarray(16, 65_568))
    const second = withMark(nonce, true)
    second.writeUInt32LE((second.readUInt32LE(8) ^ 1) >>> 0, 8)
    const last = openGcm(partKey, second, sealed.subarray(65_568, 65_572), sealed.subarray(65_584))
    expectBytes(Buffer.concat([first, last]), bytes)
  })
})

function withMark(nonce: Buffer, last: boolean): Buffer {
  const marked = Buffer.from(nonce)
  marked[0] = last ? (marked[0] ?? 0) | 0x80 : (marked[0] ?? 0) & 0x7f
  return marked
}

function openGcm(key: Buffer, nonce: Buffer, associated: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  decipher.setAAD(associated)
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - 16))
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.byteLength - 16)), decipher.final()])
}
