// What the verbs work with. Made once by openObjects.
import type { Clock } from '../base/clock.ts'
import type { RandomSource } from '../base/random.ts'
import type { StorageBackend } from '../seams/storage-backend.ts'
import type { ContentKeys } from './encryption/content-keys.ts'
import type { UploadGate } from './upload-gate.ts'

export interface ObjectsDeps {
  readonly storage: StorageBackend
  readonly contentKeys: ContentKeys
  readonly uploads: UploadGate
  readonly clock: Clock
  readonly random: RandomSource
  readonly encryptByDefault: boolean
}
