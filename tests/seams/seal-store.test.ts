import { openMemorySealStore } from '../support/memory-seal-store.ts'
import { describeSealStore } from './suites/seal-store-suite.ts'

describeSealStore('in memory', async () => openMemorySealStore())
