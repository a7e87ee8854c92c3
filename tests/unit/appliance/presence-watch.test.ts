// Drives of a closed store that are pulled and put back, on real folders with drives that only answer whether they are there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FoundStore } from '../../../src-main/appliance/drive-search.ts'
import { watchPresence } from '../../../src-main/appliance/presence-watch.ts'
import { DriveError } from '../../../src-main/storage/erasure/index.ts'
import { manualClock, type ManualClock } from '../../support/manual-clock.ts'

let folder: string
let clock: ManualClock
let changes: number
let fault: 'gone' | 'timeout' | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coffer-presence-'))
  clock = manualClock()
  changes = 0
  fault = undefined
})
afterEach(() => { rmSync(folder, { recursive: true }) })

/** One drive of two is there. */
function watch(): () => void {
  const connection = { path: join(folder, 'one'), probe: async () => { if (fault !== undefined) throw new DriveError(fault, '') } }
  const found = { search: { set: { slots: [{ connection }, undefined] }, refused: [] }, keystore: undefined } as unknown as FoundStore
  return watchPresence(found, [join(folder, 'one'), join(folder, 'two')], clock, () => { changes++ })
}

async function look(): Promise<void> {
  clock.advance(2000)
  await new Promise((resolve) => setTimeout(resolve, 20))
}

function addDrive(name: string): void {
  mkdirSync(join(folder, name, '.coffer'), { recursive: true })
  writeFileSync(join(folder, name, '.coffer', 'drive-identity'), '')
}

describe('the drives of a closed store', () => {
  it('are no news while nothing changes, nor while one is slow', async () => {
    const end = watch()
    await look()
    fault = 'timeout'
    await look()
    expect(changes).toBe(0)
    end()
  })

  it('are no news when one was there before and was not taken', async () => {
    addDrive('two')
    const end = watch()
    await look()
    expect(changes).toBe(0)
    end()
  })

  it('are news when one is pulled', async () => {
    const end = watch()
    fault = 'gone'
    await look()
    expect(changes).toBe(1)
    end()
  })

  it('are news when one is put back, until somebody looks', async () => {
    const end = watch()
    await look()
    addDrive('two')
    await look()
    await look()
    expect(changes).toBe(2)
    end()
    await look()
    expect([changes, clock.timersWaiting]).toEqual([2, 0])
  })
})
