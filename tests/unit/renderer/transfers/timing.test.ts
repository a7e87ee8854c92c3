import { describe, expect, it } from 'vitest'
import { createRequestSlots } from '../../../../src-renderer/transfers/request-slots.ts'
import { chooseRetryDelayMs, unlessAborted, waitFor } from '../../../../src-renderer/transfers/timing.ts'
import { manualClock } from '../../../support/manual-clock.ts'

describe('waiting before another try', () => {
  it('stops waiting when aborted and leaves no timer behind', async () => {
    const clock = manualClock()
    const controller = new AbortController()
    const waiting = waitFor(clock, 1000, controller.signal)
    controller.abort(new Error('paused'))
    await expect(waiting).rejects.toThrow('paused')
    expect(clock.timersWaiting).toBe(0)
  })

  it('gives up on work that is still under way when aborted', async () => {
    const controller = new AbortController()
    const result = unlessAborted(new Promise<string>(() => undefined), controller.signal)
    controller.abort(new Error('cancelled'))
    await expect(result).rejects.toThrow('cancelled')
    await expect(unlessAborted(Promise.resolve('late'), controller.signal)).rejects.toThrow('cancelled')
  })

  it('grows from one second to thirty, never shorter than the server asked for', () => {
    const longest = Array.from({ length: 8 }, (_, index) => chooseRetryDelayMs(index + 1, undefined, () => 0.999999))
    expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
    expect(chooseRetryDelayMs(1, undefined, () => 0)).toBe(500)
    expect(chooseRetryDelayMs(1, 20, () => 0)).toBe(20_000)
    expect(chooseRetryDelayMs(1, 3600, () => 0)).toBe(30_000)
  })
})

describe('the slots of requests', () => {
  it('takes those out of line who gave up, and counts a slot given back twice once', async () => {
    const slots = createRequestSlots(1)
    const release = await slots.take(new AbortController().signal)
    const controller = new AbortController()
    const left = slots.take(controller.signal)
    const stays = slots.take(new AbortController().signal)
    controller.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    release()
    release()
    const next = await stays
    expect(slots.taken).toBe(1)
    next()
    expect(slots.taken).toBe(0)
  })

  it('serves in order', async () => {
    const slots = createRequestSlots(2)
    const served: number[] = []
    const signal = new AbortController().signal
    const takes = [1, 2, 3, 4].map(async (number) => {
      const release = await slots.take(signal)
      served.push(number)
      await Promise.resolve()
      release()
    })
    await Promise.all(takes)
    expect(served).toEqual([1, 2, 3, 4])
  })
})
