import { openEmbeddedKeyStore } from '../../src-main/kms/index.ts'
import { openMemoryKeyStore } from '../support/memory-key-store.ts'
import { openTestKeystore } from '../support/test-keystore.ts'
import { describeKeyStore } from './suites/key-store-suite.ts'

describeKeyStore('of the embedded keystore', async () => openEmbeddedKeyStore((await openTestKeystore()).keystore))
describeKeyStore('in memory', async () => openMemoryKeyStore('coffer-default'))
