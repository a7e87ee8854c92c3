import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LocalRequest } from '../../../src-main/console/index.ts'
import { answerAppRequest, type FilesAppliance } from '../../../src-main/shell/app-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'coffer-page-'))
writeFileSync(join(folder, 'index.html'), '<title>page</title>')
afterAll(() => { rmSync(folder, { recursive: true }) })

async function* chunks(...parts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield new TextEncoder().encode(part)
}

/** A console that keeps what was asked and what came as the body. */
function recordingConsole(status = 200): { appliance: FilesAppliance; asked: LocalRequest[]; received: () => string } {
  const asked: LocalRequest[] = []
  let received = ''
  return {
    asked,
    received: () => received,
    appliance: {
      handleLocally: async (request) => {
        asked.push(request)
        for await (const chunk of request.body ?? []) received += new TextDecoder().decode(chunk)
        return { status, headers: { 'content-type': 'application/octet-stream', 'content-security-policy': 'sandbox' }, body: chunks('one ', 'two') }
      },
    },
  }
}

const get = (appliance: FilesAppliance, path: string, init?: RequestInit): Promise<Response> => answerAppRequest(appliance, folder, new Request(`app://local${path}`, init))

describe('what the window loads', () => {
  it('is not here when it is missing or refused, and says so under the strict policy', async () => {
    const { appliance, asked } = recordingConsole()
    for (const path of ['/none.js', '/%2e%2e/x.js', '/files/bucket']) {
      const reply = await get(appliance, path)
      expect(reply.status).toBe(404)
      expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
    expect(asked).toEqual([])
  })

  it('is the page with its policy', async () => {
    const reply = await get(recordingConsole().appliance, '/')
    expect(await reply.text()).toBe('<title>page</title>')
    expect(reply.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('passes on only the headers that the console needs, and its own headers back', async () => {
    const { appliance, asked } = recordingConsole(206)
    const reply = await get(appliance, '/files/b/n?view=1', { headers: { range: 'bytes=0-3', cookie: 'a=b', authorization: 'x', 'x-coffer-csrf': '1' } })
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/files/b/n?view=1', headers: { range: 'bytes=0-3', 'x-coffer-csrf': '1' }, body: undefined })
    expect(Object.keys(asked[0]?.headers ?? {})).toHaveLength(2)
    expect(reply.status).toBe(206)
    expect(reply.headers.get('content-security-policy')).toBe('sandbox')
    expect(await reply.text()).toBe('one two')
  })

  it('streams an upload', async () => {
    const { appliance, received } = recordingConsole()
    const body = new Blob(['part a ', 'part b'])
    await get(appliance, '/files/b/n', { method: 'PUT', body })
    expect(received()).toBe('part a part b')
  })

  it('has no body where there may be none, and lets the console’s go all the same', async () => {
    let isReadToItsEnd = false
    async function* body(): AsyncIterable<Uint8Array> {
      yield new Uint8Array(1)
      isReadToItsEnd = true
    }
    const reply = await get({ handleLocally: async () => ({ status: 304, headers: {}, body: body() }) }, '/files/b/n')
    expect(reply.status).toBe(304)
    expect(await reply.text()).toBe('')
    expect(isReadToItsEnd).toBe(true)
  })
})
