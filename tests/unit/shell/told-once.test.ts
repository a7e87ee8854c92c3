import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isFirstTelling } from '../../../src-main/shell/told-once.ts'

describe('what is told once', () => {
  it('is told again where the mark can’t be kept, rather than never', () => {
    const belowAFile = join(import.meta.filename, 'none')
    expect(isFirstTelling(belowAFile, 'x')).toBe(true)
    expect(isFirstTelling(belowAFile, 'x')).toBe(true)
  })

  it('is told the first time only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-told-'))
    expect(isFirstTelling(join(folder, 'new'), 'x')).toBe(true)
    expect(isFirstTelling(join(folder, 'new'), 'x')).toBe(false)
    expect(isFirstTelling(join(folder, 'new'), 'y')).toBe(true)
    rmSync(folder, { recursive: true })
  })
})
