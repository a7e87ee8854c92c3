import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextLifecycle, type Lifecycle, type LifecycleEvent } from '../../../src-main/appliance/lifecycle.ts'

const fresh: Lifecycle = { state: 'fresh' }

function walk(events: readonly LifecycleEvent[], from: Lifecycle = fresh): Lifecycle {
  return events.reduce<Lifecycle>((now, event) => nextLifecycle(now, event)?.next ?? now, from)
}

const anyEvent: fc.Arbitrary<LifecycleEvent> = fc.constantFrom<LifecycleEvent[]>(
  { event: 'found-nothing' },
  { event: 'found-store', proven: true },
  { event: 'found-store', proven: false },
  { event: 'created' },
  { event: 'started-over' },
  { event: 'share-accepted' },
  { event: 'attempt-ended' },
  { event: 'opened' },
  { event: 'stage', stage: 'drives', fraction: 0.5 },
  { event: 'stage-failed', stage: 'drives', reason: 'x' },
  { event: 'started' },
  { event: 'sealed' },
  { event: 'stopped' },
)

describe('the lifecycle', () => {
  it('never serves without having been opened since the last seal', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        let now: Lifecycle = fresh
        let opened = false
        for (const event of events) {
          const transition = nextLifecycle(now, event)
          if (transition === undefined) continue
          if (event.event === 'opened') opened = true
          if (event.event === 'sealed' || event.event === 'stopped') opened = false
          now = transition.next
          if (transition.effects.includes('open-s3')) expect(opened).toBe(true)
          if (now.state === 'serving') expect(opened).toBe(true)
        }
      }),
    )
  })

  it('refuses what makes no sense: creating over a store, sealing what is not open, starting twice', () => {
    expect(nextLifecycle({ state: 'sealed' }, { event: 'created' })).toBeUndefined()
    expect(nextLifecycle(fresh, { event: 'sealed' })).toBeUndefined()
    expect(nextLifecycle({ state: 'serving' }, { event: 'started' })).toBeUndefined()
    expect(nextLifecycle({ state: 'serving' }, { event: 'opened' })).toBeUndefined()
    expect(nextLifecycle({ state: 'stopped' }, { event: 'opened' })).toBeUndefined()
  })

  it('returns an ended attempt to where it came from', () => {
    expect(walk([{ event: 'found-store', proven: true }, { event: 'share-accepted' }, { event: 'attempt-ended' }]).state).toBe('sealed')
    expect(walk([{ event: 'created' }, { event: 'share-accepted' }, { event: 'attempt-ended' }]).state).toBe('unverified')
  })

  it('leads from nothing to serving, and closes S3 on seal and stop', () => {
    const serving = walk([{ event: 'created' }, { event: 'share-accepted' }, { event: 'opened' }, { event: 'stage', stage: 'listeners', fraction: 1 }, { event: 'started' }])
    expect(serving.state).toBe('serving')
    expect(nextLifecycle(serving, { event: 'sealed' })).toEqual({ next: { state: 'sealed' }, effects: ['close-s3'] })
    expect(nextLifecycle(serving, { event: 'stopped' })?.effects).toEqual(['close-s3'])
  })
})
