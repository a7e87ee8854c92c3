// Who sent a request: from where, with which session and set-up code, and from which browser, to which a session is bound.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setupCodeHeader } from '../contract/procedures.ts'
import { withoutUndefined, type Caller } from './call-context.ts'
import { toNetwork } from './guess-limiter.ts'
import { readSessionToken } from './request-checks.ts'

export const localCaller: Caller = { kind: 'local', address: 'local', place: 'local' }

export function readCaller(incoming: IncomingMessage, kind: Caller['kind']): Caller {
  if (kind === 'local') return localCaller
  const { headers, socket } = incoming
  const address = socket.remoteAddress ?? 'unknown'
  const setUpCode = headers[setupCodeHeader]
  return withoutUndefined({
    kind, address, place: placeOf(address, headers['user-agent']),
    sessionToken: readSessionToken(headers),
    setUpCode: typeof setUpCode === 'string' ? setUpCode : undefined,
  })
}

/** One network and one browser: a cookie that was carried elsewhere opens nothing there. */
function placeOf(address: string, userAgent: string | undefined): string {
  return createHash('sha256').update(`${toNetwork(address)}\n${userAgent ?? ''}`).digest('base64')
}
