// Where the wizard goes on after a reload, and where one can go back to.
import { describe, expect, it } from 'vitest'
import { resumeStep, stepAfter, stepBefore, stepIds } from '../../../../../../src-renderer/screens/setup/model/steps.ts'

describe('the wizard after a reload', () => {
  it('begins at the first step when what was kept makes no sense', () => {
    expect(resumeStep({ lifecycle: 'fresh', kept: undefined, hasCards: false })).toBe('name')
    expect(resumeStep({ lifecycle: 'fresh', kept: 'nonsense', hasCards: false })).toBe('name')
    expect(resumeStep({ lifecycle: 'fresh', kept: 'prove', hasCards: false })).toBe('name')
  })

  it('goes on where one was before Create', () => {
    expect(resumeStep({ lifecycle: 'fresh', kept: 'network', hasCards: false })).toBe('network')
  })

  it('never goes back to cards that are gone', () => {
    expect(resumeStep({ lifecycle: 'unverified', kept: 'cards', hasCards: false })).toBe('prove')
    expect(resumeStep({ lifecycle: 'unsealing', kept: 'cards', hasCards: false })).toBe('prove')
  })

  it('asks for the password again, since it was never kept', () => {
    expect(resumeStep({ lifecycle: 'serving', kept: 'bucket', hasCards: false })).toBe('administrator')
  })
})

describe('the way back', () => {
  it('is open until Create, closed over the cards and the proof', () => {
    expect(stepIds.filter((step) => stepBefore(step) !== undefined)).toEqual(['drives', 'protection', 'network', 'shares', 'encryption', 'bucket'])
    expect(stepBefore('shares')).toBe('network')
    expect(stepAfter('done')).toBe('done')
  })
})
