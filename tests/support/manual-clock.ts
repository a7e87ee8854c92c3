// A Clock that only moves when told to.
import type { Clock } from '../../src-main/base/clock.ts'

export interface ManualClock extends Clock {
  /** Lets time pass; what became due is called in order. */
  advance(durationMs: number): void
  readonly timersWaiting: number
}

export function manualClock(startMs = 1_760_000_000_000): ManualClock {
  let now = startMs
  const timers = new Map<object, { readonly dueMs: number; readonly callback: () => void }>()
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    after(delayMs, callback) {
      const timer = {}
      timers.set(timer, { dueMs: now + delayMs, callback })
      return () => timers.delete(timer)
    },
    advance(durationMs) {
      now += durationMs
      for (const [timer, { dueMs, callback }] of [...timers].sort(([, a], [, b]) => a.dueMs - b.dueMs)) {
        if (dueMs <= now && timers.delete(timer)) callback()
      }
    },
    get timersWaiting() {
      return timers.size
    },
  }
}
