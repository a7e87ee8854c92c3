// Segments that are made before anybody needs them: when, how many, and what a crash leaves of them.
import { beforeEach, describe, expect, it } from 'vitest'
import { openDriveOn, type OpenableDrive } from '../../../../../src-main/storage/erasure/drives/drive.ts'
import { VirtualDriveFiles } from '../../../../support/virtual-drive-files.ts'
import { identity, ManualClock, memoryBytes, place, segmentSizeBytes, testRecord } from './drive-kit.ts'

const memory = new Uint8Array(new SharedArrayBuffer(memoryBytes))
let files: VirtualDriveFiles

function open(capacityBytes: number): OpenableDrive {
  files = new VirtualDriveFiles({ seed: 3, capacityBytes })
  void openDriveOn(files, memory, new ManualClock()).calls.format({ identity })
  return reopen()
}

function reopen(): OpenableDrive {
  const drive = openDriveOn(files, memory, new ManualClock())
  void drive.calls.open({})
  void drive.calls.startLog({})
  return drive
}

function tendWhile(drive: OpenableDrive, isIdle: boolean): void {
  for (let step = 0; step < 200 && drive.tend(isIdle); step++) continue
}

const segments = (): number => files.files().filter(({ path }) => path.endsWith('.seg')).length
const roomFor = (stock: number): number => Math.ceil((stock * segmentSizeBytes) / 0.004) + segmentSizeBytes

describe('a drive that was called a moment ago', () => {
  it('makes one segment ahead and no more', () => {
    const drive = open(roomFor(100))
    tendWhile(drive, false)
    expect(segments()).toBe(1)
  })
})

describe('a drive with nothing to do', () => {
  let drive: OpenableDrive
  beforeEach(() => { drive = open(roomFor(100)) })

  it('lays in sixteen segments, one small step at a time', () => {
    let before = files.space().freeBytes
    let steps = 0
    while (drive.tend(true)) {
      const now = files.space().freeBytes
      expect(before - now).toBeLessThanOrEqual(1024 * 1024)
      before = now
      expect(++steps).toBeLessThan(200)
    }
    expect(segments()).toBe(16)
    expect(drive.tend(true)).toBe(false)
  })

  it('uses them up before it makes new ones, and fills them up again', () => {
    tendWhile(drive, true)
    for (let sequence = 1; sequence <= 12; sequence++) {
      void drive.calls.append({ records: place(memory, [testRecord(sequence, 30_000)]) })
      tendWhile(drive, false)
    }
    expect(segments()).toBe(16)
    tendWhile(drive, true)
    // Those that are full, the one that is written, and sixteen again.
    expect(segments()).toBeGreaterThan(20)
  })

  it('finds its stock again after a crash in the middle of it, and goes on', () => {
    for (let step = 0; step < 5; step++) drive.tend(true)
    const made = segments()
    files.crash()
    const again = reopen()
    expect(segments()).toBe(made)
    tendWhile(again, true)
    expect(segments()).toBe(16)
  })
})

describe('a small drive', () => {
  it('gives four thousandths of itself at most', () => {
    const drive = open(roomFor(3))
    tendWhile(drive, true)
    expect(segments()).toBe(3)
  })

  it('that is nearly full keeps none but the next', () => {
    const drive = open(roomFor(8))
    files.setCapacity(segmentSizeBytes * 6)
    tendWhile(drive, true)
    expect(segments()).toBe(1)
  })
})
