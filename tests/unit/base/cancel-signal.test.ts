import { describe, expect, it } from 'vitest'
import { Cancellation, type CancelSignal } from '../../../src-main/base/cancel-signal.ts'

/** Whoever is given one must not see which it is. */
const kinds: readonly (readonly [string, () => { readonly signal: CancelSignal; abort(): void }])[] = [
  ['a Cancellation', () => { const signal = new Cancellation(); return { signal, abort: () => { signal.abort() } } }],
  ['an AbortSignal', () => { const controller = new AbortController(); return { signal: controller.signal, abort: () => { controller.abort() } } }],
]

describe.each(kinds)('%s', (_, create) => {
  it('tells each listener once, functions and objects, also when it is aborted twice', () => {
    const { signal, abort } = create()
    const told: string[] = []
    const named = (): void => { told.push('function') }
    signal.addEventListener('abort', named, { once: true })
    signal.addEventListener('abort', named, { once: true })
    signal.addEventListener('abort', { handleEvent: () => { told.push('object') } }, { once: true })
    expect(signal.aborted).toBe(false)
    abort()
    abort()
    expect(told).toEqual(['function', 'object'])
    expect(signal.aborted).toBe(true)
  })

  it('tells nobody who left, nor who came too late', () => {
    const { signal, abort } = create()
    const told: string[] = []
    const leaver = { handleEvent: () => { told.push('leaver') } }
    signal.addEventListener('abort', leaver, { once: true })
    signal.removeEventListener('abort', leaver)
    signal.removeEventListener('abort', leaver)
    abort()
    signal.addEventListener('abort', () => { told.push('late') }, { once: true })
    expect(told).toEqual([])
  })

  it('throws its reason, an AbortError, once it is aborted and not before', () => {
    const { signal, abort } = create()
    signal.throwIfAborted()
    expect(signal.reason).toBeUndefined()
    abort()
    expect(signal.reason).toMatchObject({ name: 'AbortError' })
    let thrown: unknown
    try {
      signal.throwIfAborted()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBe(signal.reason)
  })
})
