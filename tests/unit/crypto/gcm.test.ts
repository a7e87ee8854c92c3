// Two engines of AES-256-GCM: the library called directly and node:crypto. What one seals the other opens, wherever the bytes lie.
import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import koffi from 'koffi'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { openDirectGcm } from '../../../src-main/crypto/gcm-direct.ts'
import { gcmTagBytes, type GcmEngine } from '../../../src-main/crypto/gcm-engine.ts'
import { nodeGcm } from '../../../src-main/crypto/gcm-node.ts'
import { agrees, gcmEngine } from '../../../src-main/crypto/gcm-choice.ts'
import { GcmKey } from '../../../src-main/crypto/gcm.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const direct = openDirectGcm() as GcmEngine

describe('a GCM key refuses', () => {
  const key = GcmKey.copyOf(randomBytes(32))
  const nonce = randomBytes(12)
  const associated = randomBytes(20)
  const sealed = new Uint8Array(1000 + gcmTagBytes)
  key.seal(nonce, associated, new Uint8Array(1000).fill(7), sealed)

  it('any changed byte of ciphertext, tag, nonce and associated data, and leaves zeros where the plain bytes would be', () => {
    const cases: (readonly [Uint8Array, Uint8Array, Uint8Array])[] = []
    for (const at of [0, 500, 999, 1000, 1015]) cases.push([nonce, associated, flip(sealed, at)])
    for (const at of [0, 11]) cases.push([flip(nonce, at), associated, sealed])
    for (const at of [0, 19]) cases.push([nonce, flip(associated, at), sealed])
    cases.push([nonce, associated.subarray(0, 19), sealed])
    for (const [withNonce, withAssociated, bytes] of cases) {
      const into = new Uint8Array(1000).fill(9)
      expect(key.open(withNonce, withAssociated, bytes, into)).toBe(false)
      expect(into).toEqual(new Uint8Array(1000))
    }
  })

  it('another key', () => {
    expect(GcmKey.copyOf(randomBytes(32)).open(nonce, associated, sealed, new Uint8Array(1000))).toBe(false)
  })

  it('keys, nonces and room of the wrong length: nothing may be written past what was given', () => {
    expect(() => GcmKey.copyOf(new Uint8Array(16))).toThrow(AssertionError)
    expect(() => { key.seal(randomBytes(11), associated, new Uint8Array(10), new Uint8Array(26)) }).toThrow(AssertionError)
    expect(() => { key.seal(nonce, associated, new Uint8Array(10), new Uint8Array(25)) }).toThrow(AssertionError)
    expect(() => key.open(nonce, associated, sealed, new Uint8Array(999))).toThrow(AssertionError)
    expect(() => key.open(nonce, associated, new Uint8Array(10), new Uint8Array(0))).toThrow(AssertionError)
  })

  it('to work after it was wiped, and wipes the bytes it owns', () => {
    const bytes = randomBytes(32)
    const owner = GcmKey.own(bytes)
    owner.wipe()
    owner.wipe()
    expect(bytes).toEqual(Buffer.alloc(32))
    expect(() => { owner.seal(nonce, associated, new Uint8Array(0), new Uint8Array(16)) }).toThrow(AssertionError)
  })

  it('to show its bytes', () => {
    const shown = GcmKey.copyOf(Buffer.from('a secret of thirty-two bytes ...'))
    expect(JSON.stringify({ shown })).toBe('{"shown":{}}')
  })
})

