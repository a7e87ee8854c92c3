import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lifecycleStates, toSeenState, type StorageHealthName } from '../../../src-main/contract/appliance-state.ts'

const resources = join(import.meta.dirname, '../../../resources')
const healths: readonly (StorageHealthName | undefined)[] = [undefined, 'ok', 'degraded', 'at-risk', 'read-only', 'offline']
const shapes = [...new Set(lifecycleStates.flatMap((lifecycle) => healths.map((health) => toSeenState(lifecycle, health).shape)))]

/** PNG (ISO/IEC 15948 §11.2.2): the header's first two fields. */
function readSize(file: string): { width: number; height: number } {
  const bytes = readFileSync(join(resources, file))
  expect(bytes.subarray(1, 4).toString('latin1'), file).toBe('PNG')
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

describe('the icons', () => {
  it('are there for every shape a state can have, for light and dark panels and for macOS, at both scales', () => {
    expect(shapes.length).toBeGreaterThan(3)
    for (const shape of shapes) {
      for (const [suffix, size] of [['-light', 24], ['-dark', 24], ['Template', 18]] as const) {
        expect(readSize(`tray/${shape}${suffix}.png`)).toEqual({ width: size, height: size })
        expect(readSize(`tray/${shape}${suffix}@2x.png`)).toEqual({ width: size * 2, height: size * 2 })
      }
    }
    expect(readSize('app.png')).toEqual({ width: 512, height: 512 })
  })

  it('differ for every shape', () => {
    expect(new Set(shapes.map((shape) => readFileSync(join(resources, `tray/${shape}-light@2x.png`)).toString('base64'))).size).toBe(shapes.length)
  })
})
