// Whether new objects are encrypted without being asked to.
import { describe, expect, it } from 'vitest'
import { EncryptionSetting } from '../../../src-main/appliance/encryption-setting.ts'
import { encodeUtf8 } from '../../../src-main/base/bytes.ts'
import { openMemorySecretStore } from '../../support/memory-secret-store.ts'

describe('the encryption of new objects', () => {
  it('is on when what is stored can not be read', async () => {
    for (const text of ['', '{', '{"formatVersion":2,"encryptByDefault":false}', '{"formatVersion":1}']) {
      const secrets = openMemorySecretStore()
      await secrets.put('encryption', encodeUtf8(text))
      expect((await EncryptionSetting.open(undefined, secrets)).encryptByDefault, text).toBe(true)
    }
  })

  it('is on until somebody turns it off, and stays off over a restart', async () => {
    const secrets = openMemorySecretStore()
    const setting = await EncryptionSetting.open(undefined, secrets)
    expect(setting.describe()).toEqual({ encryptByDefault: true, keyName: 'coffer-default' })
    await setting.set(false)
    expect(setting.encryptByDefault).toBe(false)
    expect((await EncryptionSetting.open(undefined, secrets)).encryptByDefault).toBe(false)
  })

  it('follows the configuration where that decides, whatever is stored', async () => {
    const secrets = openMemorySecretStore()
    await (await EncryptionSetting.open(undefined, secrets)).set(false)
    expect((await EncryptionSetting.open(true, secrets)).describe()).toEqual({ encryptByDefault: true, keyName: 'coffer-default', fixedBy: 'configuration' })
  })
})
