// A process of its own that has a drive: `hold` opens it and waits, `append` writes records for ever and says each one that was answered.
import { createSharedSlab } from '../../../../../src-main/payload/shared-memory.ts'
import { DriveError } from '../../../../../src-main/storage/erasure/drives/drive-connection.ts'
import { connectDrive } from '../../../../../src-main/storage/erasure/drives/drive-client.ts'
import { place, testRecord } from './drive-kit.ts'

const [root, what] = process.argv.slice(2) as [string, string]
const slab = createSharedSlab(4 * 1024 * 1024)
const drive = connectDrive(root, slab)
try {
  await drive.open({})
  process.stdout.write('open\n')
  if (what === 'append') {
    await drive.startLog({})
    for (let first = 1; ; first += 3) {
      const records = [0, 1, 2].map((index) => testRecord(first + index, 20_000))
      await drive.append({ records: place(slab.bytes, records, 1024 * 1024) })
      process.stdout.write(`${first + 2}\n`)
    }
  }
  setInterval(() => undefined, 1000)
} catch (error) {
  process.stdout.write(`${error instanceof DriveError ? error.fault : String(error)}\n`)
  await drive.abandon()
}
