import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { SecretBytes } from '../../../src-main/crypto/secret-bytes.ts'

describe('secret bytes', () => {
  it('cannot be used after they were wiped', () => {
    const secret = SecretBytes.own(Uint8Array.of(1, 2, 3))
    secret.wipe()
    secret.wipe()
    expect(secret.isWiped).toBe(true)
    expect(() => secret.use((bytes) => bytes.length)).toThrow(AssertionError)
  })

  it('zero the bytes they took over, and only their own copy of the others', () => {
    const taken = Uint8Array.of(1, 2, 3)
    const copied = Uint8Array.of(4, 5)
    SecretBytes.own(taken).wipe()
    SecretBytes.copyOf(copied).wipe()
    expect([taken, copied]).toEqual([new Uint8Array(3), Uint8Array.of(4, 5)])
  })

  it('are wiped at the end of the block that uses them', () => {
    const bytes = Uint8Array.of(9)
    {
      using secret = SecretBytes.own(bytes)
      expect(secret.use((lent) => lent[0])).toBe(9)
    }
    expect(bytes[0]).toBe(0)
  })

  it('never print themselves', () => {
    const secret = SecretBytes.own(Buffer.from('hunter2hunter2'))
    for (const shown of [String(secret), JSON.stringify({ secret }), inspect(secret), inspect({ deep: [secret] }), `${secret.toString()}`]) {
      expect(shown).toContain('[secret]')
      expect(shown).not.toMatch(/hunter2|104|68/)
    }
  })
})
