import { describe, expect, it } from 'vitest'
import { shellTexts } from '../../../src-main/shell/shell-texts.ts'
import { closedReport, servingReport } from './state-reports.ts'

const clients = { windowSeconds: 300, requests: 9, failures: 0, denied: 0, clients: 2, bytesIn: 1, bytesOut: 1, secondsSinceLast: 3 }

describe('questions with consequences', () => {
  it('say who is cut off and what opening again takes', () => {
    expect(shellTexts.sealQuestion(servingReport({ details: { clients } })).body).toBe('2 clients are using the store and will be cut off. Opening the store again needs 3 shares.')
    const quit = shellTexts.quitQuestion(servingReport({ details: { clients: { ...clients, clients: 1 } } }))
    expect(quit.title).toContain('seal')
    expect(quit.body).toBe('1 client is using the store and will be cut off. Quitting stops S3 and seals the store. Opening the store again needs 3 shares.')
  })

  it('do not count clients that have been silent for a minute', () => {
    expect(shellTexts.sealQuestion(servingReport({ details: { clients: { ...clients, secondsSinceLast: 61 } } })).body).toMatch(/^No client is using the store\./)
  })

  it('do not speak of sealing what is sealed', () => {
    expect(shellTexts.quitQuestion(closedReport('sealed')).title).not.toContain('seal')
    expect(shellTexts.quitQuestion(undefined).title).not.toContain('seal')
  })
})
