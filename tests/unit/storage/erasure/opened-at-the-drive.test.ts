// Small sealed bodies are opened by the drive that brings their last shard: no trip through the codec, the same bytes.
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { byteSourceOf } from '../../../../src-main/base/byte-stream.ts'
import type { ErasureBackend } from '../../../../src-main/storage/erasure/index.ts'
import { ErasureOnVirtualDrives } from '../../../support/erasure-on-virtual-drives.ts'
import { collect } from './body-fixtures.ts'

const signal = new AbortController().signal
const encryption = (): { readonly partKey: Uint8Array; readonly streamNonce: Uint8Array } => ({ partKey: new Uint8Array(32).fill(7), streamNonce: new Uint8Array(12).fill(9) })
const drives = new ErasureOnVirtualDrives(4)
let backend: ErasureBackend

async function put(name: string, content: Uint8Array, sealed: boolean): Promise<void> {
  const body = await backend.stageBody(content.byteLength, byteSourceOf(content), { digests: [], ...(sealed && { encryption: encryption() }) }, 'STANDARD', signal)
  await backend.putVersion({ bucket: 'bucket', name, etag: '0'.repeat(32), storageClass: 'STANDARD', attributes: {}, partAttributes: {}, body })
}

async function read(name: string, sealed: boolean, offset: number, length: number): Promise<Buffer> {
  const part = (await backend.findVersion('bucket', name))?.parts[0]
  if (part === undefined) throw new Error('nothing was put')
  return collect(backend.readBody(part.body, offset, length, sealed ? { encryption: encryption() } : {}, signal))
}

describe('a body on the way out', () => {
  beforeAll(async () => {
    await drives.format()
    backend = await drives.open()
    await backend.createBucket('bucket', {})
  })

  it.each([1, 1000, 65_536, 65_537, 102_400, 1_048_576])('of %i bytes, sealed, needs no codec, whole or in part', async (size) => {
    const content = randomBytes(size)
    await put(`sealed-${size}`, content, true)
    const before = drives.decodes
    for (const [offset, length] of [[0, size], [size - 1, 1], [Math.floor(size / 2), Math.ceil(size / 2)], [Math.floor(size / 3), 1]] as const) {
      expect(Buffer.compare(await read(`sealed-${size}`, true, offset, length), content.subarray(offset, offset + length))).toBe(0)
    }
    expect(drives.decodes).toBe(before)
  })

  it('of several stripes goes through the codec, stripe by stripe; one in the clear does not', async () => {
    const content = randomBytes(3 * 1_048_576 + 5)
    await put('large', content, true)
    await put('clear', content, false)
    const before = drives.decodes
    expect(Buffer.compare(await read('clear', false, 0, content.byteLength), content)).toBe(0)
    expect(drives.decodes).toBe(before)
    expect(Buffer.compare(await read('large', true, 0, content.byteLength), content)).toBe(0)
    expect(drives.decodes).toBe(before + 4)
  })

  it('opens with no other key', async () => {
    await put('other', randomBytes(5000), true)
    const part = (await backend.findVersion('bucket', 'other'))?.parts[0]
    if (part === undefined) throw new Error('nothing was put')
    const wrong = { encryption: { ...encryption(), partKey: new Uint8Array(32).fill(8) } }
    await expect(collect(backend.readBody(part.body, 0, 5000, wrong, signal))).rejects.toMatchObject({ fault: 'damaged' })
  })
})
