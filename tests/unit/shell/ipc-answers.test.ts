import { describe, expect, it } from 'vitest'
import { answerCall, readLiveAsk, type CallConsole } from '../../../src-main/shell/ipc-answers.ts'

const own = { url: 'app://local/#/', isMainFrame: true }
const message = { name: 'state.get', input: {} }

/** A console that notes what reaches it. */
function recordingConsole(body = '{"ok":true}', status = 200): { call: CallConsole; calls: [string, string][] } {
  const calls: [string, string][] = []
  return { calls, call: async (name, input) => { calls.push([name, input]); return { status, body } } }
}

describe('messages of the window', () => {
  it('from a sub-frame, a foreign page or a frame that is gone never reach the console', async () => {
    const { call, calls } = recordingConsole()
    for (const frame of [undefined, { ...own, isMainFrame: false }, { ...own, url: 'app://local/files/b/x?view=1' }, { ...own, url: 'https://example.org/' }]) {
      expect(await answerCall(frame, message, call)).toMatchObject({ status: 403, value: { code: 'foreign-origin' } })
      expect(readLiveAsk(frame, { watch: true })).toBeUndefined()
    }
    expect(calls).toEqual([])
  })

  it('of another shape are refused', async () => {
    const { call, calls } = recordingConsole()
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    for (const bad of [undefined, null, 'state.get', [], {}, { name: 1 }, { name: '' }, { name: '../x', input: {} }, { name: 'a'.repeat(65), input: {} }, { ...message, extra: 1 }, { name: 'state.get', input: 1n }, { name: 'state.get', input: circular }]) {
      expect(await answerCall(own, bad, call)).toMatchObject({ status: 400, value: { code: 'bad-input' } })
    }
    for (const bad of [undefined, {}, { watch: 1 }, { watch: true, more: 1 }]) expect(readLiveAsk(own, bad)).toBeUndefined()
    expect(calls).toEqual([])
  })

  it('are called in the console, whose status and value come back', async () => {
    const { call, calls } = recordingConsole('{"code":"sealed"}', 503)
    expect(await answerCall(own, { name: 'buckets.create', input: { name: 'a' } }, call)).toEqual({ status: 503, value: { code: 'sealed' } })
    expect(calls).toEqual([['buckets.create', '{"name":"a"}']])
    expect(readLiveAsk(own, { watch: true })).toEqual({ watch: true })
  })

  it('without input mean an empty one', async () => {
    const { call, calls } = recordingConsole()
    await answerCall(own, { name: 'state.get' }, call)
    expect(calls).toEqual([['state.get', '{}']])
  })
})
