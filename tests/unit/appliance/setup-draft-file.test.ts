// The draft of set-up in the state folder.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSetupDraft } from '../../../src-main/appliance/setup-draft-file.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'coffer-draft-')) })
afterEach(() => { rmSync(folder, { recursive: true }) })

describe('the draft of set-up', () => {
  it('is none when the file is absent or no JSON', () => {
    expect(openSetupDraft(folder).read()).toBeUndefined()
    writeFileSync(join(folder, 'setup-draft.json'), '{')
    expect(openSetupDraft(folder).read()).toBeUndefined()
  })

  it('is there after a restart, for nobody else to read, until it is removed', () => {
    openSetupDraft(folder).save({ step: 'drives', name: 'studio' })
    expect(openSetupDraft(folder).read()).toEqual({ step: 'drives', name: 'studio' })
    expect(statSync(join(folder, 'setup-draft.json')).mode & 0o777).toBe(0o600)
    openSetupDraft(folder).remove()
    expect(readdirSync(folder)).toEqual([])
  })
})
