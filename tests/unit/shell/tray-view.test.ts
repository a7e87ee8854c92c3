import { describe, expect, it } from 'vitest'
import { decideTrayView, type TrayView } from '../../../src-main/shell/tray-view.ts'
import { closedReport, servingReport } from './state-reports.ts'

const actions = (view: TrayView): string[] => view.entries.flatMap((entry) => (entry.kind === 'action' && entry.enabled ? [entry.action] : []))
const lines = (view: TrayView): string[] => view.entries.flatMap((entry) => (entry.kind === 'line' ? [entry.label] : []))

describe('the tray', () => {
  it('offers neither opening nor closing a store of which nothing is known, and always a way out', () => {
    const view = decideTrayView(undefined)
    expect(view.shape).toBe('ring-with-dot')
    expect(actions(view)).toEqual(['open', 'quit'])
  })

  it('tells trouble by shape: a triangle while all is survived, an octagon when it is not', () => {
    expect(decideTrayView(servingReport({ report: { seen: 'degraded' } })).shape).toBe('triangle')
    for (const seen of ['at-risk', 'read-only', 'offline'] as const) expect(decideTrayView(servingReport({ report: { seen } })).shape).toBe('octagon')
    expect(decideTrayView(closedReport('failed')).shape).toBe('octagon')
  })

  it('shows a lock and offers to unseal while sealed', () => {
    for (const lifecycle of ['sealed', 'unsealing', 'unverified'] as const) {
      const view = decideTrayView(closedReport(lifecycle))
      expect(view.shape).toBe('lock')
      expect(actions(view)).toEqual(['open', 'unseal', 'copy-address', 'quit'])
    }
  })

  it('shows a ring, the state in a line and a way to seal while all is well', () => {
    const view = decideTrayView(servingReport())
    expect(view.shape).toBe('ring')
    expect(view.tooltip).toBe('Coffer "studio": Ready')
    expect(lines(view)).toEqual(['Coffer "studio": Ready', '6 of 6 drives present'])
    expect(actions(view)).toEqual(['open', 'seal', 'copy-address', 'quit'])
  })

  it('says how far healing is and what goes through', () => {
    const heal = { running: true, recordsDone: 41, recordsTotal: 100, bytesDone: 0, failed: 0 }
    const view = decideTrayView(servingReport({ set: { heal } }))
    expect(view.shape).toBe('ring-with-dot')
    expect(lines(view)).toContain('Healing, 41 % of objects done')
    const clients = { windowSeconds: 300, requests: 9, failures: 0, denied: 0, clients: 1, bytesIn: 3_000_000_000, bytesOut: 450_000_000 }
    expect(lines(decideTrayView(servingReport({ details: { clients } })))).toContain('In 10 MB/s, out 1.5 MB/s')
  })

  it('does not promise an end to healing whose size is not known', () => {
    const heal = { running: true, recordsDone: 0, recordsTotal: 0, bytesDone: 0, failed: 0 }
    expect(lines(decideTrayView(servingReport({ set: { heal } })))).toHaveLength(2)
  })
})
