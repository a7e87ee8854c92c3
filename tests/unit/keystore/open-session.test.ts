import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src-main/base/random.ts'
import { AssertionError } from '../../../src-main/base/assert.ts'
import { SecretBytes } from '../../../src-main/crypto/secret-bytes.ts'
import { Keyring } from '../../../src-main/keystore/barrier/keyring.ts'
import { OpenSession } from '../../../src-main/keystore/open-session.ts'

const newRootKey = (): SecretBytes => SecretBytes.own(new Uint8Array(32).fill(1))
const newKeyring = (): Keyring => Keyring.create(systemRandom, 1)

describe('an open session', () => {
  it('wipes the root key and the secret of the keyring when it ends, and stops its parts', () => {
    const [rootKey, keyring] = [newRootKey(), newKeyring()]
    const session = new OpenSession(rootKey, keyring)
    let stopped = 0
    session.whenClosed(() => stopped++)
    session.close()
    expect([rootKey.isWiped, stopped]).toEqual([true, 1])
    expect(() => keyring.derivedKeys()).toThrow(AssertionError)
    for (const use of [() => session.rootKey, () => session.keyring, () => session.encryptions]) expect(use).toThrow('sealed')
    session.whenClosed(() => stopped++)
    expect(stopped).toBe(2)
  })

  it('wipes what is replaced, and what comes too late', () => {
    const [first, second, late] = [newRootKey(), newRootKey(), newRootKey()]
    const [older, newer, tooLate] = [newKeyring(), newKeyring(), newKeyring()]
    const session = new OpenSession(first, older)
    session.replaceRootKey(second)
    session.replaceKeyring(newer)
    expect([first.isWiped, second.isWiped]).toEqual([true, false])
    expect(() => older.derivedKeys()).toThrow(AssertionError)
    newer.derivedKeys()
    session.close()
    session.replaceRootKey(late)
    session.replaceKeyring(tooLate)
    expect(late.isWiped).toBe(true)
    expect(() => tooLate.derivedKeys()).toThrow(AssertionError)
  })
})
