import { describe, expect, it } from 'vitest'
import { CryptoError } from '../../../src-main/crypto/crypto-error.ts'
import { knownAnswers, runCryptoSelfTests } from '../../../src-main/crypto/self-tests.ts'

describe('the self-tests', () => {
  it('refuse to go on when any primitive gives another answer, and name it', () => {
    for (const answer of knownAnswers) {
      const broken = { ...answer, compute: () => Uint8Array.from(answer.compute(), (byte) => byte ^ 1) }
      expect(() => runCryptoSelfTests([broken])).toThrow(answer.name)
    }
  })

  it('refuse to go on when a primitive is missing', () => {
    const missing = { name: 'AES-256-GCM', expectedHex: '', compute: () => { throw new Error('unsupported') } } // prettier-ignore
    expect(() => runCryptoSelfTests([missing])).toThrow(CryptoError)
  })

  it('pass here', () => {
    expect(knownAnswers.length).toBeGreaterThan(8)
    runCryptoSelfTests()
  })
})
