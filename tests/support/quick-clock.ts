// A clock for tests that wait for nothing: short delays end with this turn of the loop, long ones only when told to.
import type { Clock } from '../../src-main/base/clock.ts'

export interface QuickClock extends Clock {
  /** Lets time pass; timers that became due ring. */
  advance(durationMs: number): void
}

const shortMs = 100

export function quickClock(): QuickClock {
  let now = 1_760_000_000_000
  const timers = new Map<object, { readonly dueMs: number; readonly callback: () => void }>()
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    after(delayMs, callback) {
      if (delayMs < shortMs) {
        const immediate = setImmediate(callback)
        return () => { clearImmediate(immediate) }
      }
      const timer = {}
      timers.set(timer, { dueMs: now + delayMs, callback })
      return () => { timers.delete(timer) }
    },
    advance(durationMs) {
      now += durationMs
      for (const [timer, { dueMs, callback }] of [...timers].sort(([, a], [, b]) => a.dueMs - b.dueMs)) {
        if (dueMs <= now && timers.delete(timer)) callback()
      }
    },
  }
}