describe('the engines of AES-256-GCM', () => {
  it('are both there: tests and the bundled Node have the library in reach', () => {
    expect(gcmEngine().name).toBe('direct')
  })

  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
  const vectors = [
    { key: '00'.repeat(32), nonce: '00'.repeat(12), associated: '', plain: '', sealed: '530f8afbc74536b9a963b4f1c4cb738b' },
    { key: '00'.repeat(32), nonce: '00'.repeat(12), associated: '', plain: '00'.repeat(16), sealed: 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919' },
    {
      key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308', nonce: 'cafebabefacedbaddecaf888', associated: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      plain: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      sealed: '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
    },
  ]
  it.each([['directly', direct], ['by node:crypto', nodeGcm]] as const)('give the published answers: %s', (_, engine) => {
    for (const { key, nonce, associated, plain, sealed } of vectors) {
      const into = new Uint8Array(hex(sealed).byteLength)
      engine.seal(hex(key), hex(nonce), hex(associated), hex(plain), into)
      expect(Buffer.from(into).toString('hex')).toBe(sealed)
      const opened = new Uint8Array(hex(plain).byteLength)
      expect(engine.open(hex(key), hex(nonce), hex(associated), into, opened)).toBe(true)
      expect(opened).toEqual(hex(plain))
    }
  })

  it('agree on bytes of any length at any place of shared and own memory, apart and in place', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(400_000))
    const property = fc.property(
      fc.oneof(fc.nat(200), fc.nat(3000), fc.nat(70_000)), fc.nat(300), fc.nat(80), fc.nat(65), fc.integer({ min: 0, max: 40 }), fc.boolean(),
      (length, associatedLength, plainAt, sealedAt, blocksBefore, isShared) => {
        const memory = isShared ? shared : new Uint8Array(400_000)
        const [key, nonce, associated, plain] = [randomBytes(32), randomBytes(12), randomBytes(associatedLength), randomBytes(length)]
        memory.set(plain, plainAt)
        const place = memory.subarray(100_000 + 640 + sealedAt, 100_000 + 640 + sealedAt + length + gcmTagBytes)
        const reference = new Uint8Array(length + gcmTagBytes)
        direct.seal(key, nonce, associated, memory.subarray(plainAt, plainAt + length), place)
        nodeGcm.seal(key, nonce, associated, plain, reference)
        expect(Buffer.compare(place, reference)).toBe(0)
        const before = memory.slice(0, 100_000)
        const at = 100_000 + 640 + sealedAt - 16 * blocksBefore
        expect(direct.open(key, nonce, associated, place, memory.subarray(at, at + length))).toBe(true)
        expect(Buffer.compare(memory.subarray(at, at + length), plain)).toBe(0)
        expect(Buffer.compare(memory.subarray(0, 100_000), before)).toBe(0)
        const opened = new Uint8Array(length)
        expect(nodeGcm.open(key, nonce, associated, reference, opened)).toBe(true)
        expect(Buffer.compare(opened, plain)).toBe(0)
      },
    )
    fc.assert(property, { numRuns: 150 })
  })

  it('are told apart: one that answers wrongly is not chosen', () => {
    expect(agrees(direct, nodeGcm)).toBe(true)
    const broken: GcmEngine[] = [
      { ...nodeGcm, seal: (key, nonce, associated, plain, into) => { nodeGcm.seal(key, nonce, associated, plain, into); into[0] = (into[0] ?? 0) ^ 1 } },
      { ...nodeGcm, open: () => true },
      { ...nodeGcm, open: (key, nonce, associated, sealed, into) => { nodeGcm.open(key, nonce, associated, sealed, into); return true } },
    ] // prettier-ignore
    for (const engine of broken) expect(agrees(engine, nodeGcm)).toBe(false)
  })

  it('work in several threads at once, each with its own state', async () => {
    const source = `
      const { parentPort } = require('node:worker_threads')
      const load = (name) => import(new URL(name, ${JSON.stringify(new URL('../../../src-main/crypto/', import.meta.url).href)}).href)
      Promise.all([load('gcm.ts'), load('gcm-choice.ts')]).then(([{ GcmKey }, { gcmEngine }]) => {
        const key = GcmKey.own(new Uint8Array(32).fill(4)), plain = new Uint8Array(65536).fill(5), sealed = new Uint8Array(65552), opened = new Uint8Array(65536)
        let good = gcmEngine().name === 'direct'
        for (let i = 0; i < 2000; i++) {
          const nonce = new Uint8Array(12).fill(i & 255)
          key.seal(nonce, nonce, plain, sealed)
          good = key.open(nonce, nonce, sealed, opened) && opened[65535] === 5 && good
          opened.fill(0)
        }
        parentPort.postMessage(good)
      })`
    const answers = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
      const worker = new Worker(source, { eval: true })
      worker.once('message', resolve)
      worker.once('error', reject)
    })))
    expect(answers).toEqual([true, true, true, true])
  })

  it('leave no error behind a failure, for the sockets of the process to find', () => {
    const self = koffi.load(null)
    const [peek, newContext] = [self.func('unsigned long ERR_peek_error()') as () => number, self.func('void *EVP_CIPHER_CTX_new()') as () => bigint]
    const init = self.func('int EVP_DecryptInit_ex(void *context, void *cipher, void *engine, void *key, void *nonce)') as (...pointers: unknown[]) => number
    // Without a cipher: an error stands in the queue.
    expect(init(newContext(), null, null, null, null)).toBe(0)
    expect(Number(peek())).not.toBe(0)
    expect(direct.open(randomBytes(32), randomBytes(12), new Uint8Array(0), randomBytes(80), new Uint8Array(64))).toBe(false)
    expect(Number(peek())).toBe(0)
  })
})

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = bytes.slice()
  flipped[at] = (flipped[at] ?? 0) ^ 0x20
  return flipped
}
