// The chain of keys of an object: what an envelope refuses, that secrets are wiped, that nothing readable is stored; known answers.
import { beforeEach, describe, expect, it } from 'vitest'
import { ContentKeyCache } from '../../../../src-main/objects/encryption/content-key-cache.ts'
import { ContentKey } from '../../../../src-main/objects/encryption/content-key.ts'
import type { PartEncryption } from '../../../../src-main/crypto/body-recipe.ts'
import type { JsonObject } from '../../../../src-main/base/json.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { bodyOf, expectBytes, fault, openFixture, pattern, signal, type Fixture } from '../objects-fixture.ts'

let fixture: Fixture
let recipes: { readonly partKey: Uint8Array; readonly streamNonce: string; readonly keyCopy: string }[]
const bytes = pattern(100_000)
const text = Buffer.from('this sentence is readable '.repeat(4000))

beforeEach(async () => {
  fixture = await openFixture()
  recipes = []
  fixture.shown.stageBody = (size, source, recipe, ...rest) => {
    if (recipe.encryption !== undefined) recipes.push(copyOf(recipe.encryption))
    return fixture.storage.stageBody(size, source, recipe, ...rest)
  }
})

function copyOf({ partKey, streamNonce }: PartEncryption): (typeof recipes)[number] {
  return { partKey, streamNonce: Buffer.from(streamNonce).toString('hex'), keyCopy: Buffer.from(partKey).toString('hex') }
}

/** Puts the attributes of one version in the place of another's. */
async function changeAttributes(name: string, change: (attributes: JsonObject) => JsonObject): Promise<void> {
  const version = await fixture.storage.findVersion('bucket', name)
  await fixture.storage.replaceAttributes('bucket', name, change(version?.attributes ?? {}))
  fixture.objects.forgetKeys()
}

describe('an envelope', () => {
  it('that was moved to another object opens nothing', async () => {
    await fixture.put('a', bytes)
    await fixture.put('b', bytes)
    const moved = (await fixture.storage.findVersion('bucket', 'a'))?.attributes['encryption']
    await fixture.read('a')
    await changeAttributes('b', (attributes) => ({ ...attributes, encryption: moved }))
    await expect(fixture.read('b')).rejects.toEqual(fault('key-not-authentic'))
  })

  it.each(['iv', 'contentKey', 'dataKey'] as const)('with another %s opens nothing', async (field) => {
    await fixture.put('a', bytes)
    await changeAttributes('a', (attributes) => {
      const envelope = attributes['encryption'] as Record<string, string>
      const changed = Buffer.from(envelope[field] ?? '', 'base64')
      changed[changed.byteLength - 1] = (changed.at(-1) ?? 0) ^ 1
      return { ...attributes, encryption: { ...envelope, [field]: changed.toString('base64') } }
    })
    await expect(fixture.read('a')).rejects.toEqual(fault('key-not-authentic'))
  })

  it('whose wrapped key is cut short opens nothing', async () => {
    await fixture.put('a', bytes)
    await changeAttributes('a', (attributes) => ({ ...attributes, encryption: { ...(attributes['encryption'] as JsonObject), contentKey: 'AAAA' } }))
    await expect(fixture.read('a')).rejects.toEqual(fault('key-not-authentic'))
  })

  it('of a newer format is not guessed at', async () => {
    await fixture.put('a', bytes)
    await changeAttributes('a', (attributes) => ({ ...attributes, v: 2 }))
    await expect(fixture.read('a')).rejects.toThrow('attributes of a version this program does not know')
  })
})

