// The barrier over the records, with the keystore's own errors.
import type { RandomSource } from '../base/random.ts'
import type { RecordStore } from '../seams/record-store.ts'
import { SecretStoreError } from '../seams/secret-store.ts'
import { Barrier } from './barrier/barrier.ts'
import type { Keyring } from './barrier/keyring.ts'
import { toKeystoreError } from './named-keys.ts'

export async function openBarrier(records: RecordStore, keyring: Keyring, random: RandomSource): Promise<Barrier> {
  try {
    return await Barrier.open(records, keyring, random)
  } catch (error) {
    if (error instanceof SecretStoreError) throw toKeystoreError(error)
    throw error
  }
}
