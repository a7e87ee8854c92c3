// Which part of the interface a state calls for.
import { describe, expect, it } from 'vitest'
import { choosePlace, type PlaceContext } from '../../../../src-renderer/state/choose-place.ts'

const stranger: PlaceContext = { isSignedIn: false, isSettingUp: false, wantsDrives: false }
const operator: PlaceContext = { ...stranger, isSignedIn: true }
const wizard: PlaceContext = { ...stranger, isSettingUp: true }
const done = { open: false, administrator: true }

describe('the place', () => {
  it('is never the frame for somebody who did not sign in', () => {
    for (const lifecycle of ['fresh', 'unverified', 'sealed', 'unsealing', 'starting', 'serving', 'failed', 'stopped'] as const) {
      for (const wantsDrives of [false, true]) expect(choosePlace({ lifecycle, setUp: done }, { ...stranger, wantsDrives })).not.toBe('frame')
    }
  })

  it('is the wizard until there is an administrator', () => {
    expect(choosePlace({ lifecycle: 'fresh', setUp: { open: true } }, stranger)).toBe('set-up')
    expect(choosePlace({ lifecycle: 'unverified', setUp: { open: true } }, stranger)).toBe('set-up')
    expect(choosePlace({ lifecycle: 'unsealing', setUp: { open: true } }, stranger)).toBe('set-up')
    expect(choosePlace({ lifecycle: 'serving', setUp: { open: true, administrator: false } }, operator)).toBe('set-up')
  })

  it('stays the wizard while the store starts, and on its last page', () => {
    expect(choosePlace({ lifecycle: 'starting', setUp: { open: false } }, wizard)).toBe('set-up')
    expect(choosePlace({ lifecycle: 'serving', setUp: done }, { ...wizard, isSignedIn: true })).toBe('set-up')
  })

  it('is the unseal screen for everybody else while the store is closed or starting', () => {
    for (const lifecycle of ['sealed', 'unsealing', 'starting', 'failed'] as const) {
      expect(choosePlace({ lifecycle, setUp: { open: false } }, stranger)).toBe('unseal')
      expect(choosePlace({ lifecycle, setUp: { open: false } }, operator)).toBe('unseal')
    }
  })

  it('lets an operator look at the drives of a closed store', () => {
    expect(choosePlace({ lifecycle: 'sealed', setUp: { open: false } }, { ...operator, wantsDrives: true })).toBe('frame')
  })

  it('asks to sign in, then shows the frame', () => {
    expect(choosePlace({ lifecycle: 'serving', setUp: done }, stranger)).toBe('sign-in')
    expect(choosePlace({ lifecycle: 'serving', setUp: done }, operator)).toBe('frame')
  })
})
