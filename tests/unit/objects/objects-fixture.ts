// An object layer over the model storage and a key store that can be sealed, with short words for the usual requests.
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { byteSourceOf, readAll, type ByteSource } from '../../../src-main/base/byte-stream.ts'
import type { Clock } from '../../../src-main/base/clock.ts'
import { systemRandom, type RandomSource } from '../../../src-main/base/random.ts'
import {
  openObjects, type ChecksumAlgorithm, type ExpectedDigests, type GetObjectRequest, type IncomingBody, type ObjectFault, type OpenedObjects, type PutObjectRequest,
  type ReadObject, type WrittenObject,
} from '../../../src-main/objects/index.ts'
import { KeyStoreError, type KeyStore, type KeyStoreFault } from '../../../src-main/seams/key-store.ts'
import { StorageError, type StorageBackend, type StorageFault } from '../../../src-main/seams/storage-backend.ts'
import { openMemoryKeyStore } from '../../support/memory-key-store.ts'
import { openMemoryStorage, type MemoryStorage } from '../../support/memory-storage.ts'

export const signal = new AbortController().signal
export const emptyMd5 = 'd41d8cd98f00b204e9800998ecf8427e'
export const mebibyte = 1024 * 1024

export function hexMd5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

export function pattern(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >>> 8) * 7 + (i >>> 16) * 13 + seed
  return bytes
}

/** A rejection by ObjectError with this fault and, if given, these details. */
export function fault(name: ObjectFault, details: object = {}): object {
  return expect.objectContaining({ name: 'ObjectError', fault: name, details: expect.objectContaining(details) as object }) as object
}

/** In many chunks, the last one the shortest. */
export function bodyOf(bytes: Uint8Array, expected: ExpectedDigests & { readonly algorithm?: ChecksumAlgorithm } = {}): IncomingBody {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += 70_000) chunks.push(bytes.subarray(at, at + 70_000))
  const checksum = expected.checksum?.algorithm ?? expected.algorithm
  return {
    size: bytes.byteLength,
    source: byteSourceOf(...chunks),
    digests: { payloadSha256: expected.payloadSha256 !== undefined, md5Announced: expected.md5 !== undefined, ...(checksum && { checksum }) },
    expected: () => expected,
  }
}

export interface Fixture {
  readonly objects: OpenedObjects
  readonly storage: MemoryStorage
  /** What the object layer sees: methods may be replaced. */
  readonly shown: { -readonly [Name in keyof StorageBackend]: StorageBackend[Name] }
  readonly keys: { fault: KeyStoreFault | undefined; generated: number; unwrapped: number; readonly lent: Uint8Array[] }
  readonly clock: Clock & { nowValueMs: number; due: (() => void)[] }
  put(name: string, bytes: Uint8Array, more?: Partial<PutObjectRequest>): Promise<WrittenObject>
  read(name: string, more?: Partial<GetObjectRequest>): Promise<ReadObject & { readonly bytes: Uint8Array | undefined }>
}

export async function openFixture(options: { encryptByDefault?: boolean; random?: RandomSource } = {}): Promise<Fixture> {
  const clock: Fixture['clock'] = {
    nowValueMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    due: [],
    nowMs: () => clock.nowValueMs,
    monotonicMs: () => clock.nowValueMs,
    after(_delayMs, callback) {
      clock.due.push(callback)
      return () => {}
    },
  }
  const storage = openMemoryStorage(clock)
  const shown: Fixture['shown'] = { ...storage }
  const keys: Fixture['keys'] = { fault: undefined, generated: 0, unwrapped: 0, lent: [] }
  const objects = openObjects({
    storage: shown, keyStore: countingKeyStore(keys), clock, random: options.random ?? systemRandom, settings: { encryptByDefault: options.encryptByDefault ?? true },
  })
  await objects.createBucket('bucket')
  return {
    objects, storage, shown, keys, clock,
    put: (name, bytes, more = {}) => objects.putObject({ bucket: 'bucket', name, body: bodyOf(bytes), headers: {}, userMetadata: {}, condition: {}, ...more }, signal),
    async read(name, more = {}) {
      const read = await objects.getObject({ bucket: 'bucket', name, condition: {}, ...more }, signal)
      return { ...read, bytes: read.body && (await readAll(read.body, read.length)) }
    },
  }
}

function countingKeyStore(keys: Fixture['keys']): KeyStore {
  const inner = openMemoryKeyStore('coffer-default')
  const check = (): void => {
    if (keys.fault !== undefined) throw new KeyStoreError(keys.fault, 'refused')
  }
  return {
    ...inner,
    async generateDataKey(...input) {
      check()
      keys.generated++
      const dataKey = await inner.generateDataKey(...input)
      keys.lent.push(dataKey.plain)
      return dataKey
    },
    async unwrapDataKey(...input) {
      check()
      keys.unwrapped++
      const plain = await inner.unwrapDataKey(...input)
      keys.lent.push(plain)
      return plain
    },
  }
}

export function storageFails(name: StorageFault): () => Promise<never> {
  return () => Promise.reject(new StorageError(name, 'as arranged'))
}

/** Equal, told by lengths and a comparison instead of a listing of a million bytes. */
export function expectBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  expect(actual?.byteLength).toBe(expected.byteLength)
  expect(Buffer.compare(actual ?? new Uint8Array(0), expected)).toBe(0)
}

/** A source that waits before its bytes until it is let go. */
export function heldSource(bytes: Uint8Array): ByteSource & { readonly asked: Promise<void>; readonly letGo: () => void } {
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const inner = byteSourceOf(bytes)
  return {
    asked: asked.promise,
    letGo: gate.resolve,
    async next() {
      asked.resolve()
      await gate.promise
      return inner.next()
    },
    cancel: () => { inner.cancel() },
  }
}
