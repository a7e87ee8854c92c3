import { describe, expect, it } from 'vitest'
import { describeTolerance } from '../../../../src-renderer/text/tolerance.ts'

describe('what the drives still survive, in words', () => {
  it('says what has stopped and what would bring it back', () => {
    expect(describeTolerance(-1, -2)).toBe('Reads and writes have stopped. One drive more is needed for reading.')
    expect(describeTolerance(0, -1)).toBe('Reads survive no further loss. Writes have stopped: one drive more is needed.')
  })

  it('tells reads and writes apart when they differ', () => {
    expect(describeTolerance(2, 1)).toBe('Reads survive 2 more losses, writes survive 1 more loss.')
    expect(describeTolerance(1, 0)).toBe('Reads survive 1 more loss, writes survive no further loss.')
    expect(describeTolerance(2, 2)).toBe('Reads and writes survive 2 more losses.')
  })
})
