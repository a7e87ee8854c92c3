// The owner's access key: what is refused, and that the key signs as the published examples do.
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRootAccessKeys, decideAccess, IamError } from '../../../src-main/iam/index.ts'

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const signingKey = (seed: Parameters<typeof createHmac>[1]): string => {
  const step = (key: Parameters<typeof createHmac>[1], text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return step(step(step(step(seed, '20150830'), 'us-east-1'), 'iam'), 'aws4_request').toString('hex')
}

describe('the root access key', () => {
  it.each(['', 'ab', 'has space', 'a/b/c', 'a,b,c', 'a=b=c', 'naïve', 'x'.repeat(129)])('refuses %j as its identifier', (accessKeyId) => {
    expect(() => createRootAccessKeys({ ...credentials, accessKeyId })).toThrow(expect.objectContaining({ fault: 'invalid-access-key-id' }))
  })

  it.each(['', 'seven77', 's'.repeat(257)])('refuses a secret that is too short or too long', (secret) => {
    expect(() => createRootAccessKeys({ ...credentials, secret })).toThrow(IamError)
  })

  it('says nothing of a refused secret', () => {
    try {
      createRootAccessKeys({ ...credentials, secret: 'tiny' })
      expect.unreachable()
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain('tiny')
    }
  })

  it('keeps the old key when its replacement is refused', () => {
    const keys = createRootAccessKeys(credentials)
    expect(() => { keys.replace({ accessKeyId: 'fine', secret: '' }) }).toThrow(IamError)
    expect(keys.findAccessKey(credentials.accessKeyId)).toBeDefined()
    expect(keys.findAccessKey('fine')).toBeUndefined()
  })

  it('does not know other identifiers, not even in another case', () => {
    const keys = createRootAccessKeys(credentials)
    expect(keys.findAccessKey('akiaiosfodnn7example')).toBeUndefined()
    expect(keys.findAccessKey('')).toBeUndefined()
  })

  it('derives the signing key that AWS publishes as its example', () => {
    const seed = createRootAccessKeys(credentials).findAccessKey(credentials.accessKeyId)?.signingSeed
    expect(seed?.symmetricKeySize).toBe(44)
    // AWS General Reference, "Examples of how to derive a signing key for Signature Version 4".
    expect(signingKey(seed as NonNullable<typeof seed>)).toBe('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9')
  })

  it('takes the secret as bytes too, and leaves them to the caller', () => {
    const secret = Buffer.from(credentials.secret)
    const seed = createRootAccessKeys({ ...credentials, secret }).findAccessKey(credentials.accessKeyId)?.signingSeed
    expect(seed?.export().toString()).toBe(`AWS4${credentials.secret}`)
    expect(secret.toString()).toBe(credentials.secret)
  })

  it('is replaced at once', () => {
    const keys = createRootAccessKeys(credentials)
    keys.replace({ accessKeyId: 'owner', secret: 'another secret' })
    expect(keys.findAccessKey(credentials.accessKeyId)).toBeUndefined()
    expect(keys.findAccessKey('owner')?.isRoot).toBe(true)
  })
})

describe('deciding access', () => {
  it('denies anonymous callers everything and the owner nothing', () => {
    const accessKey = createRootAccessKeys(credentials).findAccessKey(credentials.accessKeyId)
    const request = { action: 's3:GetObject', bucket: 'b', objectName: 'o' }
    expect(decideAccess({ ...request, accessKey: undefined })).toBe('deny')
    expect(decideAccess({ ...request, accessKey })).toBe('allow')
    expect(decideAccess({ ...request, accessKey: accessKey && { ...accessKey, isRoot: false } })).toBe('deny')
  })
})
