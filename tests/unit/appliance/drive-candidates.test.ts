// What set-up offers as drives and what a choice of them would give, on real folders.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkDrives } from '../../../src-main/appliance/drive-check.ts'
import { findDriveCandidates, layOutDrives } from '../../../src-main/appliance/drive-candidates.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coffer-candidates-'))
  for (const name of ['one', 'two', 'three', 'four']) mkdirSync(join(folder, name))
})
afterEach(() => { rmSync(folder, { recursive: true }) })
const at = (...names: readonly string[]): string[] => names.map((name) => join(folder, name))

describe('drives that are offered', () => {
  it('say why they can not be used', () => {
    writeFileSync(join(folder, 'one', 'letter.txt'), 'x')
    writeFileSync(join(folder, 'file'), 'x')
    const found = findDriveCandidates(at('one', 'file', 'far/away'), [])
    expect(found.map(({ usable, configured }) => [usable, configured])).toEqual([[false, true], [false, true], [false, true]])
    expect(found[0]?.warnings).toContain('not-empty')
    expect(found[1]?.warnings).toContain('not-a-folder')
    expect(found[2]?.warnings).toEqual(['not-there'])
  })

  it('that do not exist say so; they can be made only in a folder that is there', () => {
    writeFileSync(join(folder, 'file'), 'x')
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'))
    const checked = checkDrives(at('new', 'new/deeper', 'file/below', 'link', 'one'))
    expect(checked.map(({ usable, warnings }) => [usable, warnings.includes('not-there')])).toEqual([[true, true], [false, true], [false, false], [false, false], [true, false]])
    expect(findDriveCandidates(at('new'), [])[0]).toMatchObject({ usable: true, configured: true, warnings: expect.arrayContaining(['not-there']) as string[] })
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })

  it('are those of the configuration and mounted ones, each once', () => {
    const mounts = [{ path: join(folder, 'one'), fileSystem: 'ext4', readOnly: false }, { path: join(folder, 'two'), fileSystem: 'xfs', readOnly: false }, { path: '/', fileSystem: 'ext4', readOnly: false }]
    expect(findDriveCandidates(at('one'), mounts).map(({ path, fileSystem, configured }) => [path, fileSystem, configured])).toEqual([
      [join(folder, 'one'), 'ext4', true], [join(folder, 'two'), 'xfs', false],
    ])
  })
})

describe('the layout of a choice', () => {
  it('is none for more drives than a set has, or more parity than half', () => {
    expect(layOutDrives([])).toBeUndefined()
    expect(layOutDrives(Array.from({ length: 17 }, (_, index) => join(folder, `d${index}`)))).toBeUndefined()
    expect(layOutDrives(at('one', 'two', 'three'), 2)).toBeUndefined()
  })

  it('counts the room of folders on one file system once', () => {
    const layout = layOutDrives(at('one', 'two', 'three', 'four'))
    expect(layout).toMatchObject({ parityDefault: 2, parityMax: 2 })
    expect(layout?.options.map(({ parity, dataShards }) => [parity, dataShards])).toEqual([[0, 4], [1, 3], [2, 2]])
    const free = layout?.drives[0]?.freeBytes ?? 0
    expect(layout?.options[0]?.rawBytes).toBeLessThanOrEqual(free)
    expect(layout?.options[0]?.rawBytes).toBeGreaterThan(free * 0.9)
    expect(new Set(layout?.drives.map(({ device }) => device)).size).toBe(1)
    expect(layout?.drives.every(({ warnings }) => warnings.includes('same-device'))).toBe(true)
  })

  it('has just the parity asked for', () => {
    expect(layOutDrives(at('one', 'two', 'three', 'four'), 1)?.options.map(({ parity, readLosses }) => [parity, readLosses])).toEqual([[1, 1]])
  })
})
