// What a request must look like before anything is done for it: from this console's own page or a program of the machine, not from a
// foreign page that a browser was lured to (CSRF, DNS rebinding). Pure.
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { csrfHeader } from '../contract/procedures.ts'
import { ConsoleError } from './errors.ts'

export const sessionCookieName = '__Host-coffer'

/** A name that this console goes by: an address, localhost, or one of its own. A rebound foreign name is none of these. */
export function isOwnHost(host: string | undefined, ownNames: readonly string[]): boolean {
  if (host === undefined || host.length > 262) return false
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(host)
  const name = (match?.[1] ?? match?.[2])?.toLowerCase()
  if (name === undefined) return false
  return isIP(name) !== 0 || name === 'localhost' || ownNames.some((own) => own.toLowerCase() === name)
}

/** For every request over the network that shows or does something. Faults: foreign-host, foreign-origin. */
export function checkPlace(headers: IncomingHttpHeaders, ownNames: readonly string[]): void {
  const { host, origin } = headers
  if (!isOwnHost(host, ownNames)) {
    throw new ConsoleError('foreign-host', 'The console does not answer under this name.', { hint: "Use the machine's address, its host name or its .local name." })
  }
  const site = headers['sec-fetch-site']
  const isOwnOrigin = origin === undefined || origin.toLowerCase() === `https://${(host ?? '').toLowerCase()}`
  if (!isOwnOrigin || (site !== undefined && site !== 'same-origin' && site !== 'none')) throw foreignOrigin()
}

/** On the local socket no browser can be; if one seems to be, something forwards it there. Faults: foreign-origin. */
export function checkLocal(headers: IncomingHttpHeaders): void {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) throw foreignOrigin()
}

function foreignOrigin(): ConsoleError {
  return new ConsoleError('foreign-origin', 'The request came from a page of another site.', { hint: "Open the console's own page." })
}

/** For calls: a header that a foreign page can't set, and a type that forms can't send. Faults: missing-csrf-header, not-json, too-large. */
export function checkCall(headers: IncomingHttpHeaders, sizeMax: number): void {
  if (headers[csrfHeader] === undefined) throw new ConsoleError('missing-csrf-header', `The request lacks the header ${csrfHeader}.`)
  if (!/^application\/json(?:;|$)/i.test(headers['content-type'] ?? '')) throw new ConsoleError('not-json', 'The request is not of the type application/json.')
  if (Number(headers['content-length'] ?? 0) > sizeMax) throw tooLarge(sizeMax)
}

export function tooLarge(sizeMax: number): ConsoleError {
  return new ConsoleError('too-large', `The request is larger than ${sizeMax} bytes.`)
}

/** The session's token; undefined when there is none that could be one. */
export function readSessionToken(headers: IncomingHttpHeaders): string | undefined {
  for (const pair of (headers.cookie ?? '').slice(0, 8192).split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === sessionCookieName && value !== undefined && /^[\w-]{43}$/.test(value)) return value
  }
  return undefined
}

/** `__Host-`: only over HTTPS, only from and for this host. */
export function formatSessionCookie(token: string | undefined): string {
  const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
  return token === undefined ? `${sessionCookieName}=; Max-Age=0; ${attributes}` : `${sessionCookieName}=${token}; ${attributes}`
}
