import { openMemorySecretStore } from '../support/memory-secret-store.ts'
import { openTestKeystore } from '../support/test-keystore.ts'
import { describeSecretStore } from './suites/secret-store-suite.ts'

describeSecretStore('under a prefix of the barrier', async () => (await openTestKeystore()).keystore.secrets('iam/'))
describeSecretStore('in memory', async () => openMemorySecretStore())
