// The erasure engine keeps every seam's promises: storage, records for the barrier, the seal record.
import { openDriveSealStore } from '../../src-main/storage/erasure/index.ts'
import { ErasureOnVirtualDrives } from '../support/erasure-on-virtual-drives.ts'
import { describeStorageBackend } from './storage-backend.ts'
import { describeRecordStore } from './suites/record-store-suite.ts'
import { describeSealStore } from './suites/seal-store-suite.ts'

for (const drives of [1, 4]) {
  describeStorageBackend(`on ${drives} erasure-coded drives`, async () => {
    const store = new ErasureOnVirtualDrives(drives)
    await store.format()
    const backend = await store.open()
    return { storage: backend, close: () => backend.close() }
  })
}

describeRecordStore('on the drives', async () => {
  const store = new ErasureOnVirtualDrives(4)
  await store.format()
  let backend = await store.open()
  return Object.assign({ ...backend.recordStore }, {
    reopen: async () => {
      await backend.close()
      backend = await store.open()
      return backend.recordStore
    },
  })
})

describeSealStore('on the drives', async () => {
  const store = new ErasureOnVirtualDrives(4)
  await store.format()
  return openDriveSealStore(await store.findSet())
})
