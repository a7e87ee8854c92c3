import { describe, expect, it } from 'vitest'
import type { StateReport } from '../../../../../src-main/contract/state.ts'
import { chooseHealthSentence } from '../../../../../src-renderer/screens/dashboard/health-sentence.ts'

type Details = NonNullable<StateReport['details']>

const details: Details = {
  version: '0.1.0', drivesFound: 4, drivesExpected: 4, refusedDrives: [], sessions: 1,
  set: {
    health: 'ok', dataShards: 2, parityShards: 2, readLossesLeft: 2, writeLossesLeft: 1, damageFound: 0, damageRepaired: 0,
    space: { usableFreeBytes: 900, usableTotalBytes: 1000, rawFreeBytes: 1800, rawTotalBytes: 2000 },
    heal: { running: false, recordsDone: 0, recordsTotal: 0, bytesDone: 0, failed: 0 },
  },
  clients: { windowSeconds: 300, requests: 0, failures: 0, denied: 0, clients: 0, bytesIn: 0, bytesOut: 0 },
  endpoints: { s3: 'https://a:9000', console: 'https://a:9001' },
  certificate: { kind: 'lan-authority', authorityFingerprint: '', daysLeft: 300, problems: [] },
  shares: { threshold: 2, count: 3, generation: 1, provenShares: 3 },
} // prettier-ignore

describe('the sentence on top of the dashboard', () => {
  it('names lost service before anything else', () => {
    expect(chooseHealthSentence({ seen: 'offline', details })).toMatchObject({ tone: 'critical' })
    expect(chooseHealthSentence({ seen: 'read-only', details }).text).toMatch(/take writes/)
    expect(chooseHealthSentence({ seen: 'sealed', details })).toMatchObject({ tone: 'attention', text: 'The store is closed.' })
  })

  it('does not say that all is well while nothing is known of the drives', () => {
    const { set, ...unasked } = details
    expect(set).toBeDefined()
    expect(chooseHealthSentence({ seen: 'ready', details: unasked })).toMatchObject({ tone: 'attention' })
  })

  it('tells healing from a drive that is away', () => {
    const heal = { running: true, recordsDone: 1, recordsTotal: 9, bytesDone: 1, failed: 0 }
    const { set } = details
    if (set === undefined) throw new Error('no set')
    expect(chooseHealthSentence({ seen: 'degraded', details: { ...details, set: { ...set, heal } } }).text).toMatch(/brought up to date/)
    expect(chooseHealthSentence({ seen: 'degraded', details }).text).toMatch(/not every drive/)
  })

  it('lists what to plan', () => {
    const plans = chooseHealthSentence({
      seen: 'ready',
      details: {
        ...details,
        certificate: { kind: 'own', authorityFingerprint: '', daysLeft: 21, problems: [] },
        shares: { threshold: 2, count: 3, generation: 1, provenShares: 2 },
        refusedDrives: [{ path: '/mnt/x', reason: 'foreign' }],
      },
    }).plans
    expect(plans).toEqual(['the certificate ends in 21 days', '1 drive was found but not used', '1 share card was never read back'])
  })

  it('has nothing to add when all is well', () => {
    expect(chooseHealthSentence({ seen: 'ready', details })).toEqual({ tone: 'ok', text: 'Everything works.', plans: [], needsDrives: false })
  })
})