describe('keys', () => {
  it('are wiped after use: data keys and part keys', async () => {
    await fixture.put('a', bytes)
    await fixture.read('a')
    const { uploadId } = await fixture.objects.createUpload({ bucket: 'bucket', name: 'b', headers: {}, userMetadata: {} }, signal)
    await fixture.objects.uploadPart({ bucket: 'bucket', name: 'b', uploadId, partNumber: 1, body: bodyOf(bytes) }, signal)
    expect(fixture.keys.lent.length).toBeGreaterThanOrEqual(3)
    for (const key of [...fixture.keys.lent, ...recipes.map(({ partKey }) => partKey)]) expect(key).toEqual(new Uint8Array(32))
  })

  it('are wiped though the body fails', async () => {
    await expect(fixture.put('a', bytes, { body: { ...bodyOf(bytes), size: 7 } })).rejects.toEqual(fault('body-too-long'))
    expect(recipes).toHaveLength(1)
    expect(recipes[0]?.partKey).toEqual(new Uint8Array(32))
  })

  it('are never the same twice, nor are nonces; a part sent again has a new nonce under the same key', async () => {
    await fixture.put('a', bytes)
    await fixture.put('a', bytes)
    const { uploadId } = await fixture.objects.createUpload({ bucket: 'bucket', name: 'b', headers: {}, userMetadata: {} }, signal)
    for (const partNumber of [1, 1, 2]) await fixture.objects.uploadPart({ bucket: 'bucket', name: 'b', uploadId, partNumber, body: bodyOf(bytes) }, signal)
    expect(new Set(recipes.map(({ streamNonce }) => streamNonce)).size).toBe(5)
    expect(new Set(recipes.map(({ keyCopy }) => keyCopy)).size).toBe(4)
    expect(recipes[2]?.keyCopy).toBe(recipes[3]?.keyCopy)
  })

  it('opened lately are not asked for again, until they are forgotten', async () => {
    await fixture.put('a', bytes)
    for (let i = 0; i < 3; i++) await fixture.read('a', { range: { form: 'last', length: 10 } })
    expect(fixture.keys.unwrapped).toBe(1)
    fixture.keys.fault = 'sealed'
    expectBytes((await fixture.read('a')).bytes, bytes)
    fixture.objects.forgetKeys()
    await expect(fixture.read('a')).rejects.toEqual(fault('keys-sealed'))
  })

  it('are not asked for to read nothing, and made once per upload', async () => {
    await fixture.put('empty', new Uint8Array(0))
    await fixture.read('empty')
    expect(fixture.keys.unwrapped).toBe(0)
    const generated = fixture.keys.generated
    const { uploadId } = await fixture.objects.createUpload({ bucket: 'bucket', name: 'b', headers: {}, userMetadata: {} }, signal)
    for (const partNumber of [1, 2, 3]) await fixture.objects.uploadPart({ bucket: 'bucket', name: 'b', uploadId, partNumber, body: bodyOf(bytes) }, signal)
    expect([fixture.keys.generated - generated, fixture.keys.unwrapped]).toEqual([1, 1])
  })
})

describe('the cache of content keys', () => {
  it('is bounded, gives up what was used longest ago, and takes nothing asked for before it was cleared', () => {
    const cache = new ContentKeyCache()
    const bytes = (index: number): Uint8Array => new Uint8Array(Buffer.alloc(32, `key-${index}`))
    const owner = { bucket: 'bucket', name: 'name' }
    const remember = (wrapped: string, index: number, generation = cache.generation): void => { cache.remember(wrapped, owner, ContentKey.own(bytes(index)), generation) }
    const find = (wrapped: string): ContentKey | undefined => cache.find(wrapped, owner)
    const answer = (key: ContentKey | undefined): readonly (Uint8Array | undefined)[] => [key?.partKey(1), key?.partKey(2)]
    for (let i = 0; i < 16_384; i++) remember(`key-${i}`, i)
    expect(answer(find('key-0'))).toEqual(answer(ContentKey.own(bytes(0))))
    remember('one-more', 99_999)
    expect([cache.size, find('key-1')]).toEqual([16_384, undefined])
    for (const [name, index] of [['key-0', 0], ['key-2', 2], ['key-16383', 16_383], ['one-more', 99_999]] as const) {
      expect(answer(find(name))).toEqual(answer(ContentKey.own(bytes(index))))
    }
    const before = cache.generation
    cache.clear()
    remember('late', 1, before)
    expect([cache.size, find('key-0'), find('late')]).toEqual([0, undefined, undefined])
  })

  it('lends copies: one that was wiped spoils no other', () => {
    const cache = new ContentKeyCache()
    const owner = { bucket: 'bucket', name: 'name' }
    cache.remember('a', owner, ContentKey.own(new Uint8Array(32).fill(5)), cache.generation)
    const keysOf = (key: ContentKey | undefined): readonly (Uint8Array | undefined)[] => [key?.partKey(1), key?.partKey(2)]
    const expected = keysOf(ContentKey.own(new Uint8Array(32).fill(5)))
    for (let reader = 0; reader < 2; reader++) {
      const lent = cache.find('a', owner)
      expect(keysOf(lent)).toEqual(expected)
      lent?.wipe()
    }
  })

  it('gives a key to the object it was opened for and to no other', () => {
    const cache = new ContentKeyCache()
    cache.remember('a', { bucket: 'bucket', name: 'name' }, ContentKey.own(new Uint8Array(32).fill(5)), cache.generation)
    expect(cache.find('a', { bucket: 'bucket', name: 'other' })).toBeUndefined()
    expect(cache.find('a', { bucket: 'other', name: 'name' })).toBeUndefined()
    expect(cache.find('a', { bucket: 'bucket', name: 'name' })).toBeDefined()
  })
})

