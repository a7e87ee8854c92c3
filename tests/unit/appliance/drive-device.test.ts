// Which device a folder is on, over a tree that looks like /sys.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceOf, formatDeviceNumber } from '../../../src-main/appliance/drive-device.ts'

let tree: string
let blocks: string
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'coffer-sys-'))
  blocks = join(tree, 'dev', 'block')
  mkdirSync(blocks, { recursive: true })
})
afterEach(() => { rmSync(tree, { recursive: true }) })

function addDevice(number: string, ...path: readonly string[]): string {
  const place = join(tree, 'devices', ...path)
  mkdirSync(place, { recursive: true })
  symlinkSync(place, join(blocks, number))
  return place
}

describe('the device of a folder', () => {
  it('is the file system where the system lists no block device', () => {
    expect(deviceOf(45, blocks)).toBe('fs-45')
    expect(deviceOf(45, blocks)).not.toBe(deviceOf(46, blocks))
  })

  it('is one for two partitions of a drive, and another for another drive', () => {
    addDevice('8:0', 'sda')
    for (const [number, name] of [['8:1', 'sda1'], ['8:2', 'sda2']] as const) writeFileSync(join(addDevice(number, 'sda', name), 'partition'), '1')
    addDevice('8:16', 'sdb')
    expect([0x801, 0x802, 0x810].map((id) => deviceOf(id, blocks))).toEqual(['sda', 'sda', 'sdb'])
  })

  it('is the drive below a mapped device, and the mapped device itself over several', () => {
    const drive = addDevice('8:16', 'sdb')
    for (const name of ['dm-0', 'dm-1']) mkdirSync(join(addDevice(name === 'dm-0' ? '253:0' : '253:1', name), 'slaves'))
    symlinkSync(drive, join(tree, 'devices', 'dm-0', 'slaves', 'sdb'))
    symlinkSync(drive, join(tree, 'devices', 'dm-1', 'slaves', 'sdb'))
    symlinkSync(addDevice('8:32', 'sdc'), join(tree, 'devices', 'dm-1', 'slaves', 'sdc'))
    expect([deviceOf(253 * 256, blocks), deviceOf(253 * 256 + 1, blocks)]).toEqual(['sdb', 'dm-1'])
  })

  it('has the numbers that Linux packs into one', () => {
    expect([0x801, 66_305, 18_876_417, 17_592_472_537_200].map(formatDeviceNumber)).toEqual(['8:1', '259:1', '8:4609', '5000:70000'])
  })
})
