// The one window: sandboxed, isolated, without Node, on our own page and nowhere else. Its session is in memory only: no cache, no cookie
// and no preview of an object is ever written to the system's drive.
import { BrowserWindow, session, type Session } from 'electron'
import { appPage } from './app-protocol.ts'
import { decidePermission, mayDownload, mayLoad } from './page-rights.ts'

/** Without `persist:` it is kept in memory. */
const partition = 'coffer'
const reloadsMax = 3

/** The session of every window, closed to everything but our page. Call once, when the app is ready. */
export function openLockedSession(answer: (request: Request) => Promise<Response>): Session {
  const locked = session.fromPartition(partition, { cache: false })
  locked.protocol.handle('app', answer)
  locked.webRequest.onBeforeRequest((details, respond) => { respond({ cancel: !mayLoad(details.url) }) })
  locked.setPermissionRequestHandler((_contents, permission, allow, details) => {
    const mediaTypes = 'mediaTypes' in details ? details.mediaTypes : undefined
    allow(decidePermission({ permission, requestingUrl: details.requestingUrl, isMainFrame: details.isMainFrame, ...(mediaTypes === undefined ? {} : { mediaTypes }) }))
  })
  locked.setPermissionCheckHandler((_contents, permission, origin, details) =>
    decidePermission({
      permission, requestingUrl: details.requestingUrl ?? origin, isMainFrame: details.isMainFrame,
      ...(details.mediaType === undefined ? {} : { mediaTypes: [details.mediaType] }),
    }))
  locked.setDevicePermissionHandler(() => false)
  locked.on('will-download', (event, item) => {
    if (!mayDownload(item.getURL())) event.preventDefault()
  })
  return locked
}

export interface WindowParts {
  readonly session: Session
  readonly preload: string
  readonly icon: string
  readonly devTools: boolean
}

export function openWindow({ session: locked, preload, icon, devTools }: WindowParts): BrowserWindow {
  const window = new BrowserWindow({
    width: 1180, height: 800, minWidth: 360, minHeight: 480, title: 'Coffer', icon, show: false, autoHideMenuBar: true,
    webPreferences: {
      session: locked, preload, devTools,
      sandbox: true, contextIsolation: true, nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false,
      webSecurity: true, allowRunningInsecureContent: false, webviewTag: false, navigateOnDragDrop: false, spellcheck: false,
    },
  }) // prettier-ignore
  const { webContents } = window
  // It goes nowhere else and opens nothing; changes of the hash are no navigation.
  webContents.on('will-navigate', (event) => { event.preventDefault() })
  webContents.on('will-frame-navigate', (event) => { event.preventDefault() })
  webContents.on('will-redirect', (event) => { event.preventDefault() })
  webContents.on('will-attach-webview', (event) => { event.preventDefault() })
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.once('ready-to-show', () => { window.show() })
  // A page that crashed is loaded anew, a few times; the appliance is not in it.
  let reloadsLeft = reloadsMax
  webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit' && reloadsLeft-- > 0 && !window.isDestroyed()) void window.loadURL(appPage).catch(() => undefined)
  })
  // A window that is closed while it loads is no error.
  void window.loadURL(appPage).catch(() => undefined)
  return window
}
