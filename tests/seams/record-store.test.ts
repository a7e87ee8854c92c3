import { openMemoryRecordStore } from '../support/memory-record-store.ts'
import { describeRecordStore } from './suites/record-store-suite.ts'

describeRecordStore('in memory', async () => {
  const records = openMemoryRecordStore()
  return Object.assign(records, { reopen: async () => records })
})
