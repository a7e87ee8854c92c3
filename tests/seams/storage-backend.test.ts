// The seam StorageBackend on its reference model.
import { openMemoryStorage } from '../support/memory-storage.ts'
import { describeStorageBackend } from './storage-backend.ts'

describeStorageBackend('in memory', async () => ({ storage: openMemoryStorage(), close: async () => {} }))
