// Whether new objects are encrypted without being asked to: by the configuration, else as chosen in the interface and kept in the
// barrier, else on. The object layer reads this value at every write.
import { z } from 'zod'
import { decodeUtf8, encodeUtf8 } from '../base/bytes.ts'
import { defaultKeyName } from '../seams/key-store.ts'
import type { SecretStore } from '../seams/secret-store.ts'

const stored = z.object({ formatVersion: z.literal(1), encryptByDefault: z.boolean() })
const path = 'encryption'

export interface EncryptionDefault {
  readonly encryptByDefault: boolean
  readonly keyName: string
  readonly fixedBy?: 'configuration'
}

export class EncryptionSetting {
  readonly #configured: boolean | undefined
  readonly #secrets: SecretStore
  #value = true

  private constructor(configured: boolean | undefined, secrets: SecretStore) {
    this.#configured = configured
    this.#secrets = secrets
  }

  /** `configured` wins over what is stored. What is stored in another shape counts as on. Faults: those of the store. */
  static async open(configured: boolean | undefined, secrets: SecretStore): Promise<EncryptionSetting> {
    const setting = new EncryptionSetting(configured, secrets)
    await setting.#read()
    return setting
  }

  get encryptByDefault(): boolean {
    return this.#value
  }

  describe(): EncryptionDefault {
    const facts = { encryptByDefault: this.#value, keyName: defaultKeyName }
    return this.#configured === undefined ? facts : { ...facts, fixedBy: 'configuration' }
  }

  /** Durable, and in force for the next write. The configuration must not fix it. Faults: those of the store. */
  async set(encryptByDefault: boolean): Promise<void> {
    await this.#secrets.put(path, encodeUtf8(JSON.stringify({ formatVersion: 1, encryptByDefault })))
    await this.#read()
  }

  async #read(): Promise<void> {
    const bytes = this.#configured === undefined ? await this.#secrets.get(path) : undefined
    this.#value = this.#configured ?? parse(bytes)
  }
}

function parse(bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined) return true
  try {
    const parsed = stored.safeParse(JSON.parse(decodeUtf8(bytes) ?? 'null'))
    return parsed.success ? parsed.data.encryptByDefault : true
  } catch {
    return true
  }
}
