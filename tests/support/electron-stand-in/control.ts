// The stand-in's end of the line to the test: shows what the desktop would show, and does what a person at it would do.
import { BrowserWindow, refused, saved } from './browser-window.ts'
import { openChromium } from './chromium.ts'
import type { ControlReply, ControlRequest, DesktopControls, DesktopSnapshot } from './control-protocol.ts'
import { answers, app, asked, Menu, nativeTheme, Notification, readClipboard, Tray } from './desktop.ts'
import { schemes, sessions } from './session.ts'

type Controls = { readonly [Name in keyof DesktopControls]: (input: Parameters<DesktopControls[Name]>[0]) => ReturnType<DesktopControls[Name]> | Promise<ReturnType<DesktopControls[Name]>> }

const openWindow = (): BrowserWindow | undefined => BrowserWindow.all.find((window) => !window.isDestroyed())

function takeSnapshot(): DesktopSnapshot {
  const tray = Tray.shown
  return {
    sandboxEnabled: app.sandboxEnabled,
    schemes,
    windows: BrowserWindow.all.filter((window) => !window.isDestroyed()).map(({ isVisible, options: { webPreferences: { session: _, ...webPreferences } } }) => ({ isVisible, webPreferences })),
    windowsEver: BrowserWindow.all.length,
    tray: tray === undefined ? undefined : {
      image: tray.image.path, tooltip: tray.tooltip,
      menu: (tray.menu?.items ?? []).map(({ id, label, enabled, type }) => ({ id, label: type === 'separator' ? '-' : (label ?? ''), enabled: enabled !== false })),
    },
    applicationMenu: (Menu.applicationMenu?.items ?? []).map(({ label, role }) => label ?? role ?? ''),
    notifications: Notification.all.map(({ title, body, isOpen }) => ({ title, body, isOpen })),
    questions: asked, clipboard: readClipboard(), refused, saved,
  }
}

const controls: Controls = {
  snapshot: () => takeSnapshot(),
  browser: async () => (await openChromium()).address,
  clickMenu: ({ id }) => {
    const item = Tray.shown?.menu?.items.find((entry) => entry.id === id && entry.enabled !== false)
    if (item?.click === undefined) throw new Error(`the menu offers no ${id}`)
    item.click()
    return undefined
  },
  clickTray: () => { Tray.shown?.emit('click'); return undefined },
  clickNotification: ({ title }) => { Notification.all.find((notification) => notification.title === title && notification.isOpen)?.emit('click'); return undefined },
  closeWindow: async () => { await openWindow()?.close(); return undefined },
  blurWindow: () => { openWindow()?.blur(); return undefined },
  setDark: ({ isDark }) => {
    nativeTheme.shouldUseDarkColors = isDark
    nativeTheme.emit('updated')
    return undefined
  },
  answerNext: ({ button }) => { answers.push(button); return undefined },
  requestPermission: ({ permission, url, isMainFrame, mediaTypes }) =>
    [...sessions.values()].some((session) => {
      let isAllowed = false
      session.permissionRequest?.({}, permission, (allowed) => { isAllowed = allowed }, { requestingUrl: url, isMainFrame, ...(mediaTypes === undefined ? {} : { mediaTypes }) })
      return isAllowed
    }),
}

/** Answers until the process ends. */
export function answerTest(): void {
  // A test that is gone leaves nothing running.
  process.on('disconnect', () => { app.exit(1) })
  process.on('message', (message) => {
    // Only the test that started this process can send here, and it has the same types.
    const { id, name, input } = message as ControlRequest
    const reply = (value: Omit<ControlReply, 'id'>): void => { process.send?.({ id, ...value }) }
    Promise.resolve().then(() => (controls[name] as (input: unknown) => unknown)(input)).then(
      (value) => { reply({ value }) },
      (error: unknown) => { reply({ error: String(error) }) },
    )
  })
}
