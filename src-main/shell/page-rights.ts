// What the page in the window, or whatever got into it, may do: speak to the main process, load, save, ask for permissions. Pure.
import { filesPath } from '../contract/files.ts'
import { appOrigin, appPage, authorityPath } from './app-protocol.ts'

export interface FrameFacts {
  readonly url: string
  readonly isMainFrame: boolean
}

/** Only our own page in the main frame: an object shown under /files/ is no page of ours, however it got there. */
export function maySpeak(frame: FrameFacts | undefined): boolean {
  return frame !== undefined && frame.isMainFrame && withoutHash(frame.url) === appPage
}

/** Everything the window loads, by whatever way. The policy of the page says the same; this also holds for what has no policy. */
export function mayLoad(url: string): boolean {
  return url.startsWith(appPage) || url.startsWith(`blob:${appOrigin}/`) || /^data:image\/(png|svg\+xml|jpeg|webp)[;,]/.test(url)
}

/** Saving an object, the authority's certificate, or a file that the page made itself (a share card, a report). */
export function mayDownload(url: string): boolean {
  return url.startsWith(`${appOrigin}${filesPath}`) || url === `${appOrigin}${authorityPath}` || url.startsWith(`blob:${appOrigin}/`)
}

export interface PermissionFacts {
  readonly permission: string
  readonly requestingUrl: string
  readonly isMainFrame: boolean
  /** Of a request for camera or microphone. */
  readonly mediaTypes?: readonly string[]
}

/** Writing to the clipboard (copy buttons), and the camera alone, for QR codes of share cards. Nothing else. */
export function decidePermission({ permission, requestingUrl, isMainFrame, mediaTypes }: PermissionFacts): boolean {
  if (!isMainFrame || !(requestingUrl === appOrigin || requestingUrl.startsWith(appPage))) return false
  if (permission === 'clipboard-sanitized-write') return true
  return permission === 'media' && mediaTypes?.length === 1 && mediaTypes[0] === 'video'
}

function withoutHash(url: string): string {
  return url.split('#', 1)[0] ?? ''
}