describe('what is stored', () => {
  it('holds no readable byte of an object', async () => {
    await fixture.put('a', text)
    for (const stored of fixture.storage.storedBytes()) expect(Buffer.from(stored).includes('readable')).toBe(false)
  })

  it('is in the clear when the default is off, unless encryption is asked for', async () => {
    fixture = await openFixture({ encryptByDefault: false })
    expect(await fixture.put('a', text)).toMatchObject({ encryption: { kind: 'none' } })
    expect(fixture.storage.storedBytes().some((stored) => Buffer.from(stored).includes('readable'))).toBe(true)
    expect((await fixture.read('a')).info.encryption).toEqual({ kind: 'none' })
    expect(await fixture.put('a', text, { encryption: { kind: 'SSE-S3' } })).toMatchObject({ encryption: { kind: 'SSE-S3' } })
    expect(fixture.storage.storedBytes().some((stored) => Buffer.from(stored).includes('readable'))).toBe(false)
    expect(fixture.keys.generated).toBe(1)
    expectBytes((await fixture.read('a')).bytes, text)
  })

  it('is described by just these attributes', async () => {
    fixture = await openFixture({ random: seededRandom(7) })
    await fixture.put('a', bytes, { headers: { contentType: 'text/plain' }, userMetadata: { mtime: '1' }, body: bodyOf(bytes, { algorithm: 'crc32' }) })
    const version = await fixture.storage.findVersion('bucket', 'a')
    const { dataKey, contentKey, ...envelope } = version?.attributes['encryption'] as Record<string, string>
    expect(Buffer.from(contentKey ?? '', 'base64')).toHaveLength(60)
    expect(dataKey).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect({ ...version?.attributes, encryption: envelope }).toEqual({
      v: 1, headers: { contentType: 'text/plain' }, metadata: { mtime: '1' }, checksum: { algorithm: 'crc32', type: 'FULL_OBJECT', value: expect.any(String) as string },
      encryption: { kind: 'SSE-S3', keyName: 'coffer-default', keyVersion: 1, iv: Buffer.from(seededRandom(7).bytes(32)).toString('base64') },
    })
    expect(version?.parts[0]?.attributes).toEqual({ nonce: expect.stringMatching(/^[A-Za-z0-9+/]{16}$/) as string })
  })
})

describe('part keys', () => {
  // Published vectors of the object encryption format whose part keys these are.
  it.each([
    [0, 'aa7855e13839dd767cd5da7c1ff5036540c9264b7a803029315e55375287b4af'],
    [1, 'a3e7181c6eed030fd52f79537c56c4d07da92e56d374ff1dd2043350785b37d8'],
    [10_000, 'f86e65c396ed52d204ee44bd1a0bbd86eb8b01b7354e67a3b3ae0e34dd5bd115'],
  ])('of a content key of zeroes: number %i', (partNumber, expected) => {
    expect(Buffer.from(ContentKey.own(Buffer.alloc(32)).partKey(partNumber)).toString('hex')).toBe(expected)
  })
})
