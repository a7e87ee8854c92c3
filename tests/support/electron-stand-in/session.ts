// Sessions and messages of the stand-in: what a window may load and who answers it. No page here; browser-window has them.
import { EventEmitter } from 'node:events'
import { app } from './desktop.ts'

type Answer = (request: Request) => Promise<Response> | Response
type BeforeRequest = (details: { url: string }, respond: (reply: { cancel: boolean }) => void) => void
export interface PermissionDetails {
  readonly requestingUrl: string
  readonly isMainFrame: boolean
  readonly mediaTypes?: readonly string[]
  readonly mediaType?: string
}
type RequestHandler = (contents: unknown, permission: string, allow: (isAllowed: boolean) => void, details: PermissionDetails) => void
type CheckHandler = (contents: unknown, permission: string, origin: string, details: PermissionDetails) => boolean

export const schemes: unknown[] = []
export const protocol = {
  registerSchemesAsPrivileged: (list: readonly unknown[]): void => {
    if (app.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    schemes.push(...list)
  },
}

/** Nothing is allowed that was not allowed by a handler, unlike in Electron, where everything is. */
export class Session extends EventEmitter {
  readonly handlers = new Map<string, Answer>()
  beforeRequest: BeforeRequest | undefined
  permissionRequest: RequestHandler | undefined
  permissionCheck: CheckHandler | undefined
  readonly protocol = { handle: (scheme: string, answer: Answer): void => { this.handlers.set(scheme, answer) } }
  readonly webRequest = { onBeforeRequest: (listener: BeforeRequest): void => { this.beforeRequest = listener } }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.permissionRequest = handler
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.permissionCheck = handler
  }

  setDevicePermissionHandler(_handler: () => boolean): void {
    // Chromium under test has no devices.
  }
}

export const sessions = new Map<string, Session>()
export const session = {
  fromPartition: (partition: string, _options: unknown): Session => {
    if (!app.isReady()) throw new Error('Session can only be received when app is ready')
    if (partition.startsWith('persist:')) throw new Error('this session would be kept on the drive')
    const known = sessions.get(partition) ?? new Session()
    sessions.set(partition, known)
    return known
  },
}

type InvokeHandler = (event: unknown, ...args: readonly unknown[]) => unknown
export const invokeHandlers = new Map<string, InvokeHandler>()
export const ipcMain = {
  handle: (channel: string, handler: InvokeHandler): void => {
    if (invokeHandlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    invokeHandlers.set(channel, handler)
  },
}
