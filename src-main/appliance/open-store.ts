// From an opened keystore to a store that serves: storage over the drives, the barrier's records, the owner's credentials, the object
// layer. Each stage is named, so that a failure says where it was.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { RandomSource } from '../base/random.ts'
import { gcmEngine } from '../crypto/gcm-choice.ts'
import type { Keystore } from '../keystore/index.ts'
import { openEmbeddedKeyStore } from '../kms/index.ts'
import { openObjects, type OpenedObjects } from '../objects/index.ts'
import type { Codec } from '../payload/codec.ts'
import type { SlotPool } from '../payload/shared-memory.ts'
import { openErasureBackend, type ErasureBackend, type FoundSet } from '../storage/erasure/index.ts'
import { EncryptionSetting } from './encryption-setting.ts'
import type { StartStage } from './lifecycle.ts'
import { makeRootCredentials, readRootCredentials, writeRootCredentials, type RootCredentials } from './root-credentials.ts'

export interface StoreParts {
  readonly keystore: Keystore
  readonly set: FoundSet
  readonly slots: SlotPool
  readonly codec: Codec
  readonly catalogueFile: string
  /** By the configuration; it wins over what was chosen in the interface. */
  readonly configuredEncryption: boolean | undefined
  /** From the configuration; they win over stored ones and are not stored. */
  readonly configuredRoot: RootCredentials | undefined
  /** Chosen at set-up, stored at the first opening. */
  readonly chosenRoot: RootCredentials | undefined
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  readonly onStage: (stage: StartStage, fraction: number) => void
}

export interface OpenStore {
  readonly backend: ErasureBackend
  readonly objects: OpenedObjects
  readonly root: RootCredentials
  readonly encryption: EncryptionSetting
  close(): Promise<void>
}

/** Rejects with what failed; nothing stays open then. */
export async function openStore(parts: StoreParts): Promise<OpenStore> {
  const { keystore, clock, random, logger, onStage } = parts
  onStage('keys', 1)
  const { storageKey, catalogueKey } = keystore.derivedKeys()
  logger.info('opening', { cipher: gcmEngine().name })
  onStage('drives', 0)
  const backend = await openErasureBackend({
    set: parts.set, slots: parts.slots, codec: parts.codec, storageKey, catalogueKey, catalogueFile: parts.catalogueFile,
    clock, random, logger, onProgress: (fraction) => { onStage('drives', fraction) },
  })
  try {
    onStage('configuration', 0)
    await keystore.attachRecords(backend.recordStore)
    const encryption = await EncryptionSetting.open(parts.configuredEncryption, keystore.secrets('settings/'))
    onStage('identities', 0)
    const root = await loadRoot(parts)
    const objects = openObjects({ storage: backend, keyStore: openEmbeddedKeyStore(keystore), clock, random, settings: encryption })
    return {
      backend, objects, root, encryption,
      close: async () => {
        objects.forgetKeys()
        await backend.close()
        storageKey.wipe()
      },
    }
  } catch (error) {
    await backend.close()
    storageKey.wipe()
    throw error
  }
}

async function loadRoot({ keystore, configuredRoot, chosenRoot, random }: StoreParts): Promise<RootCredentials> {
  if (configuredRoot !== undefined) return configuredRoot
  const secrets = keystore.secrets('iam/')
  const known = await readRootCredentials(secrets)
  if (known !== undefined) return known
  const made = chosenRoot ?? makeRootCredentials(random)
  await writeRootCredentials(secrets, made)
  return made
}
