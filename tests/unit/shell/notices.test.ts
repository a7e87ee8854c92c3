import { describe, expect, it } from 'vitest'
import { decideNotices, type Known } from '../../../src-main/shell/notices.ts'
import type { StateReport } from '../../../src-main/contract/state.ts'
import { closedReport, servingReport } from './state-reports.ts'

/** What is shown and closed as these reports come in, one after the other. */
function follow(reports: readonly StateReport[], isWatched = false): string[] {
  let known: Known = {}
  return reports.flatMap((report) => {
    const decision = decideNotices(report, known, isWatched)
    known = decision.known
    return [...decision.close.map((condition) => `close ${condition}`), ...decision.show.map(({ condition, level }) => `show ${condition} ${level}`)]
  })
}

const withFree = (usableFreeBytes: number): StateReport => servingReport({ set: { space: { usableFreeBytes, usableTotalBytes: 1000, rawFreeBytes: 0, rawTotalBytes: 0 } } })
const seen = (state: 'ready' | 'degraded' | 'at-risk' | 'read-only' | 'offline'): StateReport => servingReport({ report: { seen: state } })

describe('desktop notifications', () => {
  it('come once for a condition, however often the state is told, and close when it ends', () => {
    expect(follow([closedReport('sealed'), closedReport('sealed'), closedReport('unsealing'), closedReport('sealed'), closedReport('starting'), servingReport()])).toEqual(['show sealed 1', 'close sealed'])
  })

  it('come again when it gets worse, and not when it only gets better', () => {
    expect(follow([seen('degraded'), seen('at-risk'), seen('degraded'), seen('degraded'), seen('ready')])).toEqual(['show drives 1', 'show drives 2', 'close drives', 'close drives'])
  })

  it('do not flicker around a mark of fullness', () => {
    expect(follow([withFree(201), withFree(200), withFree(205), withFree(199), withFree(100), withFree(50), withFree(300)])).toEqual(['show space 1', 'show space 2', 'show space 3', 'close space'])
  })

  it('are not shown to somebody who looks at the window', () => {
    expect(follow([closedReport('sealed'), closedReport('sealed')], true)).toEqual([])
  })

  it('are silent while nothing is known, nothing is set up, or all is well', () => {
    expect(decideNotices(undefined, { sealed: 1 }, false)).toEqual({ show: [], close: [], known: { sealed: 1 } })
    expect(follow([closedReport('fresh'), closedReport('unverified'), closedReport('starting'), servingReport()])).toEqual([])
  })

  it('name the store, what it means and what it takes, in plain words', () => {
    const { show } = decideNotices(closedReport('sealed'), {}, false)
    expect(show).toEqual([{ condition: 'sealed', level: 1, title: 'Coffer "studio" is sealed', body: 'The data is safe and locked. Clients are told to wait. Opening the store again needs 3 shares.' }])
    expect(decideNotices(withFree(40), {}, false).show[0]?.title).toBe('Coffer "studio" is 96 % full')
  })

  it('tell a failed start without its reason, which may name paths', () => {
    const report = { ...closedReport('failed'), failure: { stage: 'drives' as const, reason: '/mnt/secret-place is gone' } }
    const { show } = decideNotices(report, {}, false)
    expect(show).toHaveLength(1)
    expect(JSON.stringify(show)).not.toContain('secret-place')
  })
})
