// Lifecycle × storage health, the whole table by hand.
import { describe, expect, it } from 'vitest'
import { lifecycleStates, seenStates, toSeenState, type LifecycleName, type StorageHealthName } from '../../../src-main/contract/appliance-state.ts'
import { stateTexts } from '../../../src-main/contract/state-texts.ts'

const healths: readonly (StorageHealthName | undefined)[] = [undefined, 'ok', 'degraded', 'at-risk', 'read-only', 'offline']

/** state, shape, open, reads, writes, attention, next, textId: in the order of `healths`. */
const closedRow = (state: string, shape: string, next: string, attention = true, open = false): string[] => healths.map(() => row(state, shape, open, false, false, attention, next, state))
const row = (...cells: readonly (string | boolean)[]): string => cells.join(' ')
const withoutDrives = (rows: string[], state: string): string[] => [...rows.slice(0, 5), row(state, 'octagon', false, false, false, true, 'connect-drives', `${state}-drives-missing`)]

const table: Readonly<Record<LifecycleName, readonly string[]>> = {
  fresh: closedRow('fresh', 'ring', 'set-up'),
  unverified: withoutDrives(closedRow('unverified', 'lock', 'prove-shares'), 'unverified'),
  sealed: withoutDrives(closedRow('sealed', 'lock', 'unseal'), 'sealed'),
  unsealing: withoutDrives(closedRow('unsealing', 'lock', 'unseal'), 'unsealing'),
  starting: closedRow('starting', 'ring-with-dot', 'wait', false, true),
  serving: [
    row('ready', 'ring', true, true, true, false, 'none', 'ready'),
    row('ready', 'ring', true, true, true, false, 'none', 'ready'),
    row('degraded', 'triangle', true, true, true, true, 'look-at-drives', 'degraded'),
    row('at-risk', 'octagon', true, true, true, true, 'look-at-drives', 'at-risk'),
    row('read-only', 'octagon', true, true, false, true, 'look-at-drives', 'read-only'),
    row('offline', 'octagon', true, false, false, true, 'connect-drives', 'offline'),
  ],
  failed: closedRow('failed', 'octagon', 'restart', true, true),
  stopped: closedRow('stopped', 'octagon', 'restart'),
}

describe('what people see', () => {
  for (const lifecycle of lifecycleStates) {
    it.each(healths.map((health, index) => [health ?? 'health not known', health, table[lifecycle][index]] as const))(`of ${lifecycle} with %s`, (_title, health, expected) => {
      const seen = toSeenState(lifecycle, health)
      expect(row(seen.state, seen.shape, seen.isOpen, seen.reads, seen.writes, seen.attention, seen.next, seen.textId)).toBe(expected)
    })
  }

  it('never says that clients are served while the store is closed', () => {
    for (const lifecycle of lifecycleStates.filter((state) => state !== 'serving')) {
      for (const health of healths) expect(toSeenState(lifecycle, health)).toMatchObject({ reads: false, writes: false })
    }
  })

  it('has every state somewhere in the table, and a text for each', () => {
    const states = lifecycleStates.flatMap((lifecycle) => healths.map((health) => toSeenState(lifecycle, health)))
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(seenStates))
    expect(new Set(states.map(({ textId }) => textId))).toEqual(new Set(Object.keys(stateTexts)))
    for (const { textId, next } of states) expect(stateTexts[textId].hint === '', textId).toBe(next === 'none' || next === 'wait')
  })
})
